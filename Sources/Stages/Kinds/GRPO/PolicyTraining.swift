import Foundation
import Neural
import Randomness
import Text
import Workflow

/// The loop of `grpo`: sample and score when the last rollouts are used up, then update.
final class PolicyTraining {
  private let config: GRPOConfiguration
  private let context: any StageContext
  private let policy: LanguageModel
  private let session: TrainingSession
  private let prompts: PromptSet
  private let held: PromptSet
  private let rewards: RewardSet
  private var sampler: RolloutSampler
  private var reference: ReferenceModel
  private var plan: PhasedPlan
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
    let plan = try prompts.plan(
      cycle: config.cycle, promptsPerStep: config.promptsPerStep, seed: context.seed)
    self.plan = plan
    total = config.length.total { plan.steps(epochs: $0) * config.numIterations }
    rewards = try RewardSet(
      config.rewardFuncs, weights: config.rewardWeights, models: context.inputs("reward_model"),
      precision: context.resolvedPrecision, programs: context.programs)
    try rewards.check(types: Array(prompts.facts.types.keys))
    try rewards.requireGold(prompts.facts)
    sampler = try RolloutSampler(
      model: policy, sampling: config.sampling, rewards: rewards, seed: context.seed)
    try prompts.facts.requireRoom(in: policy, maxNewTokens: config.longestCompletion)
    session = try config.optimization.session(
      policy, seed: context.seed, from: start, over: .tokenizer)
    guard let start else { return }
    state = try CheckpointFiles.state(GRPOState.self, in: start)
  }

  func run() throws -> StageOutput {
    try context.eachStep(of: total, unit: "update", checkpoint: checkpoint) { step in
      try update(step)
      reference.follow(policy, step: step, in: context)
      if !held.isEmpty, config.length.evaluates(after: step, of: total) {
        context.record(step: step, try greedyEvaluation(step))
      }
      if step == total { tellRewards() }
    }
    try state.watch?.requireJudged()
    return try CheckpointFiles.output(session, model: policy)
  }

  private func update(_ step: Int) throws {
    let (first, staleness) = config.cycle.place(step: step)
    // Rollouts that diverged at their first update are not used by later ones.
    if context.isSkipped(first) { return }
    let batch = try self.batch ?? rollouts(first: first, resumed: staleness > 0)
    defer {
      self.batch = staleness + 1 == config.cycle.updates ? nil : batch
      state.scores = self.batch?.scores
    }
    if context.isSkipped(step) { return }
    let order = RandomStream(seed: context.seed, .minibatches)
    var update = PolicyUpdate(
      batch,
      chosen: config.cycle.minibatch(step: step, of: batch.rollouts.count, random: order),
      isFirst: staleness == 0, config: config)
    try update.accumulateGradient(session, in: context)
    let finished = try context.finishUpdate(
      step, loss: update.loss, at: update.nonFiniteRollout, session,
      learningRate: config.learningRate(step: step, of: total),
      clipNorm: config.optimization.clipNorm)
    state.tokens += update.tokens
    warnOfMismatch(update.metrics["sampling/sampling_logp_difference/mean"] ?? 0, step: step)
    if config.length.logs(step, of: total) {
      var metrics = update.metrics
      if staleness == 0 { metrics.merge(batch.metrics) { $1 } }
      if config.cycle.updates > 1 { metrics["staleness"] = Double(staleness) }
      metrics["epoch"] = plan.batch(step: config.cycle.planSteps(first: first).lowerBound).epoch
      metrics["num_tokens"] = Double(state.tokens)
      context.record(step: step, metrics.merging(finished) { $1 })
    }
  }

  /// The rollouts that are sampled before update `first`.
  ///
  /// - Parameter resumed: whether they were sampled by an attempt that was interrupted after one of
  ///   their updates: then they come from the store, and their scores from the checkpoint.
  private func rollouts(first: Int, resumed: Bool) throws -> RolloutBatch {
    let sampling = config.sampling(first: first)
    sampler.options = try sampling.options(policy)
    let groups = try sampledGroups(first: first, stored: resumed)
    let rollouts = groups.rollouts
    if !resumed { watch(rollouts, step: first) }
    let scores: RolloutScores
    if resumed {
      guard let kept = state.scores else {
        throw TrainingError(
          .data,
          "the checkpoint does not contain the scores of the samples of step \(first); run the "
            + "stage again with --force \(context.stage)")
      }
      scores = kept
    } else {
      scores = try context.timer.measure(.reference) {
        try RolloutScores(
          rollouts, sampling: sampling, config: config, session: session,
          reference: reference.scorer, in: context)
      }
    }
    let batch = try RolloutBatch(
      groups, scores: scores, sampling: sampling, config: config, rewards: rewards, step: first)
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

  /// The rollouts of a batch: those of its prompts or, with `dynamic_sampling`, those of its
  /// prompts and of spare ones whose groups have a signal.
  private func sampledGroups(first: Int, stored: Bool) throws -> SampledGroups {
    let steps = config.cycle.planSteps(first: first)
    var rows = steps.flatMap { plan.batch(step: $0).rows }
    var groups = SampledGroups(wanted: rows.count, size: config.numGenerations)
    let rounds = config.dynamicSampling ? config.maxNumGenBatches : 1
    var rollouts: [Rollout] = []
    for round in 1...rounds {
      let chosen = try prompts.prompts(rows)
      rollouts =
        stored
        ? try sampler.stored(
          chosen, after: rollouts, count: config.numGenerations, step: first, in: context)
        : try sampler.sample(
          chosen, after: rollouts, count: config.numGenerations, step: first, in: context)
      groups.add(Array(rollouts[groups.sampled...])) { rollout in
        rewards.total(rollout, step: first)
      }
      let missing = config.dynamicSampling ? groups.missing : 0
      guard missing > 0, round < rounds else { break }
      // A separate order, so that filtering does not change the order of the data.
      rows += steps.flatMap { plan.spares(step: $0, round: round, of: rounds) }.prefix(missing)
    }
    return groups
  }

  /// Counts the completions that rewards scored, and logs rewards that left many without a score.
  private func watch(_ rollouts: [Rollout], step: Int) {
    var watch = state.watch ?? RewardWatch()
    let isLast = step + config.cycle.updates > total
    for message in watch.note(rollouts, names: rewards.names, step: step, isLast: isLast) {
      context.log(message)
    }
    state.watch = watch
  }

  /// The totals at the end, for the log and the run's table.
  private func tellRewards() {
    for message in state.watch?.summary ?? [] { context.log(message) }
    if let share = state.watch?.leastShare {
      context.record(step: total, [RewardWatch.metric: share])
    }
  }

  private func checkpoint(_ step: Int) throws -> Checkpoint {
    try CheckpointFiles.training(
      session, model: policy, state: state, step: step, more: reference.files())
  }

  /// Rewards of greedy answers to held-out prompts, under `eval_` names.
  private func greedyEvaluation(_ step: Int) throws -> [String: Double] {
    var sampling = config.sampling(first: config.cycle.place(step: step).first)
    sampling.temperature = 0
    let sampler = try RolloutSampler(
      model: policy, sampling: sampling, rewards: rewards, seed: context.seed)
    let rollouts = try sampler.probe(held.prompts(0..<held.count), step: step, in: context)
    let metrics = RolloutMetrics(rollouts, names: rewards.names).values
    return Dictionary(uniqueKeysWithValues: metrics.map { ("eval_\($0.key)", $0.value) })
  }

  /// Warns once if generator and trainer differ by more than rounding.
  private func warnOfMismatch(_ mean: Double, step: Int) {
    let limit = context.precision == "f32" ? 0 : 0.01
    guard mean > limit, !hasWarned else { return }
    hasWarned = true
    context.log(
      "step \(step): log-probabilities of generator and trainer differ by \(mean) on average, "
        + "above \(limit) for \(context.precision)")
  }
}

/// The state of grpo besides weights, moments and a moved reference.
struct GRPOState: Codable, Equatable {
  var tokens = 0
  /// Of rollouts that more updates will use.
  var scores: RolloutScores?
  /// The counts of scored completions so far; nil before the first rollouts.
  var watch: RewardWatch?
}
