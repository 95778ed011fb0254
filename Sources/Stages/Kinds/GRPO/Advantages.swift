import Statistics

/// The divisor of a completion's distance from its group's mean reward: TRL's `scale_rewards`.
enum RewardScaling: String, CaseIterable, Sendable {
  /// The standard deviation within the group.
  case group
  /// The standard deviation over all completions of the step.
  case batch
  /// Nothing.
  case none
}

/// The baseline of a completion's reward; names are those of verl's `adv_estimator`.
enum AdvantageEstimator: String, CaseIterable, Sendable {
  /// The mean of its group, scaled as `RewardScaling` says (GRPO).
  case grpo
  /// The mean of the others of its group (RLOO, arXiv 2402.14740).
  case rloo
  /// The mean over the step, divided by the standard deviation over it (REINFORCE++,
  /// arXiv 2501.03262).
  case reinforcePlusPlus = "reinforce_plus_plus"
  /// The mean of its group, divided by the standard deviation of what is left over the step
  /// (REINFORCE++-baseline, same paper).
  case reinforcePlusPlusBaseline = "reinforce_plus_plus_baseline"
}

/// The advantages of a step's completions.
struct Advantages: Sendable, Equatable {
  /// One per completion; 0 for a completion without a reward, and, except for `reinforce_plus_plus`,
  /// in a group with fewer than two rewards or whose rewards are all the same.
  let values: [Double]
  /// The part of the completions whose group has at least two rewards, all the same: TRL's
  /// `frac_reward_zero_std`, decided on equality (a standard deviation is not exactly 0 after
  /// rounding), and per group for each scaling.
  let zeroStdFraction: Double

  /// The advantages of an estimator.
  ///
  /// - Parameters:
  ///   - scaling: of `grpo`.
  ///   - normalize: whether `rloo` is brought to mean 0 and deviation 1 over the step, as TRL's
  ///     `normalize_advantages`.
  init(
    rewards: [Double?], groupSize: Int, estimator: AdvantageEstimator,
    scaling: RewardScaling = .group, normalize: Bool = false
  ) {
    let centered = Advantages(
      rewards: rewards, groupSize: groupSize, scaling: estimator == .grpo ? scaling : .none)
    // As in TRL, a group with a single reward has no baseline and is left out.
    let judged = Self.judged(rewards, groupSize: groupSize, atLeast: 2)
    switch estimator {
    case .grpo: values = centered.values
    case .rloo:
      let leftOut = centered.values.enumerated().map { row, value in
        // r - (sum - r) / (n - 1) = (r - mean) n / (n - 1).
        let start = row / groupSize * groupSize
        let count = Double(rewards[start..<start + groupSize].count { $0 != nil })
        return count > 1 ? value * count / (count - 1) : 0
      }
      values = normalize ? Self.whitened(leftOut, where: judged) : leftOut
    case .reinforcePlusPlus:
      values = Self.whitened(rewards.map { $0 ?? 0 }, where: rewards.map { $0 != nil })
    case .reinforcePlusPlusBaseline:
      values = Self.whitened(centered.values, where: judged)
    }
    zeroStdFraction = centered.zeroStdFraction
  }

  /// Which completions have a reward, in a group that has a few.
  private static func judged(_ rewards: [Double?], groupSize: Int, atLeast least: Int) -> [Bool] {
    rewards.indices.map { row in
      let start = row / groupSize * groupSize
      return rewards[row] != nil
        && rewards[start..<start + groupSize].count { $0 != nil } >= least
    }
  }

  /// (value - mean) / (standard deviation + 1e-4) over the chosen; 0 for the others, and for all when
  /// the chosen are equal.
  private static func whitened(_ values: [Double], where chosen: [Bool]) -> [Double] {
    let known = zip(values, chosen).filter(\.1).map(\.0)
    guard let first = known.first, known.contains(where: { $0 != first }) else {
      return values.map { _ in 0 }
    }
    let moments = Moments(known)
    let (mean, std) = (moments.mean ?? 0, moments.standardDeviation ?? 0)
    return zip(values, chosen).map { $1 ? ($0 - mean) / (std + 1e-4) : 0 }
  }

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
