import Datasets
import JSON
import Neural
import Randomness
import Recipes
import Tasks
import Text
import Workflow

/// A row of a dataset that completions are sampled for.
struct PromptRow: Sendable {
  /// Its number among all rows of the stage's datasets.
  let id: Int
  /// The dataset that it is from, as the recipe calls it.
  var dataset: String { source.name }
  let source: RowSource
  let row: Row
  /// The prompt as the model reads it.
  let text: String
  /// The part of the assistant's turn that the prompt ends with, such as `<think>`.
  let prefix: String
  /// The part of `prefix` that the chat template opened, which is not in the row.
  let opening: String

  init(id: Int, source: RowSource = RowSource(name: ""), row: Row, prompt: WrittenPrompt) {
    self.id = id
    self.source = source
    self.row = row
    (text, prefix, opening) = (prompt.text, prompt.prefix, prompt.opening)
  }

  var gold: String? { row.gold }
  var verifier: String { row.verifier ?? "numeric" }
  /// The type of the row, for rewards that apply to some types; nil if it has none.
  var type: String? { row.fields["type"]?.text }

  func rewardSample(completion: String, finished: Bool) -> RewardSample {
    RewardSample(
      completion: completion, prefix: prefix, prompt: text, gold: row.gold, verifier: verifier,
      fields: row.texts, finished: finished)
  }

  /// The sampled text, after the tag that the chat template opened: the reply as it is written to a
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
///
/// Rows of files and of other stages are kept as lines, and their prompts made when they are asked for; so
/// are those of a task's train side, but for the first ones. Prompts of a test side are kept.
struct PromptSet {
  /// What the prompts are like that were made before the first step: all of them, but of the train side of a
  /// task the first `DrawnRows.examined`.
  private(set) var facts = PromptFacts()
  private var kept: [PreparedPrompt] = []
  private var parts = DataParts<PreparedPrompt>()
  /// Of each part.
  private let windows: [StepWindow]
  private let names: [String]

  /// - Parameter asking: what the model is asked for a row, where that is not the row's own prompt.
  init(
    _ inputs: [StageInput], model: LanguageModel, asking: ((Row) throws -> Prompt)? = nil,
    log: (String) -> Void
  ) throws {
    windows = inputs.map(\.window)
    names = inputs.map(\.name)
    for input in inputs {
      try add(input, PromptMaker(input, model: model, asking: asking), log)
    }
    guard facts.rows > 0 || inputs.isEmpty else {
      throw TrainingError(
        .data,
        "dataset '\(names.joined(separator: ", "))' has no rows on this side of the split")
    }
  }

  private mutating func add(
    _ input: StageInput, _ maker: PromptMaker, _ log: (String) -> Void
  ) throws {
    let (first, firstKept, writer) = (parts.count, kept.count, maker.writer)
    var found = 0
    let later = try Self.makerOfOthers(input, maker, log) { row, isKept in
      let prompt = try maker.prompt(row, id: first + found, writer)
      found += 1
      facts.add(prompt)
      if isKept { kept.append(prompt) }
    }
    writer.tell(log)
    parts.append(
      weight: input.weight, kept: kept.count - firstKept, count: later?.count, make: later?.make)
  }

  /// Checks a dataset's rows, and decides which are kept.
  ///
  /// - Returns: the number of all rows, and what makes the prompts of those that are not kept, where there
  ///   are any.
  private static func makerOfOthers(
    _ input: StageInput, _ maker: PromptMaker, _ log: (String) -> Void,
    _ examine: (Row, _ isKept: Bool) throws -> Void
  ) throws -> (count: Int, make: (Int, Int) throws -> PreparedPrompt)? {
    if let drawn = try DrawnRows(input) {
      for index in 0..<DrawnRows.examined { try examine(drawn.row(index), true) }
      log(drawn.note)
      return (
        drawn.count, { index, place in try maker.prompt(drawn.row(index), id: place, maker.writer) }
      )
    }
    if let rows = try packedRows(input, log: log, { try examine($0, false) }) {
      return (
        rows.count, { index, place in try maker.prompt(rows.row(index), id: place, maker.writer) }
      )
    }
    try eachRow(input, log: log) { try examine($0, true) }
    return nil
  }

  /// Datasets of which only the numbers of rows are known: what their order asks for can be checked.
  init(sizes: [(rows: Int, weight: Double, window: StepWindow)]) {
    names = []
    windows = sizes.map(\.window)
    for size in sizes { parts.append(weight: size.weight, kept: size.rows) }
  }

  var count: Int { parts.count }

  var isEmpty: Bool { count == 0 }

  /// Prompts of a dataset.
  func count(of dataset: String) -> Int {
    zip(names, parts.plan).reduce(0) { $0 + ($1.0 == dataset ? $1.1.count : 0) }
  }

  /// Prompts by their places among all of the set.
  func prompts(_ places: some Sequence<Int>) throws -> [PreparedPrompt] {
    try places.map { try parts.element($0) { kept[$0] } }
  }

  /// The order of the prompts.
  ///
  /// A dataset comes and goes with batches of rollouts: with the first that begins inside its window.
  /// - Throws: when at some update there are fewer prompts than one needs.
  func plan(
    cycle: GenerationCycle, promptsPerStep: Int, seed: UInt64
  ) throws -> PhasedPlan {
    let random = RandomStream(seed: seed, .dataOrder)
    let changes = windows.flatMap { [$0.from, ($0.until ?? 0) + 1] }
    let firsts = Set(changes.map { cycle.firstUpdate(from: max($0, 1)) }).union([1]).sorted()
    return PhasedPlan(
      try firsts.enumerated().map { phase, first in
        let active = zip(windows, parts.plan).filter { $0.0.contains(first) }.map(\.1)
        func order(_ random: RandomStream) -> EpochPlan {
          EpochPlan(parts: active, batchSize: promptsPerStep, dropLast: true, random: random)
        }
        let plan = order(phase == 0 ? random : random.at(Draw.Order.phases, UInt64(phase)))
        guard plan.batchCount(epoch: 0) > 0 else {
          let count = plan.parts.reduce(0) { $0 + $1.count }
          let place = firsts.count > 1 ? " from update \(first) on" : ""
          throw TrainingError(
            .data,
            "\(count) prompts\(place) are fewer than prompts_per_step (\(promptsPerStep)); lower "
              + "it or provide more rows"
          )
        }
        return .init(
          first: cycle.planSteps(first: first).lowerBound, plan: plan,
          spares: order(random.at(Draw.Order.spares, UInt64(phase))))
      })
  }
}
