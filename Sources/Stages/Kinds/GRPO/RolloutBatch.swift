import Neural
import Statistics
import Tasks
import Trace
import Workflow

/// The rollouts of one generation and what all updates that use them share: rewards, advantages, and
/// log-probabilities under the policy that sampled them and under the reference.
struct RolloutBatch {
  let rollouts: [Rollout]
  /// Weighted sums, before any KL is subtracted; nil where no reward gave a score.
  let rewards: [Double?]
  let advantages: Advantages
  /// Rollouts that count in the loss.
  let included: [Bool]
  let scores: RolloutScores
  /// How they were drawn.
  let sampling: SamplingConfiguration
  let metrics: [String: Double]

  init(
    _ groups: SampledGroups, scores: RolloutScores, sampling: SamplingConfiguration,
    config: GRPOConfiguration, rewards set: RewardSet, step: Int
  ) throws {
    let rollouts = groups.rollouts
    self.rollouts = rollouts
    self.scores = scores
    self.sampling = sampling
    let rewards = rollouts.map { set.total($0, step: step) }
    self.rewards = rewards
    for (rollout, reward) in zip(rollouts, rewards) {
      guard let reward else { continue }
      // As a 32-bit float, like the gradients.
      try requireFinite(Double(Float(reward)), "reward", step: step, place: rollout.place)
    }
    guard rewards.contains(where: { $0 != nil }) else {
      throw Self.nothingJudged(rollouts, set, step: step)
    }
    included = zip(rollouts, rewards).map { rollout, reward in
      reward != nil && (rollout.finished || !config.maskTruncatedCompletions)
    }
    let logRatios = config.klInReward ? scores.logRatios : nil
    advantages = Advantages(
      rewards: logRatios.map { subtractKL(rewards, logRatios: $0, beta: config.beta) } ?? rewards,
      groupSize: config.numGenerations, estimator: config.advantageEstimator,
      scaling: config.scaleRewards, normalize: config.normalizeAdvantages)
    var metrics = RolloutMetrics(rollouts, names: set.names).values
    metrics.merge(
      SelfEvolution(rollouts, groupSize: config.numGenerations, rewards: set).values
    ) { $1 }
    let known = Moments(rewards.compactMap { $0 })
    metrics["reward"] = known.mean
    for (type, places) in Dictionary(
      grouping: rollouts.indices, by: { rollouts[$0].prompt.row.type })
    {
      guard let type else { continue }
      metrics["types/\(type)/reward"] = Moments(places.compactMap { rewards[$0] }).mean ?? .nan
    }
    metrics["reward_std"] = known.standardDeviation
    metrics["frac_reward_zero_std"] = advantages.zeroStdFraction
    if let logRatios {
      let tokens = rollouts.reduce(0) { $0 + $1.tokens.count }
      metrics["kl"] = logRatios.reduce(0, +) / Double(max(tokens, 1))
    }
    if config.dynamicSampling { metrics.merge(groups.metrics) { $1 } }
    self.metrics = metrics
  }

  private static func nothingJudged(
    _ rollouts: [Rollout], _ rewards: RewardSet, step: Int
  ) -> TrainingError {
    let reasons = zip(rewards.names, rollouts.first?.rewards ?? []).compactMap { name, outcome in
      outcome.flatMap { outcome in outcome.reason.map { "\(name): \(outcome.name): \($0)" } }
    }
    let failed = zip(rewards.names, rollouts.first?.rewards ?? []).filter { name, outcome in
      outcome?.name == "error" && rewards.asksProgram(name)
    }.map { "'\($0.0)'" }
    let remedy =
      failed.isEmpty
      ? "check `regimen samples` and the data's answers"
      : "`regimen samples` shows the questions; correct the program "
        + "of \(failed.joined(separator: ", "))"
    return TrainingError(
      .reward,
      """
      no completion of step \(step) got a reward (\(reasons.joined(separator: "; "))); \(remedy)
      """)
  }
}

/// Log-probabilities of each rollout's tokens; a checkpoint between the updates that share the
/// rollouts keeps them, since the weights that they come from have moved on.
struct RolloutScores: Codable, Equatable {
  /// Under the policy that sampled; nil when one update uses the rollouts, where every ratio is 1.
  var old: [[Float]]?
  /// nil without a reference.
  var reference: [[Float]]?

  /// The sum of log p - log r of each rollout, where both are known.
  var logRatios: [Double]? {
    guard let old, let reference else { return nil }
    return zip(old, reference).map { old, reference in
      sequenceLogRatios(logProbs: old, refLogProbs: reference, lengths: [old.count])[0]
    }
  }

  init(
    _ rollouts: [Rollout], sampling: SamplingConfiguration, config: GRPOConfiguration,
    session: TrainingSession,
    reference scorer: Scorer?, in context: any StageContext
  ) throws {
    guard scorer != nil || config.cycle.updates > 1 else { return }
    let needsOld = config.cycle.updates > 1 || config.klInReward
    // In 32-bit floats the generator's log-probabilities are the trainer's, bit for bit.
    if needsOld, context.precision == "f32" { old = rollouts.map(\.logProbs) }
    let temperature = Float(sampling.temperature)
    var (policyScores, referenceScores) = ([[Float]](), [[Float]]())
    try context.eachMicroBatch(
      "compared with the reference", rows: rollouts[...].activationRows,
      budget: config.optimization.microBatchTokens
    ) { range in
      let part = rollouts[range]
      let batch = PackedBatch(part)
      if let scorer {
        let scores = scorer.score(batch, temperature: temperature).logProbs
        referenceScores += part.split(scores)
      }
      if needsOld, old == nil {
        policyScores += part.split(session.score(batch, temperature: temperature).logProbs)
      }
    }
    if needsOld, old == nil { old = policyScores }
    if scorer != nil { reference = referenceScores }
  }
}

extension RandomAccessCollection<Rollout> {
  /// Rows of activations that each completion adds: a group's prompt counts with the first of it.
  var activationRows: [Int] {
    var slot: Int?
    return map { rollout in
      defer { slot = rollout.slot }
      return rollout.tokens.count - 1 + (rollout.slot == slot ? 0 : rollout.prompt.tokens.count)
    }
  }

  /// Tokens of prompts (once per group) and completions.
  var tokenCount: Int { activationRows.reduce(0, +) + count }

  /// The first completion with a value that is not a number.
  func firstNonFinite(_ values: [Float]) -> Rollout? {
    zip(self, split(values)).first { $1.contains { !$0.isFinite } }?.0
  }

  /// A value for each token, cut up into completions.
  func split(_ values: [Float]) -> [[Float]] {
    var start = 0
    return map { rollout in
      defer { start += rollout.tokens.count }
      return Array(values[start..<start + rollout.tokens.count])
    }
  }
}

extension PackedBatch {
  /// Completions in one batch, those of a prompt after a single copy of it.
  init(_ rollouts: some Collection<Rollout>) {
    var groups: [(prompt: [Int32], completions: [[Int32]])] = []
    var slot: Int?
    for rollout in rollouts {
      if rollout.slot != slot {
        slot = rollout.slot
        groups.append((rollout.prompt.tokens, []))
      }
      groups[groups.count - 1].completions.append(rollout.tokens)
    }
    self = PackedBatch.groups(groups)
  }
}
