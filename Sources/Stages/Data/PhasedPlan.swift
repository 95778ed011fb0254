/// The order of rows of a mixture whose parts are in use for some updates only: one `EpochPlan` for
/// each stretch over which the same parts are.
///
/// A stretch begins with an epoch of its own; without windows there is one, and it is that `EpochPlan`.
struct PhasedPlan {
  /// The stretch that begins with plan step `first` (from 1).
  struct Phase {
    let first: Int
    var plan: EpochPlan
    /// A separate order for rows that replace others.
    var spares: EpochPlan
  }

  private var phases: [Phase]

  init(_ phases: [Phase]) {
    precondition(phases.first?.first == 1, "the first stretch begins with the first step")
    self.phases = phases
  }

  /// Steps in `epochs` passes over the data of the first stretch.
  func steps(epochs: Double) -> Int { phases[0].plan.steps(epochs: epochs) }

  /// The rows of plan step `step` (from 1), and the epochs done before it.
  mutating func batch(step: Int) -> (rows: [Int], epoch: Double) {
    let index = index(step: step)
    var epochs = 0.0
    for earlier in 0..<index {
      let last = phases[earlier + 1].first - phases[earlier].first
      epochs += phases[earlier].plan.batch(step: last + 1).epoch
    }
    let batch = phases[index].plan.batch(step: step - phases[index].first + 1)
    return (batch.rows, epochs + batch.epoch)
  }

  /// The rows that may replace some of plan step `step`, in round `round` of `rounds` (both from
  /// 1): different ones for every step and round.
  mutating func spares(step: Int, round: Int, of rounds: Int) -> [Int] {
    let index = index(step: step)
    return phases[index].spares.batch(step: (step - phases[index].first) * rounds + round).rows
  }

  private func index(step: Int) -> Int { phases.lastIndex { $0.first <= step } ?? 0 }
}
