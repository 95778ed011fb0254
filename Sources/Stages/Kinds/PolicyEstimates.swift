import Recipes

extension GRPO: EstimatedStage {
  static func estimate(_ config: GRPOConfiguration, _ shapes: StageShapes) throws -> StageEstimate {
    let policy = try shapes.model()
    let (prompts, group) = (Double(config.promptsPerStep), Double(config.numGenerations))
    let passes = Double(config.numIterations)
    let updates =
      config.length.maxSteps.map(Double.init)
      ?? StageEstimate.updates(
        config.length, perEpoch: (shapes.data().rows / prompts).rounded(.down)) * passes
    let prompt = shapes.data(steps: updates).prompt / policy.bytesPerToken
    let completion = shapes.assumed.completionLength ?? config.meanLimit(over: updates)
    let groups = updates * prompts / passes
    let reading =
      policy.forward(text: prompt) + group * policy.forward(completion: completion, after: prompt)

    var estimate = StageEstimate(shapes.precision)
    estimate.workload.updates = updates
    estimate.sample(
      policy, prompts: groups, step: config.promptsPerStep * config.cycle.stepsPerGeneration,
      prompt: prompt, each: group, completion: completion,
      batch: config.sampling.generationBatchSize)
    let update = prompts * (prompt + group * completion)
    estimate.workload.trainedTokens = updates * update
    let isMoving = config.beta > 0 && config.syncRefModel
    try estimate.train(
      policy, config.optimization, flops: updates * prompts * reading, update: update,
      longest: prompt + completion, reference: isMoving ? policy.bytes : 0)
    if config.beta > 0 {
      estimate.workload.scoringFLOPs += groups * reading
      estimate.holdScorer(
        policy,
        rows: StageEstimate.microBatch(
          config.optimization, update: update, longest: prompt + completion))
    }
    estimate.evaluateGreedily(policy, shapes, completion: completion, config.sampling)
    for scorer in shapes.models["reward_model"] ?? [] {
      let share = config.shareWithRewardModel(of: updates)
      estimate.workload.scoringFLOPs +=
        share * groups * group * scorer.forward(text: prompt + completion)
      estimate.holdRewardModel(scorer, tokens: update)
    }
    return estimate
  }
}

extension StageEstimate {
  /// Adds the generator that answers held-out prompts, in addition to the one that samples.
  fileprivate mutating func evaluateGreedily(
    _ policy: ModelShape, _ shapes: StageShapes, completion: Double,
    _ sampling: SamplingConfiguration
  ) {
    guard shapes.datasets["eval_data"] != nil else { return }
    let held = shapes.data("eval_data")
    generate(
      policy, prompts: held.rows, prompt: held.prompt / policy.bytesPerToken, each: 1,
      completion: completion, batch: sampling.generationBatchSize)
  }
}

extension GRPOConfiguration {
  /// max_completion_length, on average over the updates, as `schedule` changes it.
  fileprivate func meanLimit(over updates: Double) -> Double {
    let changes = schedule.filter { $0.maxCompletionLength != nil }
    var (sum, from, limit) = (0.0, 1.0, Double(sampling.maxCompletionLength))
    for change in changes {
      let at = min(Double(change.atStep ?? 1), updates + 1)
      sum += (at - from) * limit
      (from, limit) = (at, Double(change.maxCompletionLength ?? 0))
    }
    return updates > 0 ? (sum + (updates + 1 - from) * limit) / updates : limit
  }

  /// The share of the updates in which some reward model judges.
  fileprivate func shareWithRewardModel(of updates: Double) -> Double {
    let shares = rewardFuncs.filter { $0.rewardModel != nil }.map { spec in
      max(0, min(Double(spec.untilStep ?? .max), updates) - Double(spec.fromStep) + 1)
    }
    return updates > 0 ? (shares.max() ?? updates) / updates : 0
  }
}

extension Distill: EstimatedStage {
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
}
