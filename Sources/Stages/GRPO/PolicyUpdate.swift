import Neural
import Tasks
import Workflow

/// One update: rewards to advantages, then the gradient of the clipped loss, micro-batch by
/// micro-batch.
struct PolicyUpdate {
  let rollouts: [Rollout]
  let config: GRPOConfiguration
  /// Weighted sums, before any KL is taken off; nil where no reward could judge.
  let rewards: [Double?]
  let advantages: Advantages
  let included: [Bool]
  let normalizer: PolicyNormalizer
  private(set) var loss = 0.0
  private(set) var metrics: [String: Double]

  /// Tokens of prompts (once a group) and completions.
  var tokens: Int {
    rollouts.reduce(0) { $0 + $1.tokens.count }
      + rollouts.lazy.filter { $0.sample == 0 }.reduce(0) { $0 + $1.prompt.tokens.count }
  }

  init(
    _ rollouts: [Rollout], config: GRPOConfiguration, rewards rewardSet: RewardSet, step: Int,
    session: TrainingSession, reference: Scorer?
  ) throws {
    self.rollouts = rollouts
    self.config = config
    let rewards = rollouts.map { rollout in
      rollout.failed ? nil : weightedReward(scores: rollout.scores, weights: rewardSet.weights)
    }
    self.rewards = rewards
    guard rewards.contains(where: { $0 != nil }) else {
      throw Self.nothingJudged(rollouts, rewardSet, step: step)
    }
    included = zip(rollouts, rewards).map { rollout, reward in
      reward != nil && (rollout.finished || !config.maskTruncatedCompletions)
    }
    let logRatios = try Self.logRatios(rollouts, config, session, reference)
    advantages = Advantages(
      rewards: logRatios.map { subtractKL(rewards, logRatios: $0, beta: config.beta) } ?? rewards,
      groupSize: config.numGenerations, scaling: config.scaleRewards)
    normalizer = PolicyNormalizer(
      lengths: rollouts.map(\.tokens.count), included: included,
      maxCompletionLength: config.sampling.maxCompletionLength)
    metrics = RolloutMetrics(rollouts, names: rewardSet.names).values
    let known = Moments(rewards.compactMap { $0 })
    metrics["reward"] = known.mean
    metrics["reward_std"] = known.standardDeviation
    metrics["frac_reward_zero_std"] = advantages.zeroStdFraction
    if let logRatios {
      let tokens = rollouts.reduce(0) { $0 + $1.tokens.count }
      metrics["kl"] = logRatios.reduce(0, +) / Double(max(tokens, 1))
    }
  }

  /// Adds the gradient to the session's; loss and metrics are complete after it.
  mutating func accumulateGradient(
    _ session: TrainingSession, reference: Scorer?, in context: any StageContext
  ) throws {
    var sums = PolicyLossMetrics()
    var entropy = 0.0
    var mismatch = Mismatch()
    let scorer = config.klInReward ? nil : reference
    for range in microBatches(rows: activationRows, budget: config.optimization.microBatchTokens) {
      try context.checkStop()
      let part = rollouts[range]
      let batch = Self.packed(part)
      let refLogProbs = scorer?.score(
        batch, temperature: Float(config.sampling.temperature), entropies: false
      ).logProbs
      var result = PolicyLoss(coefficients: [])
      let scores = session.accumulate(
        batch, temperature: Float(config.sampling.temperature), entropies: true
      ) { scores in
        result = PolicyLoss(
          PolicyRows(
            logProbs: scores.logProbs, oldLogProbs: nil, refLogProbs: refLogProbs,
            lengths: part.map(\.tokens.count), advantages: Array(advantages.values[range]),
            included: Array(included[range])),
          normalizer: normalizer, options: config.loss)
        return result.coefficients
      }
      loss += result.loss
      sums.add(result.metrics)
      entropy += scores.entropies.reduce(0) { $0 + Double($1) }
      mismatch.add(scores.logProbs, generator: part.flatMap(\.logProbs))
    }
    metrics.merge(sums.values) { $1 }
    metrics["loss"] = loss
    metrics["entropy"] = entropy / Double(max(mismatch.count, 1))
    metrics["sampling/sampling_logp_difference/mean"] = mismatch.mean
    metrics["sampling/sampling_logp_difference/max"] = mismatch.largest
  }

  /// Rows of activations that each completion adds: a group's prompt counts with its first.
  private var activationRows: [Int] {
    rollouts.map { $0.tokens.count - 1 + ($0.sample == 0 ? $0.prompt.tokens.count : 0) }
  }

  /// Completions in one batch, those of a prompt behind one copy of it.
  private static func packed(_ rollouts: ArraySlice<Rollout>) -> PackedBatch {
    var groups: [(prompt: [Int32], completions: [[Int32]])] = []
    var slot = -1
    for rollout in rollouts {
      if rollout.slot != slot {
        slot = rollout.slot
        groups.append((rollout.prompt.tokens, []))
      }
      groups[groups.count - 1].completions.append(rollout.tokens)
    }
    return PackedBatch.groups(groups)
  }

  /// log p - log r of each completion, for a KL taken off the reward; nil when none is.
  private static func logRatios(
    _ rollouts: [Rollout], _ config: GRPOConfiguration, _ session: TrainingSession,
    _ reference: Scorer?
  ) throws -> [Double]? {
    guard config.klInReward, let scorer = reference else { return nil }
    let temperature = Float(config.sampling.temperature)
    let lengths = rollouts.map { $0.tokens.count - 1 + $0.prompt.tokens.count }
    var ratios: [Double] = []
    for range in microBatches(rows: lengths, budget: config.optimization.microBatchTokens) {
      let batch = packed(rollouts[range])
      ratios += sequenceLogRatios(
        logProbs: session.score(batch, temperature: temperature, entropies: false).logProbs,
        refLogProbs: scorer.score(batch, temperature: temperature, entropies: false).logProbs,
        lengths: rollouts[range].map(\.tokens.count))
    }
    return ratios
  }

  private static func nothingJudged(
    _ rollouts: [Rollout], _ rewards: RewardSet, step: Int
  ) -> TrainingError {
    let reasons = zip(rewards.names, rollouts.first?.rewards ?? []).compactMap { name, outcome in
      outcome.reason.map { "\(name): \(outcome.name): \($0)" }
    }
    return TrainingError(
      .reward,
      """
      no completion of step \(step) got a reward (\(reasons.joined(separator: "; "))); look at \
      `regimen samples` and at the data's answers
      """)
  }
}

/// How far the generator's log-probabilities are from the trainer's: 0 when one engine does both.
private struct Mismatch {
  private(set) var count = 0
  private var sum = 0.0
  private(set) var largest = 0.0

  var mean: Double { sum / Double(max(count, 1)) }

  mutating func add(_ trainer: [Float], generator: [Float]) {
    precondition(trainer.count == generator.count, "one log-probability per token on both sides")
    count += trainer.count
    for (a, b) in zip(trainer, generator) {
      let difference = abs(Double(a) - Double(b))
      sum += difference
      largest = max(largest, difference)
    }
  }
}
