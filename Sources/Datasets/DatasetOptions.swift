public import Settings
import Tasks

/// What a `datasets:` entry of a recipe says; the defaults are those of an empty entry.
public struct DatasetOptions: Sendable, Hashable {
  /// The name of a task that generates the rows; else `file` holds them.
  public var task: String?
  /// How many rows a task makes.
  public var size = 1000
  /// Parameters of the task.
  public var parameters: [String: Int] = [:]

  /// A JSONL file.
  public var file: String?
  public var format = DatasetFormat.promptCompletion
  /// Keys of the file by what they hold, where they differ from the format's: `[prompt: question]`.
  ///
  /// A key with dots is a path into objects (`reward_model.ground_truth`), one with columns in braces
  /// puts them together (`{instruction}\n\n{input}`).
  public var fields: [String: String] = [:]
  /// The key of a text that gives the gold answer, as `FileShape` found it.
  public var finalAnswer: String?
  public var onBadLine = BadLine.error

  /// Default: the train side of a task, all of a file.
  public var split: DatasetSplit?
  /// The share of a file's rows on the test side.
  public var testFraction = 0.1
  /// Rows left out at the start, and the most rows taken after them, behind the split.
  public var offset = 0
  public var limit: Int?

  /// A system message; makes conversations of plain prompts.
  public var systemPrompt: String?
  /// The name of a built-in template or a text with `{prompt}`.
  public var promptTemplate: String?
  /// The text of completions: `<think>{solution}</think>\n<answer>{final}</answer>`.
  public var completionTemplate: String?
  /// The text of the worse replies of pairs, like `completionTemplate`.
  public var rejectedTemplate: String?
  /// Makes a question to a judge of a pair: the name of a built-in template or a text with `{prompt}`,
  /// `{a}` and `{b}`.
  public var judgingTemplate: String?
  /// The completion of such a question: a text with `{answer}`, `A>B` or `B>A`.
  public var verdictTemplate: String?
  /// Whether the completions are good ones; overrides the rows' own, and makes single rows of pairs.
  public var label: Bool?
  /// Makes plain prompts a user's message, for models with a chat template.
  public var chat = false
  /// Which verifier judges completions; overrides the rows' own.
  public var verifier: String?
  /// What kind of rows these are, for rewards that are meant for some; overrides the rows' own.
  public var type: String?
  /// The language that completions should be in; overrides the rows' own.
  public var language: String?

  public init() {}
}

/// The shape of a JSONL file.
public enum DatasetFormat: String, Sendable, Hashable, CaseIterable {
  /// `instruction`, `output` and maybe `input`.
  case alpaca
  /// `messages`, of which the last is the assistant's.
  case conversational
  /// `question` and `answer`, a worked solution that ends in `#### N`.
  case gsm8k
  /// `input` and `target`, a number.
  case mawps
  /// `problem`, `answer` in LaTeX and maybe `solution`, as MATH-500 and AIME have them; without
  /// `answer` the last box of the solution holds it.
  case math
  /// `prompt`, `chosen` and `rejected`, texts or messages; without `prompt`, two conversations but
  /// for the last message, each a list or one text, `\n\nHuman: ...\n\nAssistant: ...`.
  case preference
  /// `conversations` of `from` and `value`, of which the last is the assistant's.
  case sharegpt
  /// `text`, to be learnt from its first token on.
  case text
  /// `prompt` (a text or messages) with `completion`, `label`, `solution`, `answer`, as far as there.
  case promptCompletion = "prompt_completion"
  /// `question`, `choices` and `answer`: a letter, a choice's place from 0, or its text.
  case multipleChoice = "multiple_choice"
}

/// The side of a split that a dataset takes.
public enum DatasetSplit: String, FieldChoice { case train, test, all }

/// What a line that cannot be used does.
public enum BadLine: String, FieldChoice {
  /// Loading fails and names the line.
  case error
  /// The line is left out and counted.
  case skip
}

extension DatasetOptions {
  /// Mistakes that show without reading a file, all at once.
  public var problems: [ConfigProblem] {
    sourceProblems + taskProblems + fileProblems + rangeProblems + templateProblems
  }

  /// Whether a template has a placeholder that earlier versions took for plain text.
  public var readsColumns: Bool {
    let templates =
      [promptTemplate.map(PromptTemplates.resolve)]
      + [completionTemplate, rejectedTemplate].map { $0.map(CompletionTemplates.resolve) }
    return templates.contains { $0?.columns.isEmpty == false }
  }

  private var sourceProblems: [ConfigProblem] {
    switch (task, file) {
    case (nil, nil):
      [
        ConfigProblem(
          "task",
          "needs 'task' or 'file', which say where rows come from")
      ]
    case (_?, _?): [ConfigProblem("file", "'task' and 'file' exclude each other")]
    default: []
    }
  }

  private var taskProblems: [ConfigProblem] {
    guard let task else {
      return parameters.isEmpty ? [] : [ConfigProblem("parameters", "only a task has parameters")]
    }
    guard let type = TaskCatalog.type(named: task) else {
      let names = TaskCatalog.all.map { $0.name }
      return [
        ConfigProblem("task", "unknown task '\(task)'" + nameHint(task, among: names))
      ]
    }
    var problems: [ConfigProblem] = []
    if split == .all {
      problems.append(ConfigProblem("split", "a task has a train and a test side; choose one"))
    }
    let names = type.parameters.map(\.name)
    for name in parameters.keys.sorted() where !names.contains(name) {
      let hint = nameHint(name, among: names)
      problems.append(
        ConfigProblem("parameters", "task '\(task)' has no parameter '\(name)'" + hint))
    }
    guard problems.isEmpty else { return problems }
    do throws(ParameterError) {
      _ = try TaskCatalog.make(task, parameters)
    } catch {
      problems.append(ConfigProblem("parameters", error.description))
    }
    return problems
  }

  private var fileProblems: [ConfigProblem] {
    if file == nil {
      return fields.isEmpty ? [] : [ConfigProblem("fields", "only a file has fields")]
    }
    let names = RowReader.names(of: format)
    return fields.keys.sorted().filter { !names.contains($0) }.map {
      ConfigProblem(
        "fields",
        "format '\(format.rawValue)' has no field '\($0)'" + nameHint($0, among: names))
    }
  }

  private var rangeProblems: [ConfigProblem] {
    var problems: [ConfigProblem] = []
    if size < 1 { problems.append(ConfigProblem("size", "it must be at least 1")) }
    if !(testFraction > 0 && testFraction < 1) {
      problems.append(ConfigProblem("test_fraction", "it must be between 0 and 1"))
    }
    if offset < 0 { problems.append(ConfigProblem("offset", "it must not be negative")) }
    if let limit, limit < 1 { problems.append(ConfigProblem("limit", "it must be at least 1")) }
    return problems
  }

  private var templateProblems: [ConfigProblem] {
    var problems: [ConfigProblem] = []
    let isFile = file != nil
    if let text = promptTemplate,
      let problem = PromptTemplates.problem(text, orColumns: isFile)
    {
      problems.append(ConfigProblem("prompt_template", problem))
    }
    if let text = completionTemplate,
      let problem = CompletionTemplates.problem(text, orColumns: isFile)
    {
      problems.append(ConfigProblem("completion_template", problem))
    }
    if let text = rejectedTemplate,
      let problem = CompletionTemplates.problem(text, orColumns: isFile)
    {
      problems.append(ConfigProblem("rejected_template", problem))
    }
    problems += judgingProblems
    if file != nil, format == .text {
      let unused = [
        ("prompt_template", promptTemplate != nil), ("system_prompt", systemPrompt != nil),
        ("completion_template", completionTemplate != nil), ("chat", chat),
        ("rejected_template", rejectedTemplate != nil),
      ]
      problems += unused.filter(\.1).map {
        ConfigProblem($0.0, "rows of plain text have no prompt")
      }
    }
    if let verifier, Verifier.named(verifier) == nil {
      let hint = nameHint(verifier, among: Verifier.all.map(\.name))
      problems.append(ConfigProblem("verifier", "unknown verifier '\(verifier)'" + hint))
    }
    return problems
  }

  private var judgingProblems: [ConfigProblem] {
    guard let judgingTemplate else {
      return verdictTemplate == nil
        ? [] : [ConfigProblem("verdict_template", "needs judging_template")]
    }
    var problems: [ConfigProblem] = []
    if let problem = QuestionTemplate.pair.problem(judgingTemplate) {
      problems.append(ConfigProblem("judging_template", problem))
    }
    if let text = verdictTemplate, Template(text).placeholders != ["answer"] {
      problems.append(
        ConfigProblem(
          "verdict_template",
          "must be a text that contains {answer} once"))
    }
    let unused = [
      ("prompt_template", promptTemplate != nil), ("label", label != nil),
      ("verifier", verifier != nil),
    ]
    return problems
      + unused.filter(\.1).map { ConfigProblem($0.0, "cannot be combined with judging_template") }
  }
}
