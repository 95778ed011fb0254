/// The weighted sum of the scores that a completion got, without the rewards that abstain (nil); nil
/// if all of them do.
///
/// As TRL's nansum: the other weights are not scaled up. Completions on which a reward failed do
/// not come here: they have no reward.
func weightedReward(scores: [Double?], weights: [Double]) -> Double? {
  precondition(scores.count == weights.count, "one weight per reward")
  let terms = zip(scores, weights).compactMap { score, weight in score.map { $0 * weight } }
  return terms.isEmpty ? nil : terms.reduce(0, +)
}
