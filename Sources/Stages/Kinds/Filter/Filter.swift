import Datasets
import Neural
import Randomness
import Recipes
import Settings
import Tasks
import Text
import Workflow

/// Keeps the rows of datasets that pass rules, and mixes them: a reference's weight is the share of
/// its rows that is drawn, 2 takes each row twice.
struct Filter: StageKind {
  struct Config: Configuration {
    var rules = RowRules()
    var dedupe = true
    var ngramSize = 10
    var maxRows: Int?
    var shuffle = false
    var rowsPerStep = 4096

    static let fields: [Field<Self>] =
      RowRules.fields.map { $0.lifted(to: \.rules) } + [
        Field("dedupe", \.dedupe, "Keep only one of rows with equal prompt and completion."),
        Field(
          "ngram_size", \.ngramSize, range: 1...1000, unit: "words",
          "Drop rows that share this many consecutive words with `against`."),
        Field(
          "max_rows", \.maxRows, range: 1...1e9, unit: "rows",
          "Keep at most this many rows, the first that pass; null: all."),
        Field("shuffle", \.shuffle, "Put the rows into a random order first."),
        Field(
          "rows_per_step", \.rowsPerStep, range: 1...1e9, unit: "rows",
          "Rows between two points at which the stage can be resumed."),
      ]

    var problems: [ConfigProblem] { rules.problems }
  }

  static let name = "filter"
  static let revision = 1
  static let summary = "Keeps the rows that pass rules, and mixes datasets."
  static let inputs = [
    InputPort("data", .dataset, multiple: true, "The rows."),
    InputPort(
      "against", .dataset, required: false, multiple: true,
      "Rows that must not overlap with the result, such as an evaluation's."),
    InputPort("model", .model, required: false, "A model whose tokenizer counts tokens."),
  ]
  static let outputs = [OutputPort("data", .dataset, "The rows that passed.")]
  static let metrics: [MetricDescription] = {
    let basis = MetricDescription.Basis.everything(but: [])
    return [MetricDescription("rows", unit: "rows", basis: basis, "Rows processed so far.")]
      + RowCollection.metrics(basis, unit: "rows", of: "rows")
  }()

  static func run(_ config: Config, in context: any StageContext) throws -> StageOutput {
    let rows = try mixture(config, context)
    var screen = try RowScreen(config, context)
    var kept = try RowCollection(resuming: context.resumePoint)
    let steps = (rows.count + config.rowsPerStep - 1) / config.rowsPerStep
    let started = context.resumePoint?.step ?? 0
    // Rows of finished steps are seen again but not counted again: duplicates are known by them.
    for (row, _) in rows.prefix(started * config.rowsPerStep) { _ = try screen.reasonToDrop(row) }
    try context.eachStep(of: steps, unit: "step") { step in
      try CheckpointFiles.checkpoint(of: kept, step: step)
    } _: { step in
      let first = (step - 1) * config.rowsPerStep
      for (row, source) in rows[first..<min(first + config.rowsPerStep, rows.count)] {
        kept.count("rows")
        if let reason = try screen.reasonToDrop(row) {
          kept.drop(reason)
        } else if let limit = config.maxRows, kept.lines.count >= limit {
          kept.drop("max_rows")
        } else {
          kept.keep(row, tokens: try screen.tokens(row), source: source)
        }
      }
      context.record(step: step, kept.metrics)
    }
    context.log(kept.summary)
    return StageOutput(["data": try kept.artifact(remedy: "loosen the rules or provide more rows")])
  }

  /// The rows in the order in which they are looked at, with the names of their datasets.
  private static func mixture(
    _ config: Config, _ context: any StageContext
  ) throws -> [(row: Row, source: String)] {
    var rows: [(row: Row, source: String)] = []
    for (index, input) in context.inputs("data").enumerated() {
      let all = try loadRows(input, log: context.log)
      let plan = EpochPlan(
        parts: [.init(first: 0, count: all.count, weight: input.weight, index: 0)],
        batchSize: all.count,
        random: RandomStream(seed: context.seed, .filterShare, UInt64(index)))
      rows += plan.makeBatches(epoch: 0).flatMap { $0 }.sorted().map { (all[$0], input.name) }
    }
    guard config.shuffle else { return rows }
    var stream = RandomStream(seed: context.seed, .filterOrder)
    return stream.permutation(rows.count).map { rows[$0] }
  }
}

/// The rules and datasets that `filter` checks rows against.
private struct RowScreen {
  private let config: Filter.Config
  private let tokenizer: (any Tokenizer)?
  private let against: NGramIndex?
  private var seen: Set<Row> = []

  init(_ config: Filter.Config, _ context: any StageContext) throws {
    self.config = config
    tokenizer = try context.inputs("model").first.map { try loadModel($0).tokenizer }
    let others = context.inputs("against")
    var index = NGramIndex(size: config.ngramSize)
    for input in others {
      for row in try loadRows(input, log: context.log) { index.add(row) }
    }
    against = others.isEmpty ? nil : index
  }

  func tokens(_ row: Row) throws -> Int? {
    try tokenizer?.encode(row.completion ?? "").count
  }

  mutating func reasonToDrop(_ row: Row) throws -> String? {
    if let against, against.matches(row) { return "contaminated" }
    if let completion = row.completion {
      let sample = RewardSample(
        completion: completion, prefix: row.prefix, prompt: row.prompt.text, fields: row.texts)
      if let reason = config.rules.reasonToDrop(sample) { return reason }
    }
    if config.rules.readAccuracy {
      let accuracy = try config.rules.accuracy(of: row)
      if let reason = config.rules.reasonToDrop(accuracy: accuracy) { return reason }
    }
    guard config.dedupe else { return nil }
    var key = Row(id: 0, prompt: row.prompt)
    row.reply.map { key.setCompletion($0) } ?? { key.completion = row.completion }()
    row.rejectedReply.map { key.setRejected($0) } ?? { key.rejected = row.rejected }()
    return seen.insert(key).inserted ? nil : "duplicate"
  }
}
