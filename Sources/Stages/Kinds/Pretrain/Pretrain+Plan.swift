import Recipes

extension Pretrain: BuiltInStage {
  static func estimate(_ config: Config, _ shapes: StageShapes) throws -> StageEstimate {
    try .supervised(config.training, shapes)
  }

  static func check(_ config: Config, _ inputs: inout CheckedInputs) {
    inputs.checkTexts(config.training, scored: .everyToken)
  }
}
