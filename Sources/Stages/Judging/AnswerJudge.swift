import Datasets
import Neural
import Recipes
import Settings
import Tasks
import Trace
import Workflow

/// Decides whether completions are correct: 1 if so, less if not, an abstention if undecided.
///
/// The outcome of a completion depends only on it and its place in the step.
protocol AnswerJudge {
  /// One outcome per completion.
  func judge(_ rollouts: [Rollout], step: Int, in context: any StageContext) throws
    -> [RewardOutcome]
}

extension AnswerJudgeSpec {
  /// The judge, with the model at the port `judge_model`.
  func judge(in context: any StageContext) throws -> any AnswerJudge {
    if let model = try context.askedModel(for: template) {
      return ModelAnswerJudge(spec: self, model: try AskedModel(asking, model, in: context))
    }
    return ProgramAnswerJudge(
      CommandJudge(command ?? [], name: "judge", limits, by: context.programs))
  }
}

/// A program that reads a line of JSON per completion and answers each with a line.
private struct ProgramAnswerJudge: AnswerJudge {
  let program: CommandJudge

  init(_ program: CommandJudge) { self.program = program }

  func judge(
    _ rollouts: [Rollout], step: Int, in context: any StageContext
  ) throws -> [RewardOutcome] {
    try program.judge(
      rollouts.map { $0.judgedSample(maxTokens: 0) },
      in: .of(context, "judged", of: rollouts.count))
  }
}

/// A model that is asked in words.
private struct ModelAnswerJudge: AnswerJudge {
  let spec: AnswerJudgeSpec
  let model: AskedModel

  func judge(
    _ rollouts: [Rollout], step: Int, in context: any StageContext
  ) throws -> [RewardOutcome] {
    let questions = try rollouts.map { rollout in
      let row = rollout.prompt.row
      return try spec.question(
        prompt: row.row.prompt.transcript, gold: row.gold,
        completion: JudgeText.shown(rollout.text, to: row, spec.text))
    }
    let asked = zip(rollouts, questions).compactMap { rollout, question in
      question.map { (row: rollout.prompt.row, text: $0) }
    }
    var replies = try model.replies(to: asked, step: step, in: context)[...]
    return questions.map { question in
      guard question != nil, let reply = replies.popFirst() else {
        return .abstain("the row has no right answer to compare with")
      }
      return AnswerJudgeSpec.verdict(in: reply.answer)
        .map { .score($0 ? 1 : 0) } ?? .abstain(reply.undecided)
    }
  }
}

/// The completions of a step with a judge's verdict as accuracy.
struct JudgedAnswers {
  let rollouts: [Rollout]
  /// The judge's verdicts, and how often the rule agrees where both decide.
  let metrics: [String: Double]

  /// - Parameter accuracy: the place of accuracy among the rewards.
  init(
    _ rollouts: [Rollout], by judge: any AnswerJudge, accuracy: Int, step: Int,
    in context: any StageContext
  ) throws {
    let outcomes = try context.timer.measure(.rewards) {
      try judge.judge(rollouts, step: step, in: context)
    }
    self.rollouts = zip(rollouts, outcomes).map { rollout, outcome in
      var rollout = rollout
      rollout.rewards[accuracy] = outcome
      return rollout
    }
    let decided = outcomes.compactMap(\.score)
    var metrics = [
      "judge/undecided": Double(
        outcomes.count { if case .abstain = $0 { true } else { false } }),
      "judge/errors": Double(outcomes.count { if case .error = $0 { true } else { false } }),
    ]
    metrics["judge/correct"] =
      decided.isEmpty ? nil : Double(decided.count { $0 == 1 }) / Double(decided.count)
    // The rule is evaluated again: a row stored by an interrupted attempt may contain the judge's
    // verdict.
    let both = zip(rollouts, outcomes).compactMap { rollout, outcome -> Bool? in
      guard let score = outcome.score,
        let rule = AccuracyReward().score(rollout.rewardSample(maxTokens: 0)).score
      else { return nil }
      return (score == 1) == (rule == 1)
    }
    metrics["judge/rule_agreement"] =
      both.isEmpty ? nil : Double(both.count { $0 }) / Double(both.count)
    self.metrics = metrics
  }
}

extension JudgedAnswers {
  static let declared = [
    MetricDescription(
      "judge/undecided", better: .lower, unit: "completions", basis: .sampled,
      "Completions of the step that the judge left undecided."),
    MetricDescription(
      "judge/errors", better: .lower, unit: "completions", basis: .sampled,
      "Completions of the step on which the judge failed."),
    MetricDescription(
      "judge/correct", better: .higher, isShare: true, basis: .sampled,
      "Share of the decided completions that the judge considers correct."),
    MetricDescription(
      "judge/rule_agreement", better: .higher, isShare: true, basis: .sampled,
      "How often the rule of the accuracy reward agrees, where both decide."),
  ]
}
