/// The verdict in a judge's text: how much better the first of two replies is than the second.
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

  /// The score of a label; nil if it is not a label.
  public static func margin(label: String) -> Double? {
    labels.first { $0.label == label }?.margin
  }

  /// What the last verdict of a text comes to; nil without one that can be read, and where it is cut
  /// off: what was said before is taken back.
  public static func margin(in text: String) -> Double? {
    let bytes = Array(text.utf8)
    let boxes = AnswerMarks.boxed(bytes)
    let label = lastLabel(bytes)
    let box = boxes.cutOff ?? boxes.marks.last?.start ?? -1
    if let label, label.place > box { return label.margin }
    guard !boxes.isCutOff, let content = boxes.marks.last?.content else { return nil }
    return scores(bytes[content])
  }

  /// The last `[[...]]`, or what begins as one; spaces around its signs do not count. One that is cut
  /// off while it repeats the label before it, `[[A>B]] [[A`, takes nothing back.
  private static func lastLabel(_ text: [UInt8]) -> (place: Int, margin: Double?)? {
    guard let place = lastOpening(text[...]) else { return nil }
    if let margin = label(text, at: place)?.margin { return (place, margin) }
    let beginning = String(decoding: text[(place + 2)...].prefix(8), as: UTF8.self)
    guard !beginning.isEmpty, place + 2 + beginning.utf8.count == text.count,
      let before = lastOpening(text[..<place]).flatMap({ label(text, at: $0) }),
      before.label.hasPrefix(beginning)
    else { return (place, nil) }
    return (place, before.margin)
  }

  private static func lastOpening(_ text: ArraySlice<UInt8>) -> Int? {
    let bracket = UInt8(ascii: "[")
    return text.indices.dropLast().last { text[$0] == bracket && text[$0 + 1] == bracket }
  }

  private static func label(_ text: [UInt8], at place: Int) -> (label: String, margin: Double)? {
    let content = text[(place + 2)...].prefix(16).filter { $0 != 0x20 }
    return labels.first { content.starts(with: Array("\($0.label)]]".utf8)) }
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
