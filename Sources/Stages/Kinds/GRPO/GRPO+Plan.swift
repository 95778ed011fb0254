import Recipes

extension GRPO: BuiltInStage {
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

  static func check(_ config: GRPOConfiguration, _ inputs: inout CheckedInputs) {
    let model = inputs.model()
    var golds = GoldCount(config.rewardFuncs)
    var types: Set<String?> = []
    let sizes = inputs.checkPrompts("data", model, room: config.longestCompletion) { row in
      golds.add(row)
      types.insert(row.type)
    }
    inputs.checkPrompts("eval_data", model, room: config.longestCompletion)
    guard inputs.isComplete("data"), model != nil else { return }
    inputs.attempt { try config.rewardFuncs.check(types: Array(types)) }
    inputs.check(golds)
    inputs.attempt {
      _ = try PromptSet(sizes: sizes).plan(
        cycle: config.cycle, promptsPerStep: config.promptsPerStep, seed: 0)
    }
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
