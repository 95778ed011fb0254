/// Rows of text in aligned columns, for a terminal, a log or a file: no colour, no drawing
/// characters, no trailing blanks.
public struct TextTable: Sendable {
  public enum Alignment: Sendable { case left, right }

  /// A column by its title, aligned to the left unless it says otherwise.
  public struct Column: Sendable, ExpressibleByStringInterpolation {
    public let title: String
    public private(set) var alignment = Alignment.left

    public init(_ title: String) { self.title = title }
    public init(stringLiteral title: String) { self.init(title) }

    public static func right(_ title: String) -> Column {
      var column = Column(title)
      column.alignment = .right
      return column
    }
  }

  public let columns: [Column]
  public private(set) var rows: [[String]] = []

  public init(_ columns: [Column]) { self.columns = columns }

  /// Adds a row; cells that are missing at the end stay empty, line breaks become blanks.
  public mutating func add(_ cells: [String]) {
    precondition(cells.count <= columns.count, "\(cells.count) cells in \(columns.count) columns")
    let padding = Array(repeating: "", count: columns.count - cells.count)
    rows.append(
      (cells + padding).map { $0.split(whereSeparator: \.isNewline).joined(separator: " ") })
  }

  /// The table with its titles, one line a row; columns in which every cell is empty are left out.
  public func render() -> String {
    let used = columns.indices.filter { column in rows.contains { !$0[column].isEmpty } }
    let widths = columns.indices.map { column in
      ([columns[column].title] + rows.map { $0[column] }).map(displayWidth).max() ?? 0
    }
    let lines = [columns.map(\.title)] + rows
    return lines.map { line($0, columns: used, widths: widths) }.joined(separator: "\n")
  }

  private func line(_ cells: [String], columns used: [Int], widths: [Int]) -> String {
    var text = used.map { column in
      let padding = String(repeating: " ", count: widths[column] - displayWidth(cells[column]))
      return columns[column].alignment == .left ? cells[column] + padding : padding + cells[column]
    }.joined(separator: "  ")
    while text.last == " " { text.removeLast() }
    return text
  }
}

/// How many columns of a terminal a text takes: 2 for East Asian wide characters and emoji, 0 for
/// marks that sit on the one before.
///
/// Blocks, not single characters, decide (Unicode TR 11 has the exact table), which is right for what
/// prompts and completions hold.
public func displayWidth(_ text: String) -> Int {
  text.reduce(0) { $0 + displayWidth($1) }
}

private func displayWidth(_ character: Character) -> Int {
  guard let scalar = character.unicodeScalars.first else { return 0 }
  switch scalar.properties.generalCategory {
  case .nonspacingMark, .enclosingMark, .format, .control: return 0
  default: break
  }
  if scalar.properties.isEmojiPresentation { return 2 }
  let wide: [ClosedRange<UInt32>] = [
    0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0x9FFF,
    0xA000...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60,
    0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F900...0x1F9FF, 0x20000...0x3FFFD,
  ]
  return wide.contains { $0.contains(scalar.value) } ? 2 : 1
}

/// A text cut to `width` columns, with an ellipsis where something was cut.
public func truncated(_ text: String, width: Int) -> String {
  guard displayWidth(text) > width else { return text }
  var result = ""
  var used = 0
  for character in text {
    let next = displayWidth(String(character))
    if used + next > width - 1 { break }
    result.append(character)
    used += next
  }
  return result + "…"
}
