/// What a judge's text says of two replies: how far the first is above the second.
///
/// Read from its last verdict: a label such as `[[A>B]]` (Arena-Hard; Li et al., arXiv 2406.11939), or two
/// scores in `\boxed{8, 5}` (DeepSeek-GRM; Liu et al., arXiv 2504.02495).
public enum PairVerdict {
  /// What each label counts. The authors do not state their numbers.
  public static let labels: [(label: String, margin: Double)] = [
    ("A>>B", 2), ("A>B", 1), ("A=B", 0), ("B>A", -1), ("B>>A", -2),
  ]

  /// Scores are whole numbers up to this.
  public static let highestScore = 10

  /// What a label counts; nil for what is none.
  public static func margin(label: String) -> Double? {
    labels.first { $0.label == label }?.margin
  }

  /// What the last verdict of a text comes to; nil without one that can be read.
  public static func margin(in text: String) -> Double? {
    let bytes = Array(text.utf8)
    let boxed = AnswerMarks.boxed(bytes).last
    if let label = lastLabel(bytes), label.place > boxed?.lowerBound ?? -1 { return label.margin }
    return boxed.flatMap { scores(bytes[$0]) }
  }

  private static func lastLabel(_ text: [UInt8]) -> (place: Int, margin: Double)? {
    var last: (place: Int, margin: Double)?
    for i in text.indices where text[i] == UInt8(ascii: "[") && text.byte(i + 1) == text[i] {
      let content = text[(i + 2)...].prefix(7)
      let found = labels.first { content.starts(with: Array("\($0.label)]]".utf8)) }
      if let found { last = (i, found.margin) }
    }
    return last
  }

  /// The first of two scores less the second.
  private static func scores(_ content: ArraySlice<UInt8>) -> Double? {
    guard content.count <= 16 else { return nil }
    let parts = content.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
    let scores = parts.compactMap { part in
      Int(String(decoding: part.filter { !$0.isWhitespace }, as: UTF8.self))
    }
    guard parts.count == 2, scores.count == 2,
      scores.allSatisfy({ (0...highestScore).contains($0) })
    else { return nil }
    return Double(scores[0] - scores[1])
  }
}
