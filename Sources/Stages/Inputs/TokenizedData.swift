import Datasets
import Neural
import Randomness
import Workflow

/// Which tokens of a row are learnt.
enum ScoredTokens {
  case everyToken
  case completion
}

/// The rows of one or more datasets in tokens, those of each dataset together.
///
/// Rows are kept in tokens, those of a task's train side made when they are asked for, where the first
/// ones show that all are far from being left out.
struct TokenizedData {
  /// All rows, but for those that are made when they are asked for.
  let kept: TokenizedRows
  private var parts = DataParts<TokenizedRow>()
  private let maxPositions: Int

  /// - Parameter drawing: whether rows may be made when they are asked for; else all are kept.
  init(
    _ inputs: [StageInput], model: LanguageModel, scored: ScoredTokens, maxLength: Int,
    drawing: Bool = false, log: (String) -> Void
  ) throws {
    var rows = TokenizedRows(vocabularySize: model.config.vocabSize)
    var counts = RowCounts()
    for input in inputs {
      let firstKept = rows.count
      let maker = TokenizedRowMaker(input, model, scored, maxLength: maxLength)
      let drawn = try maker.keep(&rows, &counts, drawing: drawing, log: log)
      let kept = rows.count - firstKept
      guard kept > 0 else { throw maker.hasNothing }
      parts.append(
        weight: input.weight, kept: kept, count: drawn?.count,
        make: drawn.map { rows in { index, _ in try maker.learnable(rows.row(index)) } })
    }
    self.kept = rows
    maxPositions = model.config.maxPositionEmbeddings
    try requirePositions(rows.lengths.max() ?? 0)
    counts.tell(maxLength: maxLength, log)
    if model.eosTokenIDs.isEmpty, !inputs.isEmpty {
      log("the model has no end token: what it learns will not end by itself")
    }
  }

  /// A row by its number among all of the stage.
  func row(_ number: Int) throws -> TokenizedRow {
    let row = try parts.element(number) { kept[$0] }
    try requirePositions(row.tokens.count)
    return row
  }

  /// Throws when a row is longer than the model knows positions.
  private func requirePositions(_ longest: Int) throws {
    guard longest > maxPositions else { return }
    throw TrainingError(
      .model,
      """
      a row has \(longest) tokens, and the model knows \(maxPositions) positions \
      (max_position_embeddings); set max_length: \(maxPositions) to cut such rows
      """)
  }

  /// The order of the rows; throws when weights leave an epoch without a batch.
  func epochPlan(_ options: SupervisedOptions, seed: UInt64) throws -> EpochPlan {
    let plan = EpochPlan(
      parts: parts.plan, lengths: options.packing ? kept.lengths : [],
      packLength: options.packing ? options.maxLength : nil, batchSize: options.batchSize,
      random: RandomStream(seed: seed, 0xDA7A))
    try plan.requireRows()
    return plan
  }
}

/// What became of the rows that were looked at.
struct RowCounts {
  var (total, cut, filled) = (0, 0, 0)

  func tell(maxLength: Int, _ log: (String) -> Void) {
    if filled > 0 {
      log(
        "\(filled) of \(total) rows are left out: their prompts fill max_length (\(maxLength) tokens)"
      )
    }
    if cut > 0 { log("\(cut) of \(total) rows are cut at max_length (\(maxLength) tokens)") }
  }
}
