import Datasets
import Host
import JSON
import Neural
import Recipes
import Settings
import Tasks
import Trace
import Workflow

/// Two replies to a prompt in the order in which a judge sees them.
struct ShownPair {
  /// A reply, with the prompt as the model that wrote it has read it.
  struct Reply {
    let row: PromptRow
    let text: String

    init(_ rollout: Rollout) { (row, text) = (rollout.prompt.row, rollout.text) }

    func shown(_ part: RewardText.Part) -> String { JudgeText.shown(text, to: row, part) }
  }

  let row: PromptRow
  let first: Reply
  let second: Reply
  /// The number of this trial, from 0.
  let trial: Int

  /// A reply to the pair's prompt, behind what its own model's template opened.
  func rewardSample(_ reply: Reply) -> RewardSample {
    var sample = row.rewardSample(completion: reply.text, finished: true)
    sample.prompt = String(row.text.dropLast(row.prefix.count)) + reply.row.prefix
    sample.prefix = reply.row.prefix
    return sample
  }
}

/// Scores how much better the first of two replies is than the second: above 0 if it is better, 0
/// if they are about the same.
///
/// The outcome of a pair depends only on it, its place in the step and its trial.
protocol PairJudge {
  /// Whether the order of the replies can influence it.
  var seesOrder: Bool { get }

  /// One outcome per pair.
  func judge(_ pairs: [ShownPair], step: Int, in context: any StageContext) throws
    -> [RewardOutcome]
}

extension PairJudgeSpec {
  /// The judge, with the models at the ports `reward_model` and `judge_model`.
  func judge(in context: any StageContext) throws -> any PairJudge {
    if let model = try context.askedModel(for: template) {
      return try ModelPairJudge(self, model, in: context)
    }
    if let rewardModel {
      let scorers = try RewardModelJudge.scorers(
        named: [rewardModel], by: "judge",
        among: context.inputs("reward_model").filter { $0.stage == rewardModel },
        precision: context.resolvedPrecision)
      guard let scorer = scorers[rewardModel] else {
        preconditionFailure("every named scorer is loaded")
      }
      return ScorePairJudge(scorer: scorer)
    }
    return ProgramPairJudge(command ?? [], limits, text: text, by: context.programs)
  }
}

/// A reward model: the difference of its scores.
struct ScorePairJudge: PairJudge {
  let scorer: RewardScorer
  let seesOrder = false

  func judge(
    _ pairs: [ShownPair], step: Int, in context: any StageContext
  ) throws -> [RewardOutcome] {
    let samples = pairs.flatMap { pair in
      [pair.first, pair.second].map {
        JudgedSample(sample: pair.rewardSample($0), row: pair.row.row)
      }
    }
    let outcomes = RewardModelJudge(scorer: scorer, normalizes: true).judge(
      samples, in: .none)
    return pairs.indices.map { place in
      switch (outcomes[2 * place], outcomes[2 * place + 1]) {
      case (.score(let first), .score(let second)): .score(first - second)
      case (.score, let other), (let other, _): other
      }
    }
  }
}

/// A program that reads a line of JSON per pair and answers each with a line.
final class ProgramPairJudge: PairJudge {
  let seesOrder = true
  private let program: JudgeProgram
  private let text: RewardText.Part

  init(
    _ command: [CommandWord], _ limits: AnswerLimits, text: RewardText.Part,
    by programs: any ProgramAccess
  ) {
    program = JudgeProgram(command, name: "judge", limits, by: programs)
    self.text = text
  }

  func judge(
    _ pairs: [ShownPair], step: Int, in context: any StageContext
  ) throws -> [RewardOutcome] {
    let judging = JudgingContext.of(context, "pairs judged", of: pairs.count)
    return try pairs.enumerated().map { place, pair in
      defer { judging.answered(place + 1) }
      return try program.ask(
        read: JudgeReply.comparison, question(pair), in: judging, failed: RewardOutcome.error)
    }
  }

  /// The question to a program about a pair.
  private func question(_ pair: ShownPair) -> [String: JSONValue] {
    JudgeRequest.row(pair.row.row).merging([
      "prompt": .string(pair.row.row.prompt.transcript),
      "a": .string(pair.first.shown(text)),
      "b": .string(pair.second.shown(text)),
      "trial": .number(String(pair.trial)),
    ]) { $1 }
  }
}

/// A model that is asked in words.
struct ModelPairJudge: PairJudge {
  let seesOrder = true
  private let spec: PairJudgeSpec
  private let model: AskedModel

  init(_ spec: PairJudgeSpec, _ model: LanguageModel, in context: any StageContext) throws {
    self.spec = spec
    self.model = try AskedModel(spec.asking, model, in: context)
  }

  func judge(
    _ pairs: [ShownPair], step: Int, in context: any StageContext
  ) throws -> [RewardOutcome] {
    let questions = try pairs.map { pair in
      (
        row: pair.row,
        text: try spec.question(
          prompt: pair.row.row.prompt.transcript,
          a: pair.first.shown(spec.text), b: pair.second.shown(spec.text))
      )
    }
    return try model.replies(to: questions, step: step, in: context).map { reply in
      PairVerdict.margin(in: reply.answer).map { .score($0) }
        ?? .abstain(reply.undecided)
    }
  }
}
