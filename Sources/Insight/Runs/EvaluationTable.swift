import Recipes
import Storage
import Workflow

extension Store {
  /// The last value of each metric of a stage.
  func lastValues(of stage: StageRecord) throws -> [String: Double] {
    var values: [String: Double] = [:]
    try metrics(run: stage.run, stage: stage.name) { values[$0.name] = $0.value }
    return values
  }
}

/// What an evaluation found on all of its rows and on each of its sets: for `show RUN/STAGE`.
struct EvaluationTable {
  let table: TextTable

  /// Nil for a stage that is no finished evaluation.
  init?(_ store: Store, _ stage: StageRecord) throws {
    guard builtInStages.recipes.isEvaluation(stage.kind), stage.status.isDone else { return nil }
    self.init(try store.lastValues(of: stage))
  }

  /// - Parameter values: the last value of each metric.
  init(_ values: [String: Double]) {
    let sets = [""] + EvaluationColumns.sets(values)
    let lines = sets.map { EvaluationColumns.figures(values, of: $0) }
    let columns = EvaluationColumns(lines)
    var table = TextTable(["set"] + columns.titles)
    for (set, line) in zip(sets, lines) {
      table.add([set.isEmpty ? "all" : set] + columns.cells(line))
    }
    self.table = table
  }
}
