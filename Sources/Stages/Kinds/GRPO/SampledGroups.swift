import Statistics

/// The groups of completions of a batch, collected over rounds of sampling.
///
/// A group has a signal if its completions did not all get the same reward. Groups without one are
/// kept aside and fill the batch in the end (DAPO's dynamic sampling, arXiv 2503.14476, section
/// 3.2, drops them all and continues sampling).
struct SampledGroups {
  let wanted: Int
  /// Completions of a group.
  let size: Int
  private(set) var kept: [[Rollout]] = []
  private var waiting: [[Rollout]] = []
  /// Completions sampled so far, and the rounds.
  private(set) var sampled = 0
  private(set) var rounds = 0
  private var rewards: [Double] = []

  init(wanted: Int, size: Int) {
    self.wanted = wanted
    self.size = size
  }

  /// Groups that a further round should sample.
  var missing: Int { max(0, wanted - kept.count) }

  /// Adds whole groups of `rollouts`.
  mutating func add(_ rollouts: [Rollout], reward: (Rollout) -> Double?) {
    rounds += 1
    sampled += rollouts.count
    for start in stride(from: 0, to: rollouts.count, by: size) {
      let group = Array(rollouts[start..<start + size])
      let known = group.compactMap(reward)
      rewards += known
      if known.contains(where: { $0 != known[0] }) {
        kept.append(group)
      } else {
        waiting.append(group)
      }
    }
  }

  /// The batch's completions: those of the wanted groups, in the order of sampling.
  var rollouts: [Rollout] {
    (kept + waiting).prefix(wanted).flatMap { $0 }.sorted {
      ($0.slot, $0.sample) < ($1.slot, $1.sample)
    }
  }

  /// How much was sampled, and the mean reward of all of it.
  var metrics: [String: Double] {
    [
      "dynamic_sampling/rounds": Double(rounds),
      "dynamic_sampling/groups": Double(sampled / max(size, 1)),
      "dynamic_sampling/kept": Double(kept.count),
      "dynamic_sampling/reward": Moments(rewards).mean ?? .nan,
    ]
  }
}
