import Statistics

/// Metrics of a reward model's scores of some items, under the names of TRL's RewardTrainer.
///
/// `accuracy`: the share of items classified correctly. `margin`: the mean score of chosen replies
/// (or those with label true) minus that of the
/// others. `mean_reward`, `min_reward`, `max_reward`: of all scores.
func rewardMetrics(
  _ items: [RewardItem], _ scores: [[Float]], loss: RewardLoss
) -> [String: Double] {
  precondition(items.count == scores.count, "scores of each item")
  let all = scores.flatMap { $0 }.map { Double($0) }
  let right = zip(items, scores).count { loss.isRight($0, $1) }
  return [
    "accuracy": Double(right) / Double(max(items.count, 1)),
    "margin": margin(items, scores, loss), "mean_reward": Moments(all).mean ?? .nan,
    "min_reward": all.min() ?? .nan, "max_reward": all.max() ?? .nan,
  ]
}

private func margin(_ items: [RewardItem], _ scores: [[Float]], _ loss: RewardLoss) -> Double {
  if loss != .pointwise {
    return Moments(scores.map { Double($0[0]) - Double($0[1]) }).mean ?? .nan
  }
  func mean(_ label: Bool) -> Double {
    Moments(zip(items, scores).filter { $0.0.label == label }.map { Double($0.1[0]) }).mean ?? .nan
  }
  return mean(true) - mean(false)
}

/// Metrics of held-out items: those above, the 95 % interval of the accuracy (`accuracy/low` and
/// `accuracy/high`), and the calibration of the model's confidence (`ece`). For pairs also
/// `length_accuracy`: the accuracy of always choosing the longer reply, half a point for a tie.
func heldOutRewardMetrics(
  _ items: [RewardItem], _ scores: [[Float]], loss: RewardLoss
) -> [String: Double] {
  var metrics = rewardMetrics(items, scores, loss: loss)
  let losses = zip(items, scores).map { loss($0, $1).loss }
  metrics["loss"] = Moments(losses).mean
  let right = zip(items, scores).map { loss.isRight($0, $1) }
  let interval = wilsonInterval(successes: right.count { $0 }, of: right.count)
  metrics["accuracy/low"] = interval.lowerBound
  metrics["accuracy/high"] = interval.upperBound
  // The probability of the outcome that the model considers likelier.
  let confidences = zip(items, scores).map { item, scores in
    let p = loss.probability(item, scores)
    return max(p, 1 - p)
  }
  metrics["ece"] = expectedCalibrationError(confidences, right: right)
  if loss != .pointwise {
    let votes = items.map { item in
      let (chosen, rejected) = (item.replies[0].count, item.replies[1].count)
      return chosen == rejected ? 0.5 : chosen > rejected ? 1.0 : 0
    }
    metrics["length_accuracy"] = Moments(votes).mean
  }
  return metrics
}

/// The expected calibration error (Guo et al., arXiv 1706.04599): |accuracy - mean confidence| over
/// bins of equal width, weighted by how many fall in; a confidence on an edge is in the lower bin.
func expectedCalibrationError(_ confidences: [Double], right: [Bool], bins: Int = 10) -> Double {
  precondition(confidences.count == right.count, "an outcome for each confidence")
  var gaps = [Double](repeating: 0, count: bins)
  for (confidence, right) in zip(confidences, right) {
    let bin = Int((confidence * Double(bins)).rounded(.up)) - 1
    gaps[min(max(bin, 0), bins - 1)] += (right ? 1 : 0) - confidence
  }
  return gaps.reduce(0) { $0 + abs($1) } / Double(max(confidences.count, 1))
}
