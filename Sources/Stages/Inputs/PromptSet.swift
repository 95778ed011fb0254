import Datasets
import Neural
import Randomness
import Tasks
import Workflow

/// A row of a dataset that completions are sampled for.
struct PromptRow: Sendable {
  /// Its number among all rows of the stage's datasets.
  let id: Int
  let row: Row
  /// The prompt as the model reads it.
  let text: String

  var gold: String? { row.gold }
  var verifier: String { row.verifier ?? "numeric" }
  /// What kind of row it is, for rewards that are meant for some; nil where nothing says so.
  var type: String? { row.fields["type"] }

  func rewardSample(completion: String, finished: Bool) -> RewardSample {
    RewardSample(
      completion: completion, prefix: row.prefix, prompt: text, gold: row.gold, verifier: verifier,
      fields: row.fields, finished: finished)
  }

  /// The row with a completion, for a dataset.
  func completed(_ completion: String) -> Row {
    var row = row
    row.completion = completion
    return row
  }
}

/// The prompts of one or more datasets, in tokens.
struct PromptSet {
  let prompts: [PreparedPrompt]
  private let parts: [EpochPlan.Part]

  init(_ inputs: [StageInput], model: LanguageModel, log: (String) -> Void) throws {
    var prompts: [PreparedPrompt] = []
    var parts: [EpochPlan.Part] = []
    for input in inputs {
      let first = prompts.count
      let writer = RowWriter(model: model, name: input.name)
      for row in try loadRows(input, log: log) {
        let text = try writer.prompt(row)
        let tokens = try model.tokenizer.encode(text)
        guard !tokens.isEmpty else {
          throw TrainingError(
            .data,
            "dataset '\(input.name)': row \(row.id) has an empty prompt; nothing can follow it")
        }
        prompts.append(
          PreparedPrompt(
            row: PromptRow(id: prompts.count, row: row, text: text), tokens: tokens))
      }
      parts.append(.init(first: first, count: prompts.count - first, weight: input.weight))
    }
    if !inputs.isEmpty, prompts.isEmpty {
      throw TrainingError(
        .data,
        "dataset '\(inputs.map(\.name).joined(separator: ", "))' has no rows on this side of the split"
      )
    }
    self.prompts = prompts
    self.parts = parts
  }

  /// The types of rows that there are.
  var types: [String?] { Array(Set(prompts.map(\.row.type))) }

  /// The order of the prompts; throws when there are fewer than an update needs.
  func epochPlan(promptsPerStep: Int, seed: UInt64) throws -> EpochPlan {
    let plan = EpochPlan(
      parts: parts, batchSize: promptsPerStep, dropLast: true,
      random: RandomStream(seed: seed, 0xDA7A))
    guard !plan.makeBatches(epoch: 0).isEmpty else {
      throw TrainingError(
        .data,
        "\(prompts.count) prompts are fewer than prompts_per_step (\(promptsPerStep)); lower it or give more rows"
      )
    }
    return plan
  }
}
