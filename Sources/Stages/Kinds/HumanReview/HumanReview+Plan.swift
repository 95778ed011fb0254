import Recipes

extension HumanReview: BuiltInStage {
  static func estimate(_ config: Config, _ shapes: StageShapes) throws -> StageEstimate {
    var data = shapes.data()
    data.rows = shapes.rows(of: data.rows)
    var estimate = StageEstimate(shapes.precision)
    estimate.workload.samples = data.rows
    estimate.leave(data)
    return estimate
  }

  static func check(_ config: Config, _ inputs: inout CheckedInputs) {
    inputs.each("data") { try loadRows($0, log: $1).count }
  }
}
