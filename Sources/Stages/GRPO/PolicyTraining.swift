import Foundation
import Neural
import Randomness
import Workflow

/// The loop of `grpo`: sample and judge, when the last rollouts are used up, then update.
final class PolicyTraining {
  private let config: GRPOConfiguration
  private let context: any StageContext
  private let policy: LanguageModel
  private let session: TrainingSession
  private let prompts: PromptSet
  private let held: PromptSet
  private let rewards: RewardSet
  private let sampler: RolloutSampler
  private var reference: ReferenceModel
  private var plan: EpochPlan
  private let total: Int
  private var state = GRPOState()
  /// The rollouts in use.
  private var batch: RolloutBatch?
  private var hasWarned = false

  init(_ config: GRPOConfiguration, in context: any StageContext) throws {
    let start = context.resumePoint
    self.config = config
    self.context = context
    policy = try context.model(from: start)
    reference = try ReferenceModel(config, start: start, in: context)
    prompts = try PromptSet(context.inputs("data"), model: policy, log: context.log)
    held = try PromptSet(context.inputs("eval_data"), model: policy, log: context.log)
    plan = try prompts.epochPlan(promptsPerStep: config.promptsPerStep, seed: context.seed)
    total = config.maxSteps ?? plan.steps(epochs: config.numTrainEpochs) * config.numIterations
    rewards = try RewardSet(config.rewardFuncs, weights: config.rewardWeights)
    try rewards.check(types: prompts.types)
    sampler = try RolloutSampler(
      model: policy, sampling: config.sampling, rewards: rewards, seed: context.seed)
    session = config.optimization.session(policy)
    guard let start else { return }
    try session.restore(optimizerState: CheckpointFiles.file(CheckpointFiles.optimizer, in: start))
    state = try CheckpointFiles.state(GRPOState.self, in: start)
  }

  func run() throws -> StageOutput {
    context.begin(totalSteps: total, unit: "update")
    for step in stride(from: (context.resumePoint?.step ?? 0) + 1, through: total, by: 1) {
      try update(step)
      try reference.follow(policy, step: step)
      if !held.prompts.isEmpty,
        step == total || (config.evalSteps > 0 && step.isMultiple(of: config.evalSteps))
      {
        context.record(step: step, try greedyEvaluation(step))
      }
      try context.stepDone(step) { try checkpoint(step) }
    }
    return StageOutput(["model": Artifact(files: try policy.files(dtype: .f32))])
  }

  private func update(_ step: Int) throws {
    let (first, staleness) = config.cycle.place(step: step)
    let batch = try self.batch ?? rollouts(first: first, resumed: staleness > 0)
    let order = RandomStream(seed: context.seed, 0xBA7C)
    var update = PolicyUpdate(
      batch,
      chosen: config.cycle.minibatch(step: step, of: batch.rollouts.count, random: order),
      isFirst: staleness == 0, config: config)
    try update.accumulateGradient(session, in: context)
    try requireFinite(update.loss, "loss", step: step)
    let rate = config.optimization.learningRate(step: step, of: total)
    let norm = context.timer.measure(.update) {
      session.update(learningRate: rate, maxGradNorm: config.optimization.clipNorm)
    }
    try requireFinite(norm, "gradient norm", step: step)
    state.tokens += update.tokens
    warnOfMismatch(update.metrics["sampling/sampling_logp_difference/mean"] ?? 0, step: step)
    if step.isMultiple(of: config.loggingSteps) || step == total {
      var metrics = update.metrics
      if staleness == 0 { metrics.merge(batch.metrics) { $1 } }
      if config.cycle.updates > 1 { metrics["staleness"] = Double(staleness) }
      metrics["grad_norm"] = norm
      metrics["learning_rate"] = rate
      metrics["epoch"] = plan.batch(step: config.cycle.planSteps(first: first).lowerBound).epoch
      metrics["num_tokens"] = Double(state.tokens)
      context.record(step: step, metrics)
    }
    self.batch = staleness + 1 == config.cycle.updates ? nil : batch
    state.scores = self.batch?.scores
  }

  /// The rollouts that are sampled before update `first`.
  ///
  /// - Parameter resumed: whether they were sampled by an attempt that was interrupted after one of
  ///   their updates: then they come from the store, and their scores from the checkpoint.
  private func rollouts(first: Int, resumed: Bool) throws -> RolloutBatch {
    let rows = config.cycle.planSteps(first: first).flatMap { plan.batch(step: $0).rows }
    let chosen = rows.map { prompts.prompts[$0] }
    let rollouts: [Rollout]
    let scores: RolloutScores
    if resumed {
      guard let kept = state.scores else {
        throw TrainingError(
          .data,
          "the checkpoint does not hold what the samples of step \(first) were scored; run the stage "
            + "anew with --force \(context.stage)")
      }
      rollouts = try sampler.stored(chosen, count: config.numGenerations, step: first, in: context)
      scores = kept
    } else {
      rollouts = try sampler.sample(chosen, count: config.numGenerations, step: first, in: context)
      scores = try context.timer.measure(.reference) {
        try RolloutScores(
          rollouts, config: config, session: session, reference: reference.scorer, in: context)
      }
    }
    let batch = try RolloutBatch(
      rollouts, scores: scores, config: config, rewards: rewards, step: first)
    if !resumed {
      context.record(
        rollouts.enumerated().map { index, rollout in
          sampler.row(
            rollout, step: first, reward: batch.rewards[index],
            advantage: batch.advantages.values[index])
        })
    }
    return batch
  }

  private func checkpoint(_ step: Int) throws -> Checkpoint {
    try CheckpointFiles.training(
      session, model: policy, state: state, step: step, more: reference.files())
  }

  /// Rewards of greedy answers to held-out prompts, under `eval_` names.
  private func greedyEvaluation(_ step: Int) throws -> [String: Double] {
    var sampling = config.sampling
    sampling.temperature = 0
    let sampler = try RolloutSampler(
      model: policy, sampling: sampling, rewards: rewards, seed: context.seed)
    let rollouts = try sampler.probe(held.prompts, step: step, in: context)
    let metrics = RolloutMetrics(rollouts, names: rewards.names).values
    return Dictionary(uniqueKeysWithValues: metrics.map { ("eval_\($0.key)", $0.value) })
  }

  /// Says once when generator and trainer are further apart than rounding explains.
  private func warnOfMismatch(_ mean: Double, step: Int) {
    let limit = context.precision == "f32" ? 0 : 0.01
    guard mean > limit, !hasWarned else { return }
    hasWarned = true
    context.log(
      "step \(step): log-probabilities of generator and trainer differ by \(mean) on average, "
        + "above \(limit) for \(context.precision)")
  }
}

/// What grpo keeps beside weights, moments and a moved reference.
struct GRPOState: Codable, Equatable {
  var tokens = 0
  /// Of rollouts that more updates will use.
  var scores: RolloutScores?
}
