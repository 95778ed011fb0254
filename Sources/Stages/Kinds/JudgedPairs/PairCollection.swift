import Datasets
import JSON
import Statistics
import Workflow

/// Pairs kept so far, and statistics of the judge: the state of `judged_pairs`.
struct PairCollection: Codable, Equatable {
  private(set) var kept = RowCollection()
  /// Pairs that were judged in both orders, and those of them in which one reply won in both.
  private var swapped = 0
  private var consistent = 0
  /// Sums over kept pairs.
  private var gaps = 0.0
  private var chosenTokens = 0
  private var rejectedTokens = 0
  private var pairs = 0

  /// What an interrupted attempt had collected; nothing without one.
  init(resuming checkpoint: Checkpoint?) throws {
    if let checkpoint { self = try CheckpointFiles.state(Self.self, in: checkpoint) }
  }

  init() {}

  /// Pairs of each prompt's replies that are worth judging.
  mutating func candidates(
    _ rollouts: [Rollout], _ config: JudgedPairs.Config
  ) -> [(Rollout, Rollout)] {
    var found: [(Rollout, Rollout)] = []
    for start in stride(from: 0, to: rollouts.count, by: config.numGenerations) {
      let group = rollouts[start..<start + config.numGenerations]
      let whole = config.keepTruncated ? Array(group) : group.filter(\.finished)
      kept.count("replies", group.count)
      kept.count("replies_truncated", group.count - whole.count)
      var pairs: [(Rollout, Rollout)] = []
      for (place, first) in whole.enumerated() {
        for second in whole[(place + 1)...] {
          kept.count("rows")
          if first.text == second.text {
            kept.drop("equal")
          } else if pairs.count == config.maxPairsPerPrompt {
            kept.drop("max_pairs_per_prompt")
          } else {
            pairs.append((first, second))
          }
        }
      }
      found += pairs
    }
    return found
  }

  /// A pair with the judge's scores, always for the first reply; nil is no score.
  mutating func add(
    _ pair: (Rollout, Rollout), _ scores: [Double?], _ config: JudgedPairs.Config
  ) {
    note(orders: scores)
    let known = scores.compactMap(\.self)
    guard known.count == scores.count, let mean = Moments(known).mean else {
      return kept.drop("not_judged")
    }
    guard abs(mean) > config.minGap else { return kept.drop("small_gap") }
    let (chosen, rejected) = mean > 0 ? pair : (pair.1, pair.0)
    var row = chosen.prompt.row.completed(chosen.whole)
    row.rejected = rejected.whole
    row.fields["margin"] = .string("\(abs(mean))")
    kept.keep(row, tokens: chosen.tokens.count, source: chosen.prompt.row.dataset)
    pairs += 1
    gaps += abs(mean)
    chosenTokens += chosen.tokens.count
    rejectedTokens += rejected.tokens.count
  }

  /// Counts whether the first two trials, one in each order, agree.
  private mutating func note(orders scores: [Double?]) {
    guard scores.count > 1, let first = scores[0], let second = scores[1] else { return }
    swapped += 1
    consistent += (first > 0) == (second > 0) && (first < 0) == (second < 0) ? 1 : 0
  }

  var metrics: [String: Double] {
    var metrics = kept.metrics
    if swapped > 0 { metrics["judge/order_agreement"] = Double(consistent) / Double(swapped) }
    guard pairs > 0 else { return metrics }
    metrics["judge/mean_gap"] = gaps / Double(pairs)
    metrics["chosen_length"] = Double(chosenTokens) / Double(pairs)
    metrics["rejected_length"] = Double(rejectedTokens) / Double(pairs)
    return metrics
  }
}
