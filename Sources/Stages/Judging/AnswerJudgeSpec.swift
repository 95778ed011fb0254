import Datasets
import Host
import Recipes
import Settings

/// The judge that decides whether a completion is correct where no rule can: a program, or a model
/// that is asked in words.
///
/// DeepSeek-R1 does this for some of its rejection-sampled data: a model, DeepSeek-V3, judges the
/// prediction by the ground truth (Guo et al., Nature 645, Methods).
struct AnswerJudgeSpec: NestedConfiguration, Hashable {
  var command: [CommandWord]?
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
        A program that gets a line of JSON per completion, like one in reward_funcs, and answers \
        {"id", "score": 1} for a correct one; words that begin with ./, ../ or / are files, whose \
        content counts.
        """),
      Field(
        "template", \.template,
        """
        The question to the model at the input judge_model, with {prompt}, {completion} and, for \
        the right answer, {gold} in it, or the built-in reference; the last [[CORRECT]] or \
        [[INCORRECT]] it writes is its verdict.
        """),
      Field(
        "text", \.text,
        """
        The part of a completion that a model is shown: the answer, which follows the last \
        </think>, or all of it.
        """),
      Field(
        "timeout", \.timeout, range: 0...86_400, exclusiveMinimum: true, unit: "seconds",
        """
        How long a command may take for one completion, with an extra 60 seconds, once, for its \
        start; after that it is killed and the completion is dropped.
        """),
      JudgeCommand.retries(\.retries),
    ] + AskingConfiguration.fields.map { $0.lifted(to: \.asking) }

  var limits: AnswerLimits { AnswerLimits(timeout: .seconds(timeout), retries: retries) }

  /// Mistakes of the entry alone.
  var problems: [ConfigProblem] {
    guard (command == nil) != (template == nil) else {
      return [ConfigProblem("judge", "needs one of command and template")]
    }
    if let problem = command.flatMap({ JudgeCommand.problem($0, field: "judge.command") }) {
      return [problem]
    }
    if let problem = template.flatMap(QuestionTemplate.answer.problem) {
      return [ConfigProblem("judge.template", problem)]
    }
    if template == nil, asking.chat || text != .answer {
      return [
        ConfigProblem(asking.chat ? "judge.chat" : "judge.text", "needs template")
      ]
    }
    return []
  }

  /// The question about a completion; nil where it needs a right answer and the row has none.
  func question(prompt: String, gold: String?, completion: String) throws -> String? {
    let template = template ?? ""
    if gold == nil, QuestionTemplate.answer.mentions("gold", in: template) { return nil }
    return try QuestionTemplate.answer.filled(
      template, ["prompt": prompt, "gold": gold ?? "", "completion": completion])
  }

  /// The last verdict of a judge's reply; nil without one.
  static func verdict(in reply: String) -> Bool? {
    JudgeText.last([("CORRECT", true), ("INCORRECT", false)], in: reply)
  }
}
