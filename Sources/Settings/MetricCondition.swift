/// A condition on a metric as a recipe writes it: `kl > 0.5`, `entropy < 0.1 for 3`,
/// `pass@1/high >= dev0.pass@1 - 0.05`.
public struct MetricCondition: Sendable, Hashable {
  public enum Comparison: String, Sendable, CaseIterable {
    case atMost = "<="
    case atLeast = ">="
    case below = "<"
    case above = ">"

    public func holds(_ value: Double, _ bound: Double) -> Bool {
      switch self {
      case .atMost: value <= bound
      case .atLeast: value >= bound
      case .below: value < bound
      case .above: value > bound
      }
    }
  }

  /// What the metric is compared with.
  public enum Bound: Sendable, Hashable {
    case number(Double)
    /// A metric of another stage, with something added.
    case metric(stage: String, name: String, plus: Double)
  }

  /// As it was written.
  public let text: String
  public let metric: String
  public let comparison: Comparison
  public let bound: Bound
  /// How often in a row it must hold.
  public let times: Int

  /// What is wrong with a text that is not a condition.
  public struct Mistake: Error { public let message: String }

  public init(_ text: String) throws(Mistake) {
    var words = text.split(separator: " ").map(String.init)
    var times = 1
    if words.count > 4, words[words.count - 2] == "for" {
      guard let count = Int(words[words.count - 1]), (1...1_000_000).contains(count) else {
        throw Mistake(message: "'\(text)': 'for' takes a number of times, such as 'for 3'")
      }
      times = count
      words.removeLast(2)
    }
    guard words.count == 3 || words.count == 5, let comparison = Comparison(rawValue: words[1]),
      Double(words[0]) == nil
    else {
      throw Mistake(
        message: "'\(text)' is not a condition; write METRIC, one of < <= > >=, and a number: kl > "
          + "0.5"
      )
    }
    (self.text, metric, self.comparison, self.times) = (text, words[0], comparison, times)
    bound = try Self.bound(Array(words.dropFirst(2)), in: text)
  }

  /// `0.5`, `dev0.pass@1` or `dev0.pass@1 - 0.05`.
  private static func bound(_ words: [String], in text: String) throws(Mistake) -> Bound {
    if words.count == 1, let number = Double(words[0]), number.isFinite { return .number(number) }
    guard let dot = words[0].firstIndex(of: "."), dot != words[0].startIndex,
      words[0].index(after: dot) != words[0].endIndex, Double(words[0]) == nil
    else {
      throw Mistake(
        message: "'\(text)': compare with a number or with STAGE.METRIC, not '\(words[0])'")
    }
    var plus = 0.0
    if words.count == 3 {
      guard ["+", "-"].contains(words[1]), let number = Double(words[2]), number.isFinite else {
        throw Mistake(message: "'\(text)': expected + or - and a number after STAGE.METRIC")
      }
      plus = words[1] == "-" ? -number : number
    }
    return .metric(
      stage: String(words[0][..<dot]), name: String(words[0][words[0].index(after: dot)...]),
      plus: plus)
  }

  /// The stage that it compares with, if any.
  public var otherStage: String? {
    if case .metric(let stage, _, _) = bound { stage } else { nil }
  }
}
