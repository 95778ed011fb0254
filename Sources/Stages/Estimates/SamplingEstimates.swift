import Recipes

extension StageEstimate {
  /// Adds completions, each prompt read once for all of its own; `step` prompts are answered at a time.
  mutating func sample(
    _ model: ModelShape, prompts: Double, step: Int, prompt: Double, each: Double,
    completion: Double, batch: Int
  ) {
    let samples = prompts * each
    workload.samples += samples
    workload.sampledTokens += samples * completion
    workload.scoringFLOPs += prompts * model.forward(text: prompt)
    workload.samplingFLOPs += samples * model.forward(completion: completion, after: prompt)
    generate(
      model, prompts: min(prompts, Double(step)), prompt: prompt, each: each,
      completion: completion, batch: batch)
    // Ids and log-probabilities of four bytes each, and the text.
    workload.outputBytes += samples * completion * (8 + model.bytesPerToken)
  }

  /// A dataset that a model writes.
  static func written(
    _ sampling: SamplingConfiguration, _ shapes: StageShapes, prompts: Double, step: Int,
    each: Int, kept: Double
  ) throws -> StageEstimate {
    let (model, data) = (try shapes.model(), shapes.data())
    let completion = shapes.completion(sampling)
    var estimate = StageEstimate(shapes.precision)
    estimate.sample(
      model, prompts: prompts, step: step, prompt: data.prompt / model.bytesPerToken,
      each: Double(each),
      completion: completion, batch: sampling.generationBatchSize)
    estimate.hold(model)
    estimate.leave(
      DatasetShape(
        rows: shapes.rows(of: kept), prompt: data.prompt,
        completion: completion * model.bytesPerToken))
    return estimate
  }

  /// Adds a dataset to the stage's outputs.
  mutating func leave(_ data: DatasetShape, port: String = "data") {
    datasets[port] = data
    workload.outputBytes += data.rows * (data.prompt + data.completion)
  }

  /// Adds a judge's trials of pairs; a program costs nothing here.
  mutating func compare(
    _ judge: PairJudgeSpec, _ shapes: StageShapes, pairs: Double, looks: Double, prompt: Double,
    completion: Double
  ) {
    if judge.template != nil {
      ask(judge.asking, shapes, questions: pairs * looks, length: prompt + 2 * completion)
    } else if judge.rewardModel != nil, let model = shapes.models["reward_model"]?.first {
      workload.scoringFLOPs += 2 * pairs * model.forward(text: prompt + completion)
      holdRewardModel(model, tokens: 2 * pairs * (prompt + completion))
    }
  }

  /// Adds what a model at `judge_model` reads and writes, asked questions of `length` tokens.
  mutating func ask(
    _ asking: AskingConfiguration, _ shapes: StageShapes, questions: Double, length: Double
  ) {
    guard let model = shapes.models["judge_model"]?.first else { return }
    let verdict = shapes.assumed.verdictLength ?? Double(asking.maxCompletionLength)
    workload.scoringFLOPs += questions * model.forward(text: length)
    workload.samplingFLOPs += questions * model.forward(completion: verdict, after: length)
    workload.sampledTokens += questions * verdict
    hold(model)
    generate(
      model, prompts: questions, prompt: length, each: 1, completion: verdict,
      batch: SamplingConfiguration().generationBatchSize)
  }
}
