import Recipes
import Tasks
import Workflow

/// The rewards of a stage by name, with their weights.
struct RewardSet: Sendable {
  let rewards: [any Reward]
  let weights: [Double]

  var names: [String] { rewards.map { type(of: $0).name } }

  init(_ names: [String], weights: [Double]? = nil) throws {
    rewards = try names.map { name in
      guard let reward = RewardCatalog.named(name) else {
        throw TrainingError(.reward, "there is no reward named '\(name)'")
      }
      return reward
    }
    self.weights = weights ?? [Double](repeating: 1, count: names.count)
  }

  /// Mistakes in a recipe's `reward_funcs` and `reward_weights`.
  static func problems(_ names: [String], weights: [Double]?) -> [ConfigProblem] {
    var problems: [ConfigProblem] = []
    if names.isEmpty {
      problems.append(ConfigProblem("reward_funcs", "needs at least one reward"))
    }
    for name in names where RewardCatalog.named(name) == nil {
      problems.append(
        ConfigProblem(
          "reward_funcs",
          "no reward named '\(name)'; there are \(RewardCatalog.all.map { type(of: $0).name }.joined(separator: ", "))"
        ))
    }
    if Set(names).count < names.count {
      problems.append(ConfigProblem("reward_funcs", "names a reward twice"))
    }
    if let weights, weights.count != names.count {
      problems.append(
        ConfigProblem(
          "reward_weights", "\(weights.count) weights for \(names.count) reward_funcs"))
    }
    return problems
  }

  func judge(_ sample: RewardSample) -> [RewardOutcome] { rewards.map { $0.score(sample) } }

  /// How outcomes are stored, by the rewards' names.
  func entries(_ outcomes: [RewardOutcome]) -> [String: RewardEntry] {
    Dictionary(
      uniqueKeysWithValues: zip(names, outcomes).map { name, outcome in
        (
          name,
          RewardEntry(outcome: outcome.name, score: outcome.score, reason: outcome.reason)
        )
      })
  }

  /// What a stored row says, in this set's order; nil if it was judged by other rewards.
  func outcomes(_ entries: [String: RewardEntry]) -> [RewardOutcome]? {
    let known = names.compactMap { name -> RewardOutcome? in
      guard let entry = entries[name] else { return nil }
      switch (entry.outcome, entry.score) {
      case ("score", let score?): return .score(score)
      case ("abstain", _): return .abstain(entry.reason ?? "")
      default: return .error(entry.reason ?? "")
      }
    }
    return known.count == names.count ? known : nil
  }
}
