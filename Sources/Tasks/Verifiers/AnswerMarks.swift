/// The marks of one kind, such as `\boxed{...}`, with which a text states its answer.
///
/// Each search is one pass with a stack, so a million openings cost no more than a million letters.
struct AnswerMarks {
  /// What the marks of a kind say together.
  enum Reading {
    /// The text closes no such mark.
    case absent
    /// The last of several marks is cut off, or it is empty: nothing is answered, whatever was marked
    /// before.
    case unanswered
    /// The contents that are not empty, in order.
    case stated([[UInt8]])
  }

  /// A mark that was closed.
  struct Mark {
    /// Where it begins, its name included.
    let start: Int
    let content: Range<Int>
  }

  private let text: [UInt8]
  /// Outermost only: a second answer cannot hide inside.
  private(set) var marks: [Mark]
  /// Where one begins that was opened behind all of them and not closed.
  let cutOff: Int?

  private init(_ text: [UInt8], _ pairs: Pairs) {
    self.text = text
    marks = pairs.outermost
    cutOff = pairs.cutOff
  }

  var isCutOff: Bool { cutOff != nil }

  var reading: Reading {
    guard let last = marks.last else { return .absent }
    if isCutOff || isBlank(last) { return .unanswered }
    return .stated(marks.filter { !isBlank($0) }.map(content))
  }

  /// The same without marks whose content is of no interest; a last one that is empty stays.
  func keeping(_ isKept: (ArraySlice<UInt8>) -> Bool) -> AnswerMarks {
    var kept = self
    kept.marks = marks.enumerated().filter { place, mark in
      isBlank(mark) ? place == marks.count - 1 : isKept(text[mark.content])
    }.map(\.element)
    return kept
  }

  private func isBlank(_ mark: Mark) -> Bool { text[mark.content].allSatisfy(\.isWhitespace) }

  /// A minus in front of a box belongs to the answer: `x = -\boxed{5}`.
  private func content(_ mark: Mark) -> [UInt8] {
    let inside = Array(text[mark.content])
    guard text[mark.start] == UInt8(ascii: "\\"), text.isNegated(mark.start) else { return inside }
    return Array("-{".utf8) + inside + Array("}".utf8)
  }
}

// MARK: The kinds

extension AnswerMarks {
  /// `<answer>...</answer>`.
  static func tagged(_ text: [UInt8]) -> AnswerMarks {
    var pairs = Pairs()
    for i in text.indices where text[i] == UInt8(ascii: "<") {
      if text.matches("<answer>", at: i) {
        pairs.open(i, content: i + 8)
      } else if text.matches("</answer>", at: i) {
        pairs.close(i)
      }
    }
    if text.endsInside("<answer>") { pairs.open(text.count, content: text.count) }
    return AnswerMarks(text, pairs)
  }

  /// `\boxed{...}` and `\fbox{...}`, braces balanced, and `\boxed 5`, which TeX reads as `\boxed{5}`.
  static func boxed(_ text: [UInt8]) -> AnswerMarks {
    var pairs = Pairs()
    var i = 0
    while i < text.count {
      switch text[i] {
      case UInt8(ascii: "\\"):
        if let name = text.firstMatch(["\\boxed", "\\fbox"], at: i),
          !text.byte(i + name).isLetter
        {
          i = openBox(i, argument: text.skip(from: i + name) { $0.isWhitespace }, text, &pairs)
          continue
        }
        i += 1  // the next byte is escaped: \{ and \} are no braces
      case UInt8(ascii: "{"): pairs.open(i, content: nil)
      case UInt8(ascii: "}"): pairs.close(i)
      default: break
      }
      i += 1
    }
    if text.endsInside("\\boxed{") { pairs.open(text.count, content: text.count) }
    return AnswerMarks(text, pairs)
  }

  /// Opens a box whose argument begins at `start`; gives the place from which to read on. A name
  /// without an argument is only spoken of: "put it in \boxed".
  private static func openBox(
    _ box: Int, argument start: Int, _ text: [UInt8], _ pairs: inout Pairs
  ) -> Int {
    let first = text.byte(start)
    if first == UInt8(ascii: "{") {
      pairs.open(box, content: start + 1)
      return start + 1
    }
    let end = text.skip(from: start) { $0.isAlphanumeric }
    let isAlone = end == start + 1 && !(text.byte(end) == 0x2E && text.byte(end + 1).isDigit)
    if isAlone, first.isDigit || (0x41...0x5A).contains(first) {
      pairs.open(box, content: start)
      pairs.close(end)
    } else if first.isDigit {
      pairs.open(box, content: start)  // TeX would box the first digit of several
      pairs.breakOff()
    }
    return max(start, box + 1)
  }

  /// What follows `####`, up to the end of its line.
  static func hashed(_ text: [UInt8]) -> AnswerMarks {
    let hash = UInt8(ascii: "#")
    var pairs = Pairs()
    var (i, lineHasContent) = (0, false)
    while i < text.count {
      guard text[i] == hash else {
        if text[i] == 0x0A { lineHasContent = false }
        i += 1
        continue
      }
      let start = text.skip(from: i) { $0 == hash }
      guard start - i == 4 else {
        i = start
        continue
      }
      let end = text.skip(from: start) { $0 != hash && $0 != 0x0A }
      let isBlank = text[start..<end].allSatisfy(\.isWhitespace)
      if !(isBlank && lineHasContent) {  // not the closing hashes of a heading
        pairs.open(i, content: start)
        pairs.close(end)
      }
      lineHasContent = lineHasContent || !isBlank
      i = end
    }
    return AnswerMarks(text, pairs)
  }

  /// Without boxes around all of it: `\boxed{B}` as `B`.
  static func unboxed(_ content: [UInt8]) -> [UInt8] {
    var content = content
    for _ in 0..<4 {
      let first = content.skip(from: 0) { $0.isWhitespace || $0 == UInt8(ascii: "$") }
      guard content.byte(first) == UInt8(ascii: "\\"),
        let box = boxed(content).marks.first, box.start == first,
        content[box.content.upperBound...].dropFirst().allSatisfy({
          $0.isWhitespace || ".$".utf8.contains($0)
        })
      else { break }
      content = Array(content[box.content])
    }
    return content
  }

  /// Openings and closings matched as they come; without content, an opening is no mark.
  private struct Pairs {
    private var open: [(start: Int, content: Int?)] = []
    private(set) var outermost: [Mark] = []
    private var brokenOff = -1

    mutating func open(_ start: Int, content: Int?) { open.append((start, content)) }

    mutating func close(_ end: Int) {
      guard let last = open.popLast(), let content = last.content else { return }
      while let inner = outermost.last, inner.start > last.start { outermost.removeLast() }
      outermost.append(Mark(start: last.start, content: content..<end))
    }

    /// The mark opened last can never be closed.
    mutating func breakOff() { brokenOff = open.popLast()?.start ?? brokenOff }

    var cutOff: Int? {
      let unclosed = max(open.last { $0.content != nil }?.start ?? -1, brokenOff)
      return unclosed > outermost.last?.content.upperBound ?? -1 ? unclosed : nil
    }
  }
}

extension [UInt8] {
  /// Whether the text, white space aside, ends in a part of a mark's opening: `<ans`.
  fileprivate func endsInside(_ opening: StaticString) -> Bool {
    var end = count
    while end > 0, self[end - 1].isWhitespace { end -= 1 }
    return opening.withUTF8Buffer { bytes in
      (3..<bytes.count).contains { length in
        end >= length && self[(end - length)..<end].elementsEqual(bytes[..<length])
      }
    }
  }

  /// Whether a minus in front of `index` is a sign: attached to it and to nothing before, or behind
  /// an equals sign or a word that says as much.
  fileprivate func isNegated(_ index: Int) -> Bool {
    var start = index
    while start > 0, index - start < 8, "$({*".utf8.contains(self[start - 1]) { start -= 1 }
    func before(_ end: Int) -> Int {
      var i = end - 1
      while i >= 0, self[i] == 0x20 { i -= 1 }
      return i
    }
    var sign = before(start)
    let isAttached = sign == start - 1
    if matches("\u{2212}", at: sign - 2) {
      sign -= 2
    } else if byte(sign) != UInt8(ascii: "-") {
      return false
    }
    let previous = before(sign)
    let left = byte(previous)
    if left == UInt8(ascii: "=") { return true }
    let isWord = left.isLetter && previous < sign - 1
    if isWord, endsInEquality(previous) { return true }
    return isAttached
      && (isWord
        ? byte(previous - 1).isLetter : !left.isAlphanumeric && !")}]-+".utf8.contains(left))
  }
}
