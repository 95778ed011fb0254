import Recipes

extension RejectionSampling: EstimatedStage {
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
}

extension Generate: EstimatedStage {
  static func estimate(_ config: Config, _ shapes: StageShapes) throws -> StageEstimate {
    let rows = shapes.data().rows
    return try .written(
      config.sampling, shapes, prompts: rows, step: config.promptsPerStep,
      each: config.numGenerations,
      kept: rows * Double(config.numGenerations))
  }
}

extension Filter: EstimatedStage {
  static func estimate(_ config: Config, _ shapes: StageShapes) throws -> StageEstimate {
    var data = shapes.data()
    data.rows = shapes.rows(of: min(data.rows, Double(config.maxRows ?? .max)))
    var estimate = StageEstimate(shapes.precision)
    estimate.workload.samples = data.rows
    estimate.leave(data)
    return estimate
  }
}

extension Evaluate: EstimatedStage {
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
}

extension JudgedPairs: EstimatedStage {
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
}

extension StageEstimate {
  /// Adds a judge's trials of pairs; a program costs nothing here.
  fileprivate mutating func compare(
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
  fileprivate mutating func ask(
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

  /// A dataset that a model writes.
  fileprivate static func written(
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
}
