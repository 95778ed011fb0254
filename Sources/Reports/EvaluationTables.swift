import Storage

/// The evaluations of a run side by side: a table for each set of rows, a line for each model.
struct EvaluationTables {
  /// One evaluation on one set of rows: its figures by the names of its metrics.
  struct Result: Equatable {
    let stage: String
    let figures: [String: Double]
  }

  /// By the sets' names, in order; the empty name stands for evaluations of a single set.
  let sets: [(name: String, results: [Result])]

  /// Reads the evaluations that are done; empty unless there are two at least.
  init(_ store: Store, run: String, stages: [StageRecord]) throws {
    let evaluations = stages.filter { $0.kind == "evaluate" && $0.status.isDone }
    guard evaluations.count > 1 else {
      self.init([])
      return
    }
    self.init(
      try evaluations.map { stage in
        var values: [String: Double] = [:]
        try store.metrics(run: run, stage: stage.name) { values[$0.name] = $0.value }
        return (stage.name, values)
      })
  }

  /// - Parameter evaluations: the last value of each metric, by stage.
  init(_ evaluations: [(stage: String, values: [String: Double])]) {
    var sets: [(name: String, results: [Result])] = []
    for (stage, values) in evaluations {
      for name in Self.sets(values) {
        let prefix = name.isEmpty ? "" : name + "/"
        let own = values.filter { $0.key.hasPrefix(prefix) }
          .map { (String($0.key.dropFirst(prefix.count)), $0.value) }
        let result = Result(stage: stage, figures: Dictionary(own) { first, _ in first })
        if let index = sets.firstIndex(where: { $0.name == name }) {
          sets[index].results.append(result)
        } else {
          sets.append((name, [result]))
        }
      }
    }
    self.sets = sets
  }

  /// The datasets that an evaluation reports one by one; else all of its rows.
  private static func sets(_ values: [String: Double]) -> [String] {
    let names = values.keys.filter { $0.hasSuffix("/pass@1") && $0 != "sets/pass@1" }
      .map { String($0.dropLast("/pass@1".count)) }.sorted()
    return names.isEmpty ? [""] : names
  }

  var text: [String] {
    sets.map { set in
      let title = set.name.isEmpty ? "evaluations" : "evaluations on \(set.name)"
      return "\n\(title)\n\(Self.table(set.results).render())"
    }
  }

  /// Shares are in percent; figures that no evaluation has are left out.
  private static func table(_ results: [Result]) -> TextTable {
    let names = Set(results.flatMap(\.figures.keys))
    let repeated = names.filter {
      ($0.hasPrefix("maj@") || $0.hasPrefix("pass@")) && $0 != "pass@1"
    }
    .filter { !$0.contains("/") }.sorted()
    let rewards = names.filter { $0.hasPrefix("rewards/") && $0.hasSuffix("/mean") }
      .filter { !["rewards/accuracy/mean", "rewards/format/mean"].contains($0) }.sorted()
    let shares = repeated + ["format_rate", "language_consistency", "refusal_rate"]
    let numbers = ["completions/mean_length"] + rewards
    var table = TextTable(
      [.init("stage"), .init("pass@1", .right), .init("95 %")]
        + (shares + numbers).map { .init($0.replacing("completions/", with: ""), .right) })
    for result in results {
      let value = { (name: String) in result.figures[name] }
      let interval = value("pass@1/low").flatMap { low in
        value("pass@1/high").map {
          "[\(Quantity.percentNumber(low)), \(Quantity.percentNumber($0))]"
        }
      }
      table.add(
        [result.stage, value("pass@1").map(Quantity.percentNumber) ?? "", interval ?? ""]
          + shares.map { value($0).map(Quantity.percentNumber) ?? "" }
          + numbers.map { value($0).map(Quantity.number) ?? "" })
    }
    return table
  }
}
