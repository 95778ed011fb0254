import Recipes

extension RewardModel: BuiltInStage {
  static func estimate(_ config: Config, _ shapes: StageShapes) throws -> StageEstimate {
    var estimate = try StageEstimate.supervised(
      config.training, shapes, replies: config.lossType == .pairwise ? 2 : 1, head: .score,
      asTokens: false)
    // The model that it starts from and its copy with another head exist at the same time for a
    // moment.
    let model = try shapes.model()
    estimate.workload.memory.loading += model.bytes
    return estimate
  }

  static func check(_ config: Config, _ inputs: inout CheckedInputs) {
    let model = inputs.model()
    for port in ["data", "eval_data"] {
      inputs.each(port) { input, log in
        guard let model else { return try loadRows(input, log: log).count }
        return try RewardData(
          [input], config, model: model, balancing: false, seed: 0, log: log
        ).kept.count
      }
    }
  }
}
