/// A text that is redrawn in one place of a terminal.
///
/// No line is longer than the terminal is wide and no more lines than it has are drawn, since what wraps
/// or scrolls away cannot be drawn over.
public struct ScreenFrame: Sendable {
  private var lines = 0
  private var width: Int?

  public init() {}

  /// What to write so that `text` stands where the last one stood.
  ///
  /// - Parameters:
  ///   - table: what is cut at the right edge; lines of `rest` are broken between words.
  ///   - size: columns and rows of the terminal.
  public mutating func next(
    table: String, rest: [String], size: (columns: Int, rows: Int)
  ) -> String {
    let lines = Self.fit(table: table, rest: rest, size: size)
    // A terminal that was made narrower has wrapped the text: nothing of it can be kept.
    let isMoved = width.map { $0 != size.columns } ?? false
    let start =
      isMoved ? "\u{1B}[H\u{1B}[2J" : self.lines > 0 ? "\u{1B}[\(self.lines)A\r\u{1B}[J" : ""
    (self.lines, width) = (lines.count, size.columns)
    return start + lines.map { $0 + "\n" }.joined()
  }

  /// The text that clears it.
  public var erased: String { lines > 0 ? "\u{1B}[\(lines)A\r\u{1B}[J" : "" }

  /// The lines as they fit; where there are too many, the end of the table gives way.
  static func fit(
    table: String, rest: [String], size: (columns: Int, rows: Int)
  ) -> [String] {
    let room = max(size.rows - 1, 4)
    var top = table.split(separator: "\n", omittingEmptySubsequences: false).map {
      truncated(String($0), width: size.columns)
    }
    let bottom = rest.flatMap { wrapped($0, width: size.columns) }.suffix(room - 3)
    if top.count + bottom.count > room {
      top = Array(top.prefix(room - bottom.count - 1)) + ["…"]
    }
    return top + bottom
  }

  /// Lines of a text, broken between words where there are any.
  static func wrapped(_ text: String, width: Int) -> [String] {
    var lines: [String] = []
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      var current = ""
      for word in line.split(separator: " ", omittingEmptySubsequences: false) {
        let longer = current.isEmpty ? String(word) : "\(current) \(word)"
        if displayWidth(longer) <= width {
          current = longer
          continue
        }
        if !current.isEmpty { lines.append(current) }
        current = String(word)
        while displayWidth(current) > width {
          let head = beginning(of: current, width: width)
          lines.append(head)
          current = String(current.dropFirst(head.count))
        }
      }
      lines.append(current)
    }
    return lines
  }

  /// As much of a word as fits, at least a character.
  private static func beginning(of word: String, width: Int) -> String {
    var text = ""
    for character in word {
      let longer = text + String(character)
      if !text.isEmpty, displayWidth(longer) > width { break }
      text = longer
    }
    return text
  }
}
