import Datasets
import Neural
import Recipes
import Workflow

/// The name of the file that holds a dataset's rows in an artifact.
let rowsFile = "rows.jsonl"

/// The rows of a dataset: a recipe's entry, or what an upstream stage left.
func loadRows(_ input: StageInput, log: (String) -> Void = { _ in }) throws -> [Row] {
  switch input.content {
  case .artifact(_, let read):
    return try RowCoding.decode(read(rowsFile), name: "\(input.name)/\(rowsFile)")
  case .source(let values):
    let dataset = try Dataset.load(
      DatasetConfiguration(values: values).resolved(), seed: input.seed)
    if dataset.skipped > 0, let first = dataset.skippedReasons.first {
      log("dataset '\(input.name)': \(dataset.skipped) bad lines skipped; the first: \(first)")
    }
    return dataset.rows
  }
}

/// Writes rows for a model: prompts with its chat template, completions with its end token.
struct RowWriter {
  let model: LanguageModel
  /// The dataset's name, for messages.
  let name: String

  /// The prompt as text.
  func prompt(_ row: Row) throws -> String { try prompt(row.prompt) }

  /// A prompt as text.
  func prompt(_ prompt: Prompt) throws -> String {
    switch prompt {
    case .text(let text): return text
    case .messages(let messages):
      guard let template = model.chatTemplate else {
        throw TrainingError(
          .model,
          """
          dataset '\(name)' holds messages, and the model has no chat template; set chat_template \
          in the recipe's entry of the model
          """)
      }
      return try template.render(
        messages.map { ChatMessage(role: $0.role, content: $0.content) },
        addGenerationPrompt: true)
    }
  }

  /// Prompt and completion in tokens; the completion ends with the model's end token.
  func tokens(_ row: Row) throws -> (prompt: [Int32], completion: [Int32]) {
    guard let completion = row.completion else {
      throw TrainingError(
        .data,
        """
        dataset '\(name)': row \(row.id) has no completion to learn; give the dataset a \
        completion_template, or rows with completions
        """)
    }
    return (
      try model.tokenizer.encode(prompt(row)),
      try model.tokenizer.encode(completion) + model.eosTokenIDs.prefix(1)
    )
  }
}
