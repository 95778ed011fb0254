import Neural
import Workflow

/// One update: the gradient of the clipped loss over some of a batch's rollouts, micro-batch by
/// micro-batch.
struct PolicyUpdate {
  private let batch: RolloutBatch
  /// The update's rollouts, as places in the batch.
  private let chosen: [Int]
  private let config: GRPOConfiguration
  private let normalizer: PolicyNormalizer
  /// Whether the weights are still those that sampled, so that generator and trainer can be compared.
  private let isFirst: Bool
  private(set) var loss = 0.0
  private(set) var metrics: [String: Double] = [:]
  /// The first rollout whose log-probabilities are not numbers.
  private(set) var nonFiniteRollout: String?

  /// Tokens of prompts (once per group) and completions.
  var tokens: Int { chosen.map { batch.rollouts[$0] }.tokenCount }

  init(_ batch: RolloutBatch, chosen: [Int], isFirst: Bool, config: GRPOConfiguration) {
    self.batch = batch
    self.isFirst = isFirst
    self.chosen = chosen
    self.config = config
    normalizer = PolicyNormalizer(
      lengths: chosen.map { batch.rollouts[$0].tokens.count },
      included: chosen.map { batch.included[$0] },
      maxCompletionLength: batch.sampling.maxCompletionLength)
  }

  /// Adds the gradient to the session's; loss and metrics are complete after it.
  mutating func accumulateGradient(
    _ session: TrainingSession, in context: any StageContext
  ) throws {
    var sums = PolicyLossMetrics()
    var (entropy, tokens) = (0.0, 0)
    var mismatch = Mismatch()
    let rows = chosen.map { batch.rollouts[$0] }.activationRows
    let budget = config.optimization.microBatchTokens
    try context.eachMicroBatch("trained", rows: rows, budget: budget) { range in
      let part = chosen[range]
      let rollouts = part.map { batch.rollouts[$0] }
      var result = PolicyLoss(coefficients: [])
      let scores = context.timer.measure(.forward) {
        session.accumulate(
          PackedBatch(rollouts), temperature: Float(batch.sampling.temperature), entropies: true
        ) { scores in
          result = PolicyLoss(
            policyRows(part, logProbs: scores.logProbs), normalizer: normalizer,
            options: config.loss)
          context.timer.enter(.backward)
          return result.coefficients
        }
      }
      if nonFiniteRollout == nil, let rollout = rollouts.firstNonFinite(scores.logProbs) {
        nonFiniteRollout = rollout.place
      }
      loss += result.loss
      sums.add(result.metrics)
      entropy += scores.entropies.reduce(0) { $0 + Double($1) }
      tokens += scores.logProbs.count
      if isFirst { mismatch.add(scores.logProbs, generator: rollouts.flatMap(\.logProbs)) }
    }
    metrics = sums.values
    metrics["loss"] = loss
    metrics["entropy"] = entropy / Double(max(tokens, 1))
    guard isFirst else { return }
    metrics["sampling/sampling_logp_difference/mean"] = mismatch.mean
    metrics["sampling/sampling_logp_difference/max"] = mismatch.largest
  }

  private func policyRows(_ part: ArraySlice<Int>, logProbs: [Float]) -> PolicyRows {
    PolicyRows(
      logProbs: logProbs,
      oldLogProbs: config.cycle.updates > 1
        ? batch.scores.old.map { old in part.flatMap { old[$0] } } : nil,
      refLogProbs: batch.scores.reference.map { reference in part.flatMap { reference[$0] } },
      lengths: part.map { batch.rollouts[$0].tokens.count },
      advantages: part.map { batch.advantages.values[$0] },
      included: part.map { batch.included[$0] })
  }
}

/// How far the generator's log-probabilities are from the trainer's of the same weights: 0 when one
/// engine does both.
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
