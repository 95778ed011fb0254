/// `boxed`: the content of `\boxed{}`, equal as a number made of rationals, `\frac`, `\sqrt` and pi,
/// as a choice letter, tuple, interval, set, union or matrix of such, else as normalised LaTeX.
///
/// Two different boxes score 0, and so does an answer without a box. The gold answer may be bare or
/// hold a box itself; it cannot be parsed when it is empty or its braces do not match.
enum BoxedVerifier {
  /// Longer contents of a box are no answers.
  static let maximumBytes = 10_000

  static func verify(gold: String, answer: String) -> Verdict {
    let bytes = Array(gold.utf8)
    let boxes = AnswerMarks.boxed(bytes)
    guard let expected = boxes.isEmpty ? parse(bytes[...]) : agreement(bytes, boxes) else {
      return Verdict(.abstain("the gold answer is not one LaTeX formula"))
    }
    let text = Array(answer.utf8)
    guard let stated = agreement(text, AnswerMarks.boxed(text)) else { return .unreadable }
    return .correct(expected.isEqual(to: stated), parsed: stated.description)
  }

  /// The value on which all boxes that are not empty agree.
  private static func agreement(_ text: [UInt8], _ boxes: [Range<Int>]) -> BoxedValue? {
    var agreed: BoxedValue?
    for box in boxes where text[box].contains(where: { !$0.isWhitespace }) {
      guard let value = parse(text[box]) else { return nil }
      if let first = agreed, !first.isEqual(to: value) { return nil }
      agreed = agreed ?? value
    }
    return agreed
  }

  private static func parse(_ content: ArraySlice<UInt8>) -> BoxedValue? {
    content.count <= maximumBytes ? BoxedParser.parse(Array(content)) : nil
  }
}
