import Datasets
import Neural
import Randomness
import Recipes
import Tasks
import Workflow

/// A row of a dataset that completions are sampled for.
struct PromptRow: Sendable {
  /// Its number among all rows of the stage's datasets.
  let id: Int
  /// The dataset that it is from, as the recipe calls it.
  var dataset = ""
  let row: Row
  /// The prompt as the model reads it.
  let text: String
  /// The part of the assistant's turn that the prompt ends with, such as `<think>`.
  let prefix: String
  /// What of `prefix` the chat template opened: it stands in no row.
  let opening: String

  init(id: Int, dataset: String = "", row: Row, prompt: WrittenPrompt) {
    self.id = id
    self.dataset = dataset
    self.row = row
    (text, prefix, opening) = (prompt.text, prompt.prefix, prompt.opening)
  }

  var gold: String? { row.gold }
  var verifier: String { row.verifier ?? "numeric" }
  /// What kind of row it is, for rewards that are meant for some; nil where nothing says so.
  var type: String? { row.fields["type"]?.text }

  func rewardSample(completion: String, finished: Bool) -> RewardSample {
    RewardSample(
      completion: completion, prefix: prefix, prompt: text, gold: row.gold, verifier: verifier,
      fields: row.texts, finished: finished)
  }

  /// What was sampled, with what the chat template opened in front of it: the reply as it stands in a
  /// dataset.
  func whole(_ completion: String) -> String { opening + completion }

  /// The row with a completion, for a dataset.
  func completed(_ completion: String) -> Row {
    var row = row
    row.completion = completion
    row.rejected = nil
    row.label = nil
    return row
  }
}

/// The prompts of one or more datasets, in tokens.
struct PromptSet {
  let prompts: [PreparedPrompt]
  private let parts: [(part: EpochPlan.Part, window: StepWindow)]

  /// - Parameter asking: what the model is asked for a row, where that is not the row's own prompt.
  init(
    _ inputs: [StageInput], model: LanguageModel, asking: ((Row) throws -> Prompt)? = nil,
    log: (String) -> Void
  ) throws {
    var prompts: [PreparedPrompt] = []
    var parts: [(part: EpochPlan.Part, window: StepWindow)] = []
    for input in inputs {
      let first = prompts.count
      let source = RowSource(input)
      let writer = RowWriter(model: model, source: source)
      for row in try loadRows(input, log: log) {
        let prompt = try writer.prompt(
          row, asking: named(input) { try asking.map { try $0(row) } })
        let tokens = try model.tokenizer.encode(prompt.text)
        guard !tokens.isEmpty else {
          throw TrainingError(
            .data, "\(source.place(row)) has an empty prompt; nothing can follow it")
        }
        prompts.append(
          PreparedPrompt(
            row: PromptRow(id: prompts.count, dataset: input.name, row: row, prompt: prompt),
            tokens: tokens))
      }
      writer.tell(log)
      let part = EpochPlan.Part(
        first: first, count: prompts.count - first, weight: input.weight, index: parts.count)
      parts.append((part, input.window))
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

  /// Datasets of which only the numbers of rows are known: what their order asks for can be checked.
  init(sizes: [(rows: Int, weight: Double, window: StepWindow)]) {
    prompts = []
    var first = 0
    parts = sizes.enumerated().map { index, size in
      defer { first += size.rows }
      return (
        .init(first: first, count: size.rows, weight: size.weight, index: index), size.window
      )
    }
  }

  /// The types of rows that there are.
  var types: [String?] { Array(Set(prompts.map(\.row.type))) }

  /// The order of the prompts.
  ///
  /// A dataset comes and goes with batches of rollouts: with the first that begins inside its window.
  /// - Throws: when at some update there are fewer prompts than one needs.
  func plan(
    cycle: GenerationCycle, promptsPerStep: Int, seed: UInt64
  ) throws -> PhasedPlan {
    let random = RandomStream(seed: seed, 0xDA7A)
    let changes = parts.flatMap { [$0.window.from, ($0.window.until ?? 0) + 1] }
    let firsts = Set(changes.map { cycle.firstUpdate(from: max($0, 1)) }).union([1]).sorted()
    return PhasedPlan(
      try firsts.enumerated().map { phase, first in
        let active = parts.filter { $0.window.contains(first) }.map(\.part)
        func order(_ random: RandomStream) -> EpochPlan {
          EpochPlan(parts: active, batchSize: promptsPerStep, dropLast: true, random: random)
        }
        let plan = order(phase == 0 ? random : random.at(3, UInt64(phase)))
        guard plan.batchCount(epoch: 0) > 0 else {
          let count = plan.parts.reduce(0) { $0 + $1.count }
          let place = firsts.count > 1 ? " from update \(first) on" : ""
          throw TrainingError(
            .data,
            "\(count) prompts\(place) are fewer than prompts_per_step (\(promptsPerStep)); lower it or give more rows"
          )
        }
        return .init(
          first: cycle.planSteps(first: first).lowerBound, plan: plan,
          spares: order(random.at(4, UInt64(phase))))
      })
  }
}

extension [PreparedPrompt] {
  /// Throws when a prompt and its longest completion are beyond the positions that a model knows.
  func requireRoom(in model: LanguageModel, maxNewTokens: Int) throws {
    let limit = model.config.maxPositionEmbeddings
    guard let longest = self.max(by: { $0.tokens.count < $1.tokens.count }),
      longest.tokens.count + maxNewTokens > limit
    else { return }
    throw TrainingError(
      .model,
      """
      row \(longest.row.row.id) of dataset '\(longest.row.dataset)' has a prompt of \
      \(longest.tokens.count) tokens, and with \
      max_completion_length (\(maxNewTokens)) it passes the model's \
      max_position_embeddings (\(limit)); lower max_completion_length or leave the row out
      """)
  }

  /// The prompts in parts of `size`, the last of what is left: a part is a step of a stage that goes
  /// through its prompts once.
  func chunks(of size: Int) -> [[PreparedPrompt]] {
    stride(from: 0, to: count, by: size).map { Array(self[$0..<Swift.min($0 + size, count)]) }
  }
}
