import Recipes
import Storage
import Workflow

/// The evaluations of a run side by side: a table for each set of rows, a line for each evaluation.
struct EvaluationTables {
  let text: [String]

  /// Reads the evaluations that are done; empty unless there are two at least.
  init(_ store: Store, stages: [StageRecord]) throws {
    let evaluations = stages.filter {
      builtInStages.recipes.isEvaluation($0.kind) && $0.status.isDone
    }
    self.init(
      evaluations.count < 2
        ? [] : try evaluations.map { ($0.name, try store.lastValues(of: $0)) })
  }

  /// - Parameter evaluations: the last value of each metric, by stage.
  init(_ evaluations: [(stage: String, values: [String: Double])]) {
    var sets: [(name: String, lines: [(stage: String, figures: [String: Double])])] = []
    for (stage, values) in evaluations {
      let names = EvaluationColumns.sets(values)
      for name in names.isEmpty ? [""] : names {
        let line = (stage, EvaluationColumns.figures(values, of: name))
        if let index = sets.firstIndex(where: { $0.name == name }) {
          sets[index].lines.append(line)
        } else {
          sets.append((name, [line]))
        }
      }
    }
    text = sets.map { set in
      let columns = EvaluationColumns(set.lines.map(\.figures))
      var table = TextTable(["stage"] + columns.titles)
      for (stage, figures) in set.lines { table.add([stage] + columns.cells(figures)) }
      return "\nevaluations\(set.name.isEmpty ? "" : " on \(set.name)")\n\(table.render())"
    }
  }
}
