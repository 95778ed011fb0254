import Recipes

extension RejectionSampling: BuiltInStage {
  static func estimate(_ config: Config, _ shapes: StageShapes) throws -> StageEstimate {
    let data = shapes.data()
    let prompts = min(data.rows, Double(config.maxPrompts ?? .max))
    let each = min(config.maxPerPrompt ?? .max, config.numGenerations)
    var estimate = try StageEstimate.written(
      config.sampling, shapes, prompts: prompts, step: config.promptsPerStep,
      each: config.numGenerations,
      kept: prompts * Double(each))
    if let judge = config.judge, judge.template != nil {
      let (model, data) = (try shapes.model(), shapes.data())
      estimate.ask(
        judge.asking, shapes, questions: estimate.workload.samples,
        length: data.prompt / model.bytesPerToken + shapes.completion(config.sampling))
    }
    estimate.datasets["pairs"] = estimate.datasets["data"].map {
      DatasetShape(rows: min(prompts, $0.rows), prompt: $0.prompt, completion: $0.completion)
    }
    return estimate
  }

  static func check(_ config: Config, _ inputs: inout CheckedInputs) {
    var golds = GoldCount(["accuracy"])
    inputs.checkPrompts("data", inputs.model(), room: config.sampling.maxCompletionLength) {
      golds.add($0)
    }
    if inputs.isComplete("data"), config.needsGold { inputs.check(golds) }
  }
}
