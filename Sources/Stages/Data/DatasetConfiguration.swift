import Datasets
import Host
import Recipes
import Settings

/// A `datasets:` entry: rows that a task generates, or a JSONL file.
struct DatasetConfiguration: Configuration {
  /// The format of the file, or that its first row tells it.
  enum Format: FieldChoice {
    case auto
    case known(DatasetFormat)

    static let allCases = [auto] + DatasetFormat.allCases.map(known)

    init?(rawValue: String) {
      guard let format = Self.allCases.first(where: { $0.rawValue == rawValue }) else { return nil }
      self = format
    }

    var rawValue: String { known?.rawValue ?? "auto" }
    var known: DatasetFormat? { if case .known(let format) = self { format } else { nil } }
  }

  var format = Format.auto
  var file: FilePath?
  /// Everything else, as `Datasets` takes it.
  var options = DatasetOptions()

  static let fields: [Field<Self>] = [
    Field("task", \.options.task, "The task that generates the rows; `list tasks` names them."),
    Field("parameters", \.options.parameters, "The task's own settings, by name."),
    Field(
      "size", \.options.size, range: 1...1e9, unit: "rows", "Rows that the task generates."),
    Field("file", \.file, "A JSONL file, instead of a task."),
    Field(
      "format", \.format,
      "The format of the file's rows; auto decides by the keys of its first row."),
    Field(
      "fields", \.options.fields,
      """
      The file's own keys, as {prompt: key, completion: key}, where they differ from the format's; \
      a.b is a key in an object, "{a}, {b}" joins two columns.
      """
    ),
    Field(
      "split", \.options.split,
      """
      The side of the split to use; a row's side depends only on its problem. null: the train side \
      of a task, all rows of a file.
      """),
    Field(
      "test_fraction", \.options.testFraction, range: 0...1,
      "The share of a file's rows on the test side."),
    Field(
      "offset", \.options.offset, range: 0...1e9, unit: "rows", "Skip this many rows."),
    Field(
      "limit", \.options.limit, range: 1...1e9, unit: "rows", "Use at most this many rows."),
    Field(
      "on_bad_line", \.options.onBadLine,
      "Fail at a line that cannot be read, or skip and count it."),
    Field(
      "verifier", \.options.verifier,
      "How accuracy compares answers; null: as the rows or the task define it."),
    Field(
      "system_prompt", \.options.systemPrompt,
      "A system message before every prompt; turns plain prompts into conversations."),
    Field(
      "type", \.options.type,
      "The type of the rows (reasoning, helpful, harmless), for rewards with `types`."),
    Field(
      "language", \.options.language,
      "The language that completions should be in (en, zh, de, uk), for language_consistency."),
    Field(
      "chat", \.options.chat,
      "Turn plain prompts into user messages, rendered with the model's chat template."),
    Field(
      "prompt_template", \.options.promptTemplate,
      "Text around the prompt, with {prompt} in it, or a built-in template: r1_zero, boxed."),
    Field(
      "completion_template", \.options.completionTemplate,
      "The text of completions, with {solution}, {final} or {completion} in it."),
    Field(
      "rejected_template", \.options.rejectedTemplate,
      "The text of the worse replies of preference pairs, like completion_template."),
    Field(
      "judging_template", \.options.judgingTemplate,
      """
      Turns each pair into a question to a judge: text with {prompt}, {a} and {b} in it, or a \
      built-in template: arena, grm. The gold answer is A>B or B>A, the verifier judgment.
      """),
    Field(
      "verdict_template", \.options.verdictTemplate,
      "With judging_template: the text of completions, with {answer} in it: [[{answer}]]."
    ),
    Field(
      "label", \.options.label,
      """
      Whether the rows' completions are good ones, for a pointwise reward model; the worse replies \
      of pairs are then left out.
      """),
  ]

  var problems: [ConfigProblem] {
    var options = complete
    options.format = format.known ?? .promptCompletion
    // The keys that `fields` may name are known once the file has been looked at.
    if format == .auto, file != nil { options.fields = [:] }
    return options.problems
  }

  /// The options, with the file's format found out.
  func resolved(in files: any FileAccess) throws -> DatasetOptions {
    var options = complete
    guard let path = file?.path else { return options }
    if let known = format.known {
      options.format = known
    } else {
      let shape = try FileShape.detect(path: path, fields: options.fields, in: files)
      options.format = shape.format
      options.fields.merge(shape.fields) { own, _ in own }
      options.finalAnswer = shape.finalAnswer
    }
    return options
  }

  /// How the file is read where earlier versions read the same file otherwise: it belongs to a
  /// stage's key, beside the settings and the file's content, which decide it.
  ///
  /// - Parameter withAnswers: whether gold answers matter to the stage: those beside a conversation
  ///   change nothing about what is learnt from it.
  func reading(withAnswers: Bool, in files: any FileAccess) -> [String: ConfigValue] {
    guard let options = try? resolved(in: files) else { return [:] }
    var reading: [String: ConfigValue] = [:]
    if options.format != .conversational {
      reading["gold"] =
        options.statesAnswers(in: files)
        ? "stated in solution" : options.finalAnswer.map(ConfigValue.string)
    } else if withAnswers {
      reading["answer"] = options.finalAnswer.map(ConfigValue.string)
    }
    if options.readsColumns { reading["columns"] = true }
    return reading
  }

  /// The number of rows of a task's train side, which are drawn alike, as many as are asked for; nil for
  /// other datasets.
  var drawnRows: Int? {
    guard options.task != nil, options.split != .test else { return nil }
    return min(max(options.size - options.offset, 0), options.limit ?? .max)
  }

  /// The options with the file that they are for.
  private var complete: DatasetOptions {
    var options = options
    options.file = file?.path
    return options
  }
}
