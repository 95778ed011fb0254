import Datasets
import Recipes

extension Distill: BuiltInStage {
  static func estimate(_ config: Config, _ shapes: StageShapes) throws -> StageEstimate {
    let (student, teacher) = (try shapes.model(), try shapes.model("teacher"))
    let data = shapes.data()
    let prompts = Double(config.promptsPerStep)
    let updates = StageEstimate.updates(
      config.length, perEpoch: (data.rows / prompts).rounded(.down))
    let prompt = data.prompt / student.bytesPerToken
    let written = shapes.completion(config.sampling)
    // Some updates train on the student's completions, the others on the data's.
    let completion =
      config.lmbda * written + (1 - config.lmbda) * data.completion / student.bytesPerToken
    let rows = updates * prompts

    var estimate = StageEstimate(shapes.precision)
    estimate.sample(
      student, prompts: rows * config.lmbda, step: config.promptsPerStep, prompt: prompt, each: 1,
      completion: written,
      batch: config.sampling.generationBatchSize)
    estimate.workload.updates = updates
    estimate.workload.samples = rows
    estimate.workload.trainedTokens = rows * (prompt + completion)
    estimate.workload.scoringFLOPs += rows * teacher.forward(text: prompt + completion)
    // The data's completions are truncated at the length of sampled ones.
    let given = min(
      data.completion / student.bytesPerToken, Double(config.sampling.maxCompletionLength))
    let longest = prompt + max(config.lmbda > 0 ? written : 0, config.lmbda < 1 ? given : 0)
    let update =
      shapes.datasets["eval_data"] == nil ? prompts * longest : .infinity
    try estimate.train(
      student, config.optimization, flops: rows * student.forward(text: prompt + completion),
      update: update, longest: longest, head: .divergence)
    estimate.hold(teacher)
    estimate.read(
      teacher,
      rows: StageEstimate.microBatch(config.optimization, update: update, longest: longest))
    return estimate
  }

  static func check(_ config: Config, _ inputs: inout CheckedInputs) {
    let (model, room) = (inputs.model(), config.sampling.maxCompletionLength)
    func requireCompletion(_ row: PromptRow) throws {
      if row.row.completion == nil { throw row.lacksCompletion }
    }
    let sizes = inputs.checkPrompts("data", model, room: room) {
      if config.lmbda < 1 { try requireCompletion($0) }
    }
    inputs.checkPrompts("eval_data", model, room: room) { try requireCompletion($0) }
    guard inputs.isComplete("data"), model != nil else { return }
    inputs.attempt {
      _ = try PromptSet(sizes: sizes).plan(
        cycle: GenerationCycle(stepsPerGeneration: 1, numIterations: 1),
        promptsPerStep: config.promptsPerStep, seed: 0)
    }
  }
}
