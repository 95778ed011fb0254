import Recipes

extension JudgedPairs: BuiltInStage {
  static func estimate(_ config: Config, _ shapes: StageShapes) throws -> StageEstimate {
    let (model, data) = (try shapes.model(), shapes.data())
    let (prompt, completion) = (
      data.prompt / model.bytesPerToken, shapes.completion(config.sampling)
    )
    let each = Double(config.numGenerations)
    let pairs = data.rows * min(Double(config.maxPairsPerPrompt ?? .max), each * (each - 1) / 2)
    var estimate = StageEstimate(shapes.precision)
    estimate.sample(
      model, prompts: data.rows, step: config.promptsPerStep, prompt: prompt, each: each,
      completion: completion,
      batch: config.sampling.generationBatchSize)
    estimate.hold(model)
    estimate.compare(
      config.judge, shapes, pairs: pairs, looks: Double(config.numJudgments), prompt: prompt,
      completion: completion)
    estimate.leave(
      DatasetShape(
        rows: shapes.rows(of: pairs), prompt: data.prompt,
        completion: completion * model.bytesPerToken))
    return estimate
  }

  static func check(_ config: Config, _ inputs: inout CheckedInputs) {
    inputs.checkPrompts("data", inputs.model(), room: config.sampling.maxCompletionLength)
  }
}
