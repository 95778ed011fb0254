import Recipes
import Tasks

extension Evaluate: BuiltInStage {
  static func estimate(_ config: Config, _ shapes: StageShapes) throws -> StageEstimate {
    let (model, data) = (try shapes.model(), shapes.data())
    let prompt = data.prompt / model.bytesPerToken
    let completion = shapes.completion(config.sampling)
    var estimate = StageEstimate(shapes.precision)
    estimate.sample(
      model, prompts: data.rows, step: config.promptsPerStep, prompt: prompt,
      each: Double(config.nSamples),
      completion: completion, batch: config.sampling.generationBatchSize)
    estimate.hold(model)
    let samples = estimate.workload.samples
    for scorer in shapes.models["reward_model"] ?? [] {
      estimate.workload.scoringFLOPs += samples * scorer.forward(text: prompt + completion)
      estimate.holdRewardModel(scorer, tokens: samples * (prompt + completion))
    }
    if let opponent = shapes.models["opponent"]?.first, let judge = config.judge {
      estimate.sample(
        opponent, prompts: data.rows, step: config.promptsPerStep, prompt: prompt,
        each: Double(config.nSamples),
        completion: completion, batch: config.sampling.generationBatchSize)
      estimate.hold(opponent)
      estimate.compare(
        judge, shapes, pairs: samples, looks: 2, prompt: prompt, completion: completion)
    }
    return estimate
  }

  static func check(_ config: Config, _ inputs: inout CheckedInputs) {
    let (model, room) = (inputs.model(), config.sampling.maxCompletionLength)
    var golds = GoldCount(config.rewardFuncs.filter { $0.label == AccuracyReward.name })
    inputs.checkPrompts("data", model, room: room) { golds.add($0) }
    if let opponent = inputs.model("opponent") {
      inputs.checkPrompts("data", opponent, room: room)
    }
    if inputs.isComplete("data") { inputs.check(golds) }
  }
}
