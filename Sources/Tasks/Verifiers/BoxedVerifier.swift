import Trace

/// `boxed`: the content of `\boxed{}`, equal as a number made of rationals, `\frac`, roots and pi, as a
/// choice letter, tuple, interval, set, list, union or matrix of such, else as normalised LaTeX.
///
/// Two different boxes score 0, unless the gold answer has parts: then they may stand in a box each.
/// So does an answer without a box, or whose last box is cut off or empty. The gold answer may be bare
/// or hold a box itself; it cannot be parsed when it is empty or its braces do not match.
enum BoxedVerifier {
  /// Longer contents of a box are no answers.
  static let maximumBytes = 10_000

  static func verify(gold: String, answer: String) -> Judgement {
    guard let goldContents = contents(gold, bare: true),
      let expected = agreement(values(goldContents))
    else { return Judgement(.abstain("the gold answer is not one LaTeX formula")) }
    guard let contents = contents(answer, bare: false), let values = values(contents),
      let stated = agreement(values) ?? parts(values, of: expected)
    else { return .unreadable }
    let isEqual =
      expected.isEqual(to: stated) || areSameCommas(expected, goldContents, stated, contents)
    return .correct(isEqual, stated: .boxed(stated))
  }

  /// The contents of the boxes; nil without an answer.
  private static func contents(_ text: String, bare: Bool) -> [[UInt8]]? {
    let text = Array(text.utf8)
    switch AnswerMarks.boxed(text).reading {
    case .absent: return bare ? [text] : nil
    case .unanswered: return nil
    case .stated(let contents): return contents
    }
  }

  private static func values(_ contents: [[UInt8]]) -> [BoxedValue]? {
    var values: [BoxedValue] = []
    for (place, content) in contents.enumerated() {
      if place > 0, content == contents[place - 1] { continue }
      guard content.count <= maximumBytes, let value = BoxedParser.parse(content) else {
        return nil
      }
      // Boxes that repeat each other are one: there may be very many.
      if !values.contains(where: { areEqual($0, value) }) { values.append(value) }
      if values.count > BoxedValue.maximumParts { return nil }
    }
    return values
  }

  private static func areEqual(_ a: BoxedValue, _ b: BoxedValue) -> Bool {
    a.isEqual(to: b) || b.isEqual(to: a)
  }

  /// The value when all boxes have the same.
  private static func agreement(_ values: [BoxedValue]?) -> BoxedValue? {
    values?.count == 1 ? values?[0] : nil
  }

  /// Different boxes as the parts of one answer, where the gold answer has such.
  private static func parts(_ values: [BoxedValue], of gold: BoxedValue) -> BoxedValue? {
    guard case .unordered(let kind, let parts) = gold, kind != .union, parts.count > 1 else {
      return nil
    }
    var all: [BoxedValue] = []
    for value in values {
      var inside = [value]
      if case .unordered(let kind, let parts) = value, kind != .union { inside = parts }
      for part in inside where !all.contains(where: { areEqual($0, part) }) { all.append(part) }
    }
    return .unordered(kind: .list, all)
  }

  /// `100,200,300` is a number or a list; where one side says a list, the other is read as one, in
  /// that order.
  private static func areSameCommas(
    _ expected: BoxedValue, _ gold: [[UInt8]], _ stated: BoxedValue, _ answer: [[UInt8]]
  ) -> Bool {
    switch (expected, stated) {
    case (.number, .unordered(.list, _)), (.unordered(.list, _), .number): break
    default: return false
    }
    guard let a = BoxedParser.commaParts(gold[0]), let b = BoxedParser.commaParts(answer[0]) else {
      return false
    }
    return a.count > 1 && a.count == b.count && zip(a, b).allSatisfy { $0.isEqual(to: $1) }
  }
}
