/// What tables of evaluations show of a line's figures: shares in per cent, pass@1 and the win rate
/// with their intervals, then lengths and the means of reward models.
struct EvaluationColumns {
  private let shares: [(title: String, metric: String)]
  private let rewards: [String]

  /// - Parameter lines: the figures of every line by the names of their metrics.
  init(_ lines: [[String: Double]]) {
    let names = Set(lines.flatMap(\.keys)).filter { name in lines.contains { $0[name] != nil } }
    let several = names.filter {
      !$0.contains("/") && ($0.hasPrefix("maj@") || $0.hasPrefix("pass@")) && $0 != "pass@1"
    }.sorted { ($0.count, $0) < ($1.count, $1) }
    shares =
      [("strict", "accuracy/strict"), ("lenient", "accuracy/lenient")]
      + several.map { ($0, $0) } + [
        ("format", "format_rate"), ("language", "language_consistency"),
        ("refusals", "refusal_rate"),
      ]
    let known = ["accuracy", "format", "language_consistency"]
    rewards = names.filter { $0.hasPrefix("rewards/") && $0.hasSuffix("/mean") }
      .map { String($0.dropFirst("rewards/".count).dropLast("/mean".count)) }
      .filter { !known.contains($0) }.sorted()
  }

  var titles: [TextTable.Column] {
    [.right("rows"), .right("pass@1 %")]
      + (shares.map(\.title) + ["length"] + rewards + ["win rate %"]).map { .right($0) }
  }

  func cells(_ figures: [String: Double]) -> [String] {
    func number(_ name: String) -> String { figures[name].map(Quantity.number) ?? "" }
    return [number("items"), Self.interval("pass@1", figures)]
      + shares.map { figures[$0.metric].map(Quantity.percentNumber) ?? "" }
      + [number("completions/mean_length")] + rewards.map { number("rewards/\($0)/mean") }
      + [Self.interval("win_rate", figures)]
  }

  /// `57.3 [51.7, 62.8]`.
  private static func interval(_ name: String, _ figures: [String: Double]) -> String {
    guard let value = figures[name] else { return "" }
    guard let low = figures["\(name)/low"], let high = figures["\(name)/high"] else {
      return Quantity.percentNumber(value)
    }
    return [value, low, high].map(Quantity.percentNumber).enumerated()
      .map { ["", " [", ", "][$0.offset] + $0.element }.joined() + "]"
  }

  /// The sets that an evaluation reports one by one; `sets/pass@1` is a mean of theirs and no set.
  static func sets(_ figures: [String: Double]) -> [String] {
    figures.keys.filter { $0.hasSuffix("/pass@1") && $0 != "sets/pass@1" }
      .map { String($0.dropLast("/pass@1".count)) }.sorted()
  }

  /// The figures of one set under their own names; the empty name means all rows.
  static func figures(_ figures: [String: Double], of set: String) -> [String: Double] {
    guard !set.isEmpty else { return figures }
    let own = figures.filter { $0.key.hasPrefix(set + "/") }
      .map { (String($0.key.dropFirst(set.count + 1)), $0.value) }
    return Dictionary(own) { first, _ in first }
  }
}
