import Datasets
import Host
import Recipes
import Settings

/// The judge that decides which of two replies to a prompt is better: a program, a reward model, or
/// a model that is asked in words.
struct PairJudgeSpec: NestedConfiguration, Hashable {
  var command: [CommandWord]?
  var rewardModel: String?
  var template: String?
  var text = RewardText.Part.answer
  var asking = AskingConfiguration()
  var timeout = 60.0
  var retries = 0

  static let shorthand: String? = nil

  static let fields: [Field<Self>] =
    [
      Field(
        "command", \.command,
        """
        A program that gets a line of JSON with prompt, a and b, and answers {"id", "verdict": "A>B"} or \
        {"id", "score": 1}; words that begin with ./, ../ or / are files, whose content counts.
        """),
      Field(
        "reward_model", \.rewardModel,
        """
        A stage of the input reward_model: the difference of its model's scores of the two \
        replies, in standard deviations of its held-out scores.
        """),
      Field(
        "template", \.template,
        """
        The question to the model at the input judge_model, with {prompt}, {a} and {b} in it, or a \
        built-in template: arena, \
        grm. Its verdict is the last [[A>>B]], [[A>B]], [[A=B]], [[B>A]] or [[B>>A]] that it \
        writes, or the difference of two scores in \\boxed{8, 5}.
        """),
      Field(
        "text", \.text,
        "The part of a reply that is shown: the answer, which follows the last </think>, or all of "
          + "it."),
      Field(
        "timeout", \.timeout, range: 0...86_400, exclusiveMinimum: true, unit: "seconds",
        """
        How long a command may take for one pair, with an extra 60 seconds, once, for its start; \
        after that it is killed and the pair is not judged.
        """),
      JudgeCommand.retries(\.retries),
    ] + AskingConfiguration.fields.map { $0.lifted(to: \.asking) }

  var limits: AnswerLimits { AnswerLimits(timeout: .seconds(timeout), retries: retries) }

  /// Mistakes of the entry alone.
  var problems: [ConfigProblem] {
    let given = [command != nil, rewardModel != nil, template != nil].count { $0 }
    guard given == 1 else {
      return [ConfigProblem("judge", "needs one of command, reward_model and template")]
    }
    if let problem = command.flatMap({ JudgeCommand.problem($0, field: "judge.command") }) {
      return [problem]
    }
    if let problem = template.flatMap(QuestionTemplate.pair.problem) {
      return [ConfigProblem("judge.template", problem)]
    }
    if asking.chat, template == nil {
      return [ConfigProblem("judge.chat", "needs template")]
    }
    return []
  }

  /// The question to the model.
  func question(prompt: String, a: String, b: String) throws -> String {
    try QuestionTemplate.pair.filled(template ?? "", ["prompt": prompt, "a": a, "b": b])
  }
}
