import Foundation
import Recipes

/// Who says which of two replies to a prompt is better: a program, a reward model, or a model that is
/// asked in words.
struct PairJudgeSpec: NestedConfiguration, Hashable {
  var command: [CommandWord]?
  var rewardModel: String?
  var template: String?
  var text = RewardText.Part.answer
  var asking = AskingConfiguration()
  var timeout = 60.0

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
        A stage among the input reward_model: how far its model scores one reply above the other, in \
        standard deviations of its held-out scores.
        """),
      Field(
        "template", \.template,
        """
        What the model at the input judge_model is asked, with {prompt}, {a} and {b} in it, or the built-in \
        arena; the last [[A>>B]], [[A>B]], [[A=B]], [[B>A]] or [[B>>A]] it writes is its verdict.
        """),
      Field(
        "text", \.text,
        "What of a reply is shown: the answer, which follows the last </think>, or all of it."),
      Field(
        "timeout", \.timeout, range: 0...86_400, exclusiveMinimum: true, unit: "seconds",
        "How long a command may take for one pair; then it is ended and the pair is not judged."),
    ] + AskingConfiguration.fields.map { $0.lifted(to: \.asking) }

  /// Mistakes of the entry alone.
  var problems: [ConfigProblem] {
    let given = [command != nil, rewardModel != nil, template != nil].count { $0 }
    guard given == 1 else {
      return [ConfigProblem("judge", "needs one of command, reward_model and template")]
    }
    if let command, !command.contains(where: \.isPath) {
      return [
        ConfigProblem(
          "judge.command",
          "no word is a file (./judge.py), so a change of the program would go unnoticed")
      ]
    }
    if let template, template != Self.arenaName,
      let missing = ["prompt", "a", "b"].first(where: { !template.contains("{\($0)}") })
    {
      return [ConfigProblem("judge.template", "holds no {\(missing)} and is no built-in template")]
    }
    if asking.chat, template == nil {
      return [ConfigProblem("judge.chat", "goes with template")]
    }
    return []
  }

  static let arenaName = "arena"

  /// In the manner of Arena-Hard (Li et al., arXiv 2406.11939), which DeepSeek-R1's preference data
  /// were judged with: the judge answers first, then compares.
  static let arena = """
    Judge two replies to a user's prompt. First answer the prompt yourself. Then compare both replies \
    with your own: are they correct, helpful, relevant and concise? Do not let their order or length \
    sway you. End with one verdict: [[A>>B]] if reply A is much better, [[A>B]] if it is slightly \
    better, [[A=B]] if they are about the same, [[B>A]] or [[B>>A]] if reply B is.

    <prompt>
    {prompt}
    </prompt>

    <reply_a>
    {a}
    </reply_a>

    <reply_b>
    {b}
    </reply_b>
    """

  /// The template with its texts put in; they are not searched for placeholders.
  func question(prompt: String, a: String, b: String) -> String {
    JudgeText.filled(
      template == Self.arenaName ? Self.arena : template ?? "",
      ["prompt": prompt, "a": a, "b": b])
  }
}

/// What a judge says of two replies in the order in which it saw them.
enum VerdictLabel {
  /// What each label counts: how far the first reply is above the second. The authors do not state
  /// their numbers.
  static let scores: [(label: String, score: Double)] = [
    ("A>>B", 2), ("A>B", 1), ("A=B", 0), ("B>A", -1), ("B>>A", -2),
  ]

  static func score(_ label: String) -> Double? {
    scores.first { $0.label == label }?.score
  }

  /// The last `[[label]]` of a text; nil without one.
  static func last(in text: String) -> Double? {
    JudgeText.last(scores.map { ($0.label, $0.score) }, in: text)
  }
}
