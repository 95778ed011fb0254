import Storage

/// What an evaluation found on all of its rows and on each of its sets: for `show RUN/STAGE`.
struct EvaluationTable {
  let table: TextTable

  /// Nil for a stage that is no finished evaluation.
  init?(_ store: Store, _ stage: StageRecord) throws {
    guard stage.kind == "evaluate", stage.status.isDone else { return nil }
    var values: [String: Double] = [:]
    try store.metrics(run: stage.run, stage: stage.name) { values[$0.name] = $0.value }
    self.init(values)
  }

  /// - Parameter values: the last value of each metric.
  init(_ values: [String: Double]) {
    let rates = Self.rates + Self.majorities(values) + Self.scores(values)
    var table = TextTable(
      [.init("set"), .init("rows", .right), .init("pass@1", .right)]
        + rates.map { .init($0.title, .right) }
        + [.init("length", .right), .init("win rate", .right)])
    for set in Self.sets(values) {
      let prefix = set.isEmpty ? "" : "\(set)/"
      func number(_ name: String) -> String { values[prefix + name].map(Quantity.number) ?? "" }
      let cells = rates.map { rate in
        rate.isShare
          ? values[prefix + rate.metric].map(Quantity.percent) ?? "" : number(rate.metric)
      }
      table.add(
        [set.isEmpty ? "all" : set, number("items"), Self.interval("\(prefix)pass@1", values)]
          + cells
          + [number("completions/mean_length"), Self.interval("\(prefix)win_rate", values)])
    }
    self.table = table
  }

  private struct Rate {
    let title: String
    let metric: String
    var isShare = true
  }

  private static let rates = [
    Rate(title: "strict", metric: "accuracy/strict"),
    Rate(title: "lenient", metric: "accuracy/lenient"),
    Rate(title: "format", metric: "format_rate"),
    Rate(title: "language", metric: "language_consistency"),
    Rate(title: "refusals", metric: "refusal_rate"),
  ]

  /// maj@k of every k.
  private static func majorities(_ values: [String: Double]) -> [Rate] {
    values.keys.filter { $0.hasPrefix("maj@") }.sorted { ($0.count, $0) < ($1.count, $1) }
      .map { Rate(title: $0, metric: $0) }
  }

  /// The mean of every reward that no column of its own shows: those of reward models, say.
  private static func scores(_ values: [String: Double]) -> [Rate] {
    let known = ["accuracy", "format", "language_consistency"]
    let names = values.keys.filter { $0.hasPrefix("rewards/") && $0.hasSuffix("/mean") }
      .map { String($0.dropFirst("rewards/".count).dropLast("/mean".count)) }
    return Set(names).subtracting(known).sorted().map {
      Rate(title: $0, metric: "rewards/\($0)/mean", isShare: false)
    }
  }

  /// All rows, and then the sets by their names; `sets/pass@1` is a mean of theirs and no set.
  private static func sets(_ values: [String: Double]) -> [String] {
    let suffix = "/pass@1"
    return [""]
      + values.keys.filter { $0.hasSuffix(suffix) }.map { String($0.dropLast(suffix.count)) }
      .filter { $0 != "sets" }.sorted()
  }

  /// `57.3 % [51.7, 62.8]`.
  private static func interval(_ name: String, _ values: [String: Double]) -> String {
    guard let value = values[name] else { return "" }
    var text = Quantity.percent(value)
    if let low = values["\(name)/low"], let high = values["\(name)/high"] {
      text += " [\(Quantity.percentNumber(low)), \(Quantity.percentNumber(high))]"
    }
    return text
  }
}
