/// `choice`: the letter of a multiple-choice question, A to Z.
///
/// The letter is read from `<answer>`, `\boxed{}` or what follows the last "Answer:", in that order;
/// brackets, stars, a full stop and the choice's text behind it ("B) 42") may surround it. Two
/// different letters in one kind of mark score 0.
enum ChoiceVerifier {
  static func verify(gold: String, answer: String) -> Verdict {
    guard let expected = letter(Array(gold.utf8)[...]) else {
      return Verdict(.abstain("the gold answer is not one letter"))
    }
    guard let stated = read(Array(answer.utf8)) else { return .unreadable }
    return .correct(stated == expected, parsed: String(UnicodeScalar(stated)))
  }

  private static func read(_ text: [UInt8]) -> UInt8? {
    for marks in [AnswerMarks.tagged(text), AnswerMarks.boxed(text)] {
      let contents = marks.map { text[$0] }.filter { $0.contains { !$0.isWhitespace } }
      guard let first = contents.first else { continue }
      guard let agreed = letter(first), contents.allSatisfy({ letter($0) == agreed }) else {
        return nil
      }
      return agreed
    }
    var last: UInt8?
    for i in text.indices where text[i] | 0x20 == UInt8(ascii: "a") {
      guard matches("answer", text, at: i) else { continue }
      let rest = text[(i + 6)...].prefix(40)
      guard let colon = rest.firstIndex(of: UInt8(ascii: ":")), rest[..<colon].allSatisfy(isFiller)
      else { continue }
      last = letter(rest[(colon + 1)...].prefix { $0 != 0x0A })
    }
    return last
  }

  /// "Answer is:", "**Answer**:".
  private static func isFiller(_ byte: UInt8) -> Bool {
    byte.isWhitespace || byte == UInt8(ascii: "*") || "is".utf8.contains(byte | 0x20)
  }

  private static func matches(_ word: StaticString, _ text: [UInt8], at index: Int) -> Bool {
    guard index + word.utf8CodeUnitCount <= text.count else { return false }
    return word.withUTF8Buffer { bytes in
      bytes.indices.allSatisfy { text[index + $0] | 0x20 == bytes[$0] }
    }
  }

  /// A capital letter that stands alone, or in front of `)`, `.`, `:` and more text; small ones count
  /// when they are all there is.
  private static func letter(_ content: ArraySlice<UInt8>) -> UInt8? {
    let marks = Array("()[]{}*$\"'`_".utf8)
    var rest = content.drop { $0.isWhitespace || marks.contains($0) }
    for command in ["\\text{", "\\textbf{", "\\mathrm{", "\\mathbf{"]
    where rest.starts(with: command.utf8) {
      rest = rest.dropFirst(command.utf8.count).drop { $0.isWhitespace || marks.contains($0) }
    }
    guard let first = rest.first, first.isLetter else { return nil }
    let behind = rest.dropFirst().drop { $0.isWhitespace || marks.contains($0) }
    let isAlone = behind.isEmpty || behind.allSatisfy { $0 == UInt8(ascii: ".") || $0.isWhitespace }
    if isAlone { return first & ~0x20 }
    guard (0x41...0x5A).contains(first), let next = rest.dropFirst().first,
      ").:}*".utf8.contains(next)
    else { return nil }
    return first
  }
}
