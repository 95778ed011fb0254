import Randomness
import Statistics

/// The results of an evaluation on all its rows together and on each of its datasets.
struct EvaluationSuite: Codable, Equatable {
  private(set) var all: EvaluationResults
  /// By the datasets' names; empty when there is one.
  private(set) var sets: [String: EvaluationResults] = [:]
  /// The counts of scored completions; nil before the first rows.
  private(set) var watch: RewardWatch?

  /// - Parameter datasets: their names, in the recipe's order.
  init(rewards: [String], datasets: [String]) {
    all = EvaluationResults(rewards: rewards)
    guard datasets.count > 1 else { return }
    for name in datasets { sets[name] = EvaluationResults(rewards: rewards) }
  }

  /// Adds rows of `samples` rollouts each, with what they score against an opponent.
  ///
  /// - Parameter rewards: those that judged them.
  mutating func add(
    _ rollouts: [Rollout], samples: Int, rewards: RewardSet, wins: [Double?]? = nil
  ) {
    all.add(rollouts, samples: samples, rewards: rewards, wins: wins)
    guard !sets.isEmpty else { return }
    // A row's rollouts stand side by side, and so do those of a dataset.
    var start = 0
    while start < rollouts.count {
      let name = rollouts[start].prompt.row.dataset
      let end = rollouts[start...].firstIndex { $0.prompt.row.dataset != name } ?? rollouts.count
      sets[name]?.add(
        Array(rollouts[start..<end]), samples: samples, rewards: rewards,
        wins: wins.map { Array($0[start..<end]) })
      start = end
    }
  }

  /// Counts the completions that rewards scored.
  ///
  /// - Returns: messages for the log.
  mutating func watch(
    _ rollouts: [Rollout], _ rewards: RewardSet, step: Int, isLast: Bool
  ) -> [String] {
    var watch = watch ?? RewardWatch()
    defer { self.watch = watch }
    return watch.note(rollouts, names: rewards.names, step: step, isLast: isLast)
  }

  /// The metrics of all rows; those of each dataset begin with its name; `sets/pass@1` is the mean
  /// over the datasets, each counting the same.
  func metrics(k: [Int], stream: RandomStream) -> [String: Double] {
    var values = all.metrics(k: k, stream: stream)
    var means: [Double] = []
    for (index, (name, results)) in sets.sorted(by: { $0.key < $1.key }).enumerated() {
      let own = results.metrics(k: k, stream: stream.at(UInt64(index)))
      if let mean = own["pass@1"] { means.append(mean) }
      values.merge(own.map { ("\(name)/\($0.key)", $0.value) }) { $1 }
    }
    values[RewardWatch.metric] = watch?.leastShare
    values["sets/pass@1"] = sets.isEmpty ? nil : Moments(means).mean
    return values
  }
}
