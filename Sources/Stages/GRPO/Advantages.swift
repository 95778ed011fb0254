import Statistics

/// What a completion's distance from its group's mean reward is divided by: TRL's `scale_rewards`.
enum RewardScaling: String, CaseIterable, Sendable {
  /// The standard deviation within the group.
  case group
  /// The standard deviation over all completions of the step.
  case batch
  /// Nothing.
  case none
}

/// The advantages of a step's completions, relative to the mean reward of their group (GRPO).
struct Advantages: Sendable, Equatable {
  /// One per completion; 0 for a completion without a reward, in a group with fewer than two
  /// rewards, and in a group whose rewards are all the same.
  let values: [Double]
  /// The part of the completions whose group has at least two rewards, all the same: TRL's
  /// `frac_reward_zero_std`, decided on equality (a standard deviation is not exactly 0 after
  /// rounding), and per group for each scaling.
  let zeroStdFraction: Double

  /// (reward - mean of the group) / (standard deviation + 1e-4), the deviation without bias, as
  /// TRL's `sum_then_normalize`.
  ///
  /// `rewards` holds group after group; nil is a completion that could not be judged: it is left out
  /// of mean and deviation.
  init(rewards: [Double?], groupSize: Int, scaling: RewardScaling) {
    precondition(
      groupSize > 0 && rewards.count.isMultiple(of: groupSize), "groups of one size")
    let batchStd = Moments(rewards.lazy.compactMap { $0 }).standardDeviation
    var values = [Double](repeating: 0, count: rewards.count)
    var zeroStdRows = 0
    for start in stride(from: 0, to: rewards.count, by: groupSize) {
      let group = rewards[start..<start + groupSize]
      let known = group.compactMap { $0 }
      guard known.count > 1, let first = known.first else { continue }
      guard known.contains(where: { $0 != first }) else {
        zeroStdRows += groupSize
        continue
      }
      let moments = Moments(known)
      let std: Double? =
        switch scaling {
        case .group: moments.standardDeviation
        case .batch: batchStd
        case .none: nil
        }
      let divisor = std.map { $0 + 1e-4 } ?? 1
      for row in group.indices {
        guard let reward = rewards[row], let mean = moments.mean else { continue }
        values[row] = (reward - mean) / divisor
      }
    }
    self.values = values
    zeroStdFraction = rewards.isEmpty ? 0 : Double(zeroStdRows) / Double(rewards.count)
  }
}

/// The weighted sum of the scores that a completion got, without the rewards that abstain (nil); nil
/// if all of them do.
///
/// As TRL's nansum: the other weights are not scaled up. A completion in which a reward failed is not
/// to come here: it has no reward.
func weightedReward(scores: [Double?], weights: [Double]) -> Double? {
  precondition(scores.count == weights.count, "one weight per reward")
  let terms = zip(scores, weights).compactMap { score, weight in score.map { $0 * weight } }
  return terms.isEmpty ? nil : terms.reduce(0, +)
}

/// The sum of log p - log r over the tokens of each completion: the k1 estimate of KL(p ‖ r) of
/// whole completions, under the policy that sampled them.
func sequenceLogRatios(logProbs: [Float], refLogProbs: [Float], lengths: [Int]) -> [Double] {
  precondition(logProbs.count == refLogProbs.count, "one reference per token")
  precondition(lengths.reduce(0, +) == logProbs.count, "the lengths cover the tokens")
  var start = 0
  return lengths.map { length in
    defer { start += length }
    return (start..<start + length).reduce(0.0) {
      $0 + (Double(logProbs[$1]) - Double(refLogProbs[$1]))
    }
  }
}

/// Rewards less `beta` times the k1 estimate (`kl_in_reward: true`), to be taken before the
/// advantages, as TRL's RLOO trainer does.
func subtractKL(_ rewards: [Double?], logRatios: [Double], beta: Double) -> [Double?] {
  precondition(rewards.count == logRatios.count, "one log ratio per completion")
  return zip(rewards, logRatios).map { reward, ratio in reward.map { $0 - beta * ratio } }
}
