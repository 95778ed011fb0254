import Randomness

/// Which updates use which rollouts: a batch of rollouts is sampled for `stepsPerGeneration`
/// updates, and used in `numIterations` passes.
struct GenerationCycle: Sendable, Equatable {
  let stepsPerGeneration: Int
  let numIterations: Int

  /// Updates that use one batch of rollouts.
  var updates: Int { stepsPerGeneration * numIterations }

  /// The place of update `step` (from 1): the update that its rollouts were sampled before, and how
  /// many updates lie between.
  func place(step: Int) -> (first: Int, staleness: Int) {
    let staleness = (step - 1) % updates
    return (step - staleness, staleness)
  }

  /// The first update from `step` on that rollouts are sampled before.
  func firstUpdate(from step: Int) -> Int {
    let first = place(step: step).first
    return first == step ? step : first + updates
  }

  /// The units of `EpochPlan` (from 1) that the batch sampled before update `first` holds.
  func planSteps(first: Int) -> ClosedRange<Int> {
    let begin = (first - 1) / updates * stepsPerGeneration + 1
    return begin...begin + stepsPerGeneration - 1
  }

  /// The rollouts of an update, in order: all of them when one update is a pass, else a random part
  /// that no other update of the pass has.
  func minibatch(step: Int, of count: Int, random: RandomStream) -> [Int] {
    guard stepsPerGeneration > 1 else { return Array(0..<count) }
    let (first, staleness) = place(step: step)
    let (pass, part) = staleness.quotientAndRemainder(dividingBy: stepsPerGeneration)
    var stream = random.at(UInt64(first), UInt64(pass))
    let order = stream.permutation(count)
    let bounds = [part, part + 1].map { $0 * count / stepsPerGeneration }
    return order[bounds[0]..<bounds[1]].sorted()
  }
}
