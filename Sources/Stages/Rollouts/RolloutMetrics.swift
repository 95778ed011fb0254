import Statistics
import Tasks
import Trace

/// The metrics of a batch of rollouts, under TRL's names.
struct RolloutMetrics {
  let values: [String: Double]

  init(_ rollouts: [Rollout], names: [String]) {
    var values: [String: Double] = [:]
    Self.addLengths(rollouts, to: &values)
    values["completions/repetition"] =
      Moments(rollouts.map { repeatedShare($0.tokens, size: 4) }).mean ?? 0
    for (index, name) in names.enumerated() {
      let outcomes = rollouts.compactMap { $0.rewards[index] }
      // The reward may not apply at this step, or to these rows.
      guard !outcomes.isEmpty || rollouts.isEmpty else { continue }
      let scores = Moments(rollouts.compactMap { $0.scores[index] })
      values["rewards/\(name)/mean"] = scores.mean ?? .nan
      values["rewards/\(name)/std"] = scores.standardDeviation ?? .nan
      values["rewards/\(name)/abstained"] = Double(
        outcomes.count { if case .abstain = $0 { true } else { false } })
      values["rewards/\(name)/errors"] = Double(
        outcomes.count { if case .error = $0 { true } else { false } })
    }
    Self.addTypes(rollouts, names, to: &values)
    self.values = values
  }

  /// What each type of rows got, under `types/TYPE/`.
  private static func addTypes(
    _ rollouts: [Rollout], _ names: [String], to values: inout [String: Double]
  ) {
    for (type, part) in Dictionary(grouping: rollouts, by: { $0.prompt.row.type }) {
      guard let type else { continue }
      for (index, name) in names.enumerated()
      where part.contains(where: { $0.rewards[index] != nil }) {
        values["types/\(type)/rewards/\(name)/mean"] =
          Moments(part.compactMap { $0.scores[index] }).mean ?? .nan
      }
      values["types/\(type)/completions"] = Double(part.count)
      values["types/\(type)/completions/mean_length"] =
        Moments(
          part.map { Double($0.tokens.count) }
        ).mean
    }
  }

  private static func addLengths(_ rollouts: [Rollout], to values: inout [String: Double]) {
    let lengths = rollouts.map { Double($0.tokens.count) }
    let terminated = rollouts.filter(\.finished).map { Double($0.tokens.count) }
    values["completions/mean_length"] = Moments(lengths).mean ?? 0
    values["completions/min_length"] = lengths.min() ?? 0
    values["completions/max_length"] = lengths.max() ?? 0
    values["completions/clipped_ratio"] =
      1 - Double(terminated.count) / Double(max(rollouts.count, 1))
    values["completions/mean_terminated_length"] = Moments(terminated).mean ?? 0
    values["completions/min_terminated_length"] = terminated.min() ?? 0
    values["completions/max_terminated_length"] = terminated.max() ?? 0
  }
}
