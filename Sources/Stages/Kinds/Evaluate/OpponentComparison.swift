import Neural
import Randomness
import Tasks
import Trace
import Workflow

/// A model's replies against an opponent's: sample i of a row against sample i of the opponent, seen
/// by the judge in both orders, so that a judge that favours a position favours neither.
struct OpponentComparison {
  private let judge: any PairJudge
  private let sampler: RolloutSampler
  private let prompts: PromptSet
  private let count: Int

  /// Nil without an opponent.
  init?(_ config: Evaluate.Config, in context: any StageContext) throws {
    guard let opponent = context.inputs("opponent").first else {
      guard config.judge == nil else {
        throw TrainingError(
          .reward, "judge needs an opponent; add opponent: $NAME")
      }
      return nil
    }
    guard let spec = config.judge else {
      throw TrainingError(
        .reward, "opponent needs a judge; add judge: { reward_model: NAME }")
    }
    let model = try context.model(opponent)
    judge = try spec.judge(in: context)
    prompts = try PromptSet(context.inputs("data"), model: model, log: { _ in })
    sampler = try RolloutSampler(
      model: model, sampling: config.sampling, seed: Draw.opponent.seed(below: context.seed))
    count = config.nSamples
  }

  /// For each rollout 1 if it is better than the opponent's, 0 if it is worse and a half if they
  /// are about the same, as a mean over both orders; nil if the judge gave no score.
  ///
  /// - Parameter first: the place of the rollouts' first prompt among all.
  func wins(
    of rollouts: [Rollout], from first: Int, step: Int, in context: any StageContext
  ) throws -> [Double?] {
    let slots = first..<first + rollouts.count / count
    let others = try sampler.draw(prompts.prompts(slots), count: count, step: step, in: context)
    var pairs: [ShownPair] = []
    for (own, other) in zip(rollouts, others) {
      let row = own.prompt.row
      let (mine, theirs) = (ShownPair.Reply(own), ShownPair.Reply(other))
      pairs.append(ShownPair(row: row, first: mine, second: theirs, trial: 0))
      pairs.append(ShownPair(row: row, first: theirs, second: mine, trial: 1))
    }
    let outcomes = try judge.judge(pairs, step: step, in: context)
    let wins = rollouts.indices.map { place -> Double? in
      guard let own = outcomes[2 * place].score, let swapped = outcomes[2 * place + 1].score
      else { return nil }
      return (Self.win(own) + Self.win(-swapped)) / 2
    }
    // The opponent's replies stand behind the model's own of the row, with what those scored against them.
    context.record(
      zip(others, wins).map { other, win in
        other.stored(
          step: step, number: count + other.sample,
          rewards: [
            "opponent": win.map { .score(1 - $0) } ?? .abstain("the judge gave no score")
          ])
      })
    return wins
  }

  private static func win(_ score: Double) -> Double { score > 0 ? 1 : score < 0 ? 0 : 0.5 }
}
