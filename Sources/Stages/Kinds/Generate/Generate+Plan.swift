import Datasets
import Recipes

extension Generate: BuiltInStage {
  static func estimate(_ config: Config, _ shapes: StageShapes) throws -> StageEstimate {
    let rows = shapes.data().rows
    return try .written(
      config.sampling, shapes, prompts: rows, step: config.promptsPerStep,
      each: config.numGenerations,
      kept: rows * Double(config.numGenerations))
  }

  static func check(_ config: Config, _ inputs: inout CheckedInputs) {
    let request = config.request.map { RowTemplate($0, field: "request_template") }
    inputs.checkPrompts(
      "data", inputs.model(), room: config.sampling.maxCompletionLength,
      asking: request.map { request in { try request.prompt(of: $0, chat: config.chat) } })
  }
}
