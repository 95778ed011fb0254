import Datasets
import Recipes
import Tasks

/// A `datasets:` entry: rows that a task generates, or a JSONL file.
struct DatasetConfiguration: Configuration {
  enum Format: String, FieldChoice {
    case auto, prompt_completion, conversational, gsm8k, mawps, text
  }
  enum Side: String, FieldChoice {
    case train, test, all
  }
  enum BadLine: String, FieldChoice {
    case error, skip
  }

  var task: String?
  var parameters: [String: Int] = [:]
  var size: Int?
  var file: FilePath?
  var format = Format.auto
  var fields: [String: String] = [:]
  var split = Side.all
  var testFraction = 0.1
  var limit: Int?
  var onBadLine = BadLine.error
  var verifier: String?
  var systemPrompt: String?
  var promptTemplate: String?
  var completionTemplate: String?

  static let fields: [Field<Self>] = [
    Field("task", \.task, "The task that generates the rows; `list tasks` names them."),
    Field("parameters", \.parameters, "The task's own settings, by name."),
    Field("size", \.size, range: 1...1e9, unit: "rows", "Rows that the task generates."),
    Field("file", \.file, "A JSONL file, instead of a task."),
    Field(
      "format", \.format,
      "The shape of the file's rows; auto looks at the keys of its first row."),
    Field(
      "fields", \.fields,
      "Where a row's parts are, as {prompt: key, completion: key, ...}, when the file has its own keys."
    ),
    Field(
      "split", \.split,
      "The side of the split to use; a row's side depends on its problem alone."),
    Field(
      "test_fraction", \.testFraction, range: 0...1, "Share of a file's rows on the test side."),
    Field("limit", \.limit, range: 1...1e9, unit: "rows", "Use only the first rows of the side."),
    Field(
      "on_bad_line", \.onBadLine, "Stop at a line that cannot be read, or skip and count it."),
    Field("verifier", \.verifier, "How accuracy compares answers; null: as the format or task says."),
    Field("system_prompt", \.systemPrompt, "A system message in front of every prompt."),
    Field(
      "prompt_template", \.promptTemplate,
      "Text around the prompt, with {prompt} in it, or a name: r1_zero."),
    Field(
      "completion_template", \.completionTemplate,
      "What a completion is made of: text with {solution}, {final} or {completion} in it."),
  ]
}
