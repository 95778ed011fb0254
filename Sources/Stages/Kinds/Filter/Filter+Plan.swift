import Datasets
import Recipes

extension Filter: BuiltInStage {
  static func estimate(_ config: Config, _ shapes: StageShapes) throws -> StageEstimate {
    var data = shapes.data()
    data.rows = shapes.rows(of: min(data.rows, Double(config.maxRows ?? .max)))
    var estimate = StageEstimate(shapes.precision)
    estimate.workload.samples = data.rows
    estimate.leave(data)
    return estimate
  }

  static func check(_ config: Config, _ inputs: inout CheckedInputs) {
    inputs.each("data") { input, log in
      let rows = try loadRows(input, log: log)
      // Rows that other rules drop need none.
      if config.rules.readAccuracy, let first = rows.first,
        !rows.contains(where: { $0.fields["accuracy"] != nil })
      {
        _ = try config.rules.accuracy(of: first)
      }
      return rows.count
    }
    inputs.each("against") { try loadRows($0, log: $1).count }
  }
}
