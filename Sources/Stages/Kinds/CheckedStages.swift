import Datasets
import Neural
import Randomness
import Recipes
import Tasks
import Trace
import Workflow

extension Pretrain: DataCheckedStage {
  static func check(_ config: Config, _ inputs: inout CheckedInputs) {
    inputs.checkTexts(config.training, scored: .everyToken)
  }
}

extension SFT: DataCheckedStage {
  static func check(_ config: Config, _ inputs: inout CheckedInputs) {
    inputs.checkTexts(
      config.training, scored: config.completionOnlyLoss ? .completion : .everyToken)
  }
}

extension GRPO: DataCheckedStage {
  static func check(_ config: GRPOConfiguration, _ inputs: inout CheckedInputs) {
    let model = inputs.model()
    var golds = GoldCount(config.rewardFuncs)
    var types: Set<String?> = []
    let sizes = inputs.checkPrompts("data", model, room: config.longestCompletion) { row in
      golds.add(row)
      types.insert(row.type)
    }
    inputs.checkPrompts("eval_data", model, room: config.longestCompletion)
    guard inputs.isComplete("data"), model != nil else { return }
    inputs.attempt { try config.rewardFuncs.check(types: Array(types)) }
    inputs.check(golds)
    inputs.attempt {
      _ = try PromptSet(sizes: sizes).plan(
        cycle: config.cycle, promptsPerStep: config.promptsPerStep, seed: 0)
    }
  }
}

extension Evaluate: DataCheckedStage {
  static func check(_ config: Config, _ inputs: inout CheckedInputs) {
    let (model, room) = (inputs.model(), config.sampling.maxCompletionLength)
    var golds = GoldCount(config.rewardFuncs.filter { $0.label == AccuracyReward.name })
    inputs.checkPrompts("data", model, room: room) { golds.add($0) }
    if let opponent = inputs.model("opponent") {
      inputs.checkPrompts("data", opponent, room: room)
    }
    if inputs.isComplete("data") { inputs.check(golds) }
  }
}

extension RejectionSampling: DataCheckedStage {
  static func check(_ config: Config, _ inputs: inout CheckedInputs) {
    var golds = GoldCount(["accuracy"])
    inputs.checkPrompts("data", inputs.model(), room: config.sampling.maxCompletionLength) {
      golds.add($0)
    }
    if inputs.isComplete("data"), config.needsGold { inputs.check(golds) }
  }
}

extension Generate: DataCheckedStage {
  static func check(_ config: Config, _ inputs: inout CheckedInputs) {
    let request = config.request.map { RowTemplate($0, field: "request_template") }
    inputs.checkPrompts(
      "data", inputs.model(), room: config.sampling.maxCompletionLength,
      asking: request.map { request in { try request.prompt(of: $0, chat: config.chat) } })
  }
}

extension JudgedPairs: DataCheckedStage {
  static func check(_ config: Config, _ inputs: inout CheckedInputs) {
    inputs.checkPrompts("data", inputs.model(), room: config.sampling.maxCompletionLength)
  }
}

extension Distill: DataCheckedStage {
  static func check(_ config: Config, _ inputs: inout CheckedInputs) {
    let (model, room) = (inputs.model(), config.sampling.maxCompletionLength)
    func requireCompletion(_ row: PromptRow) throws {
      if row.row.completion == nil { throw row.lacksCompletion }
    }
    let sizes = inputs.checkPrompts("data", model, room: room) {
      if config.lmbda < 1 { try requireCompletion($0) }
    }
    inputs.checkPrompts("eval_data", model, room: room) { try requireCompletion($0) }
    guard inputs.isComplete("data"), model != nil else { return }
    inputs.attempt {
      _ = try PromptSet(sizes: sizes).plan(
        cycle: GenerationCycle(stepsPerGeneration: 1, numIterations: 1),
        promptsPerStep: config.promptsPerStep, seed: 0)
    }
  }
}

extension RewardModel: DataCheckedStage {
  static func check(_ config: Config, _ inputs: inout CheckedInputs) {
    let model = inputs.model()
    for port in ["data", "eval_data"] {
      inputs.each(port) { input, log in
        guard let model else { return try loadRows(input, log: log).count }
        return try RewardData(
          [input], config, model: model, balancing: false, seed: 0, log: log
        ).kept.count
      }
    }
  }
}

extension Filter: DataCheckedStage {
  static func check(_ config: Config, _ inputs: inout CheckedInputs) {
    inputs.each("data") { input, log in
      let rows = try loadRows(input, log: log)
      // Rows that other rules drop need none.
      if config.rules.readAccuracy, let first = rows.first,
        !rows.contains(where: { $0.fields["accuracy"] != nil })
      {
        _ = try config.rules.accuracy(of: first)
      }
      return rows.count
    }
    inputs.each("against") { try loadRows($0, log: $1).count }
  }
}

extension HumanReview: DataCheckedStage {
  static func check(_ config: Config, _ inputs: inout CheckedInputs) {
    inputs.each("data") { try loadRows($0, log: $1).count }
  }
}

extension CheckedInputs {
  /// Rows that are learnt as a text.
  fileprivate mutating func checkTexts(_ options: SupervisedOptions, scored: ScoredTokens) {
    let model = model()
    for port in ["data", "eval_data"] {
      let sizes = each(port) { input, log in
        guard let model else { return try loadRows(input, log: log).count }
        let data = try TokenizedData(
          [input], model: model, scored: scored, maxLength: options.maxLength, keeping: .telling,
          log: log)
        return data.kept.count + data.passed
      }
      guard port == "data", isComplete(port), model != nil else { continue }
      let parts = sizes.enumerated().map { index, size in
        EpochPlan.Part(first: 0, count: size.rows, weight: size.weight, index: index)
      }
      attempt {
        try EpochPlan(parts: parts, batchSize: 1, random: RandomStream(seed: 0)).requireRows()
      }
    }
  }

  /// Rows whose prompts are answered.
  ///
  /// - Parameters:
  ///   - room: tokens of the longest completion.
  ///   - more: what else the stage asks of each row.
  ///   - asking: what the model is asked for a row.
  @discardableResult
  fileprivate mutating func checkPrompts(
    _ port: String, _ model: LanguageModel?, room: Int,
    more: (PromptRow) throws -> Void = { _ in },
    asking: ((Row) throws -> Prompt)? = nil
  ) -> [(rows: Int, weight: Double, window: StepWindow)] {
    each(port) { input, log in
      guard let model else { return try loadRows(input, log: log).count }
      let maker = PromptMaker(input, model: model, asking: asking)
      let facts = try maker.facts(input, log: log, look: more)
      try facts.requireRoom(in: model, maxNewTokens: room)
      return facts.rows
    }
  }

  /// Reports rows that no rule can grade, for lack of a gold answer.
  fileprivate mutating func check(_ golds: GoldCount) {
    guard golds.rows > 0, let (first, reason) = golds.first else { return }
    let row = first.row
    if golds.unjudged < golds.rows {
      note(
        "\(golds.reward) can score \(golds.rows - golds.unjudged) of \(golds.rows) rows; "
          + "\(first.place): \(reason)")
      return
    }
    let keys = row.fields.keys.sorted().map { "'\($0)'" }.joined(separator: ", ")
    let others = keys.isEmpty ? "" : " (its other keys: \(keys))"
    tell(
      "\(golds.reward) can score none of the \(golds.rows) rows; "
        + "\(first.place)\(others): \(reason). \(remedy(row))")
  }
}

/// What to do about rows that no rule can grade.
private func remedy(_ row: Row) -> String {
  if row.gold != nil { return "Set the dataset's verifier to one that reads such answers" }
  if row.solution != nil {
    return
      "It has a solution: format: auto takes the gold answer from \\boxed{}, from after ####, from "
      + "$...$ at the end or from a short text there, and fields: { answer: solution } takes the whole text"
  }
  return "Name the key of the answer in the dataset's entry, fields: { answer: KEY }"
}

/// How many rows a reward that needs a gold answer can grade.
private struct GoldCount {
  private let specs: [RewardSpec]
  private(set) var rows = 0
  private(set) var unjudged = 0
  /// The first row that it cannot grade, and why.
  private(set) var first: (PromptRow, reason: String)?

  /// - Parameter specs: the rewards of a stage, of which those count that compare with an answer.
  init(_ specs: [RewardSpec]) {
    self.specs = specs.filter(\.needsGold)
  }

  var reward: String { specs.first?.label ?? AccuracyReward.name }

  mutating func add(_ row: PromptRow) {
    guard specs.contains(where: { $0.applies(to: row.type, step: $0.fromStep) }) else { return }
    rows += 1
    guard let reason = row.goldProblem else { return }
    unjudged += 1
    first = first ?? (row, reason)
  }
}
