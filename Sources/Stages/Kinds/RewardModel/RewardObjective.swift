import Neural
import Workflow

/// The mean loss of a reward model over an update's items.
struct RewardObjective: SupervisedObjective {
  let loss: RewardLoss
  let data: RewardData
  let held: RewardData

  func epochPlan(_ options: SupervisedOptions, seed: UInt64) throws -> EpochPlan {
    try data.epochPlan(options, seed: seed)
  }

  func accumulate(
    _ rows: [Int], _ session: TrainingSession, budget: Int, _ context: any StageContext
  ) throws -> SupervisedUpdate {
    let items = try rows.map(data.item)
    var update = SupervisedUpdate()
    var scores: [[Float]] = []
    try context.eachMicroBatch("trained", rows: items.map(\.tokens), budget: budget) { range in
      let part = items[range]
      let batch = PackedBatch.texts(part.map { ($0.prompt, $0.replies) })
      scores += part.split(
        context.timer.measure(.forward) {
          session.accumulate(
            batch, ScoreHead(), forwardDone: { context.timer.enter(.backward) },
            loss: { values in
              zip(part, part.split(values)).flatMap { item, scores in
                let (value, gradient) = loss(item, scores)
                update.loss += value / Double(items.count)
                if !value.isFinite, update.nonFiniteRow == nil { update.nonFiniteRow = item.id }
                return gradient.map { Float($0 / Double(items.count)) }
              }
            })
        })
      update.tokens += batch.count
    }
    update.metrics = rewardMetrics(items, scores, loss: loss)
    return update
  }

  func evaluate(
    _ session: TrainingSession, budget: Int, _ context: any StageContext
  ) throws -> [String: Double]? {
    guard !held.kept.isEmpty else { return nil }
    let scores = try held.kept.scored(budget: budget, in: context) {
      session.values($0, ScoreHead())
    }
    return heldOutRewardMetrics(held.kept, scores, loss: loss)
  }
}
