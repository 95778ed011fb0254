import Datasets
import Neural
import Randomness
import Workflow

/// The tokens of a row that are trained on.
enum ScoredTokens {
  case everyToken
  case completion
}

/// The rows of one or more datasets in tokens, those of each dataset together.
///
/// Rows are kept in tokens. Those of a task's train side are made when they are needed, if the
/// first ones show that none is close to being left out.
struct TokenizedData {
  /// All rows except those that are made when they are needed.
  let kept: TokenizedRows
  private(set) var parts = DataParts<TokenizedRow>()
  private let maxPositions: Int
  /// Rows that were not made, since they are like others.
  let passed: Int

  /// Tokens of each row, except those that are made when they are needed without being measured.
  let lengths: [Int32]

  init(
    _ inputs: [StageInput], model: LanguageModel, scored: ScoredTokens, maxLength: Int,
    keeping: KeptRows = .all, log: (String) -> Void
  ) throws {
    var store = TokenizedStore(vocabularySize: model.config.vocabSize)
    for input in inputs {
      let before = store.rows.count
      let maker = TokenizedRowMaker(input, model, scored, maxLength: maxLength)
      let drawn = try maker.keep(in: &store, keeping, log: log)
      let kept = store.rows.count - before
      guard kept > 0 else { throw maker.hasNothing }
      parts.append(
        weight: input.weight, kept: kept, count: drawn?.count,
        make: drawn.map { rows in { index, _ in try maker.learnable(rows.row(index)) } })
    }
    (kept, lengths) = (store.rows, store.lengths)
    passed = store.passed
    maxPositions = model.config.maxPositionEmbeddings
    try requirePositions(Int(lengths.max() ?? 0))
    store.tell(maxLength: maxLength, log)
    if model.eosTokenIDs.isEmpty, !inputs.isEmpty {
      log("the model has no end token: it cannot learn to end its texts")
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
      a row has \(longest) tokens, and the model has \(maxPositions) positions \
      (max_position_embeddings); set max_length: \(maxPositions) to truncate such rows
      """)
  }

}

/// Which rows are kept in tokens.
enum KeptRows {
  case all
  /// Those that may show something new: the others are counted.
  case telling
  /// Those of a task's train side are made when they are needed. Their lengths are found before, or
  /// are not needed.
  case few(measured: Bool)
}

/// Rows in tokens as they are read, and counts of the others.
struct TokenizedStore {
  private(set) var rows: TokenizedRows
  /// Tokens of each row that was looked at.
  private(set) var lengths: [Int32] = []
  /// Rows of the dataset with the label false.
  private(set) var disliked = 0
  /// Whether all rows of the dataset are far from being left out.
  private(set) var isClear = true
  /// Rows that are not looked at, since they are like others.
  private(set) var passed = 0
  private var (total, cut, filled) = (0, 0, 0)

  init(vocabularySize: Int) { rows = TokenizedRows(vocabularySize: vocabularySize) }

  mutating func beginDataset() { (disliked, isClear) = (0, true) }

  /// Keeps a row, if there is something to learn from it.
  mutating func keep(_ made: MadeRow) {
    isClear = isClear && made.isClear
    guard made.row.scoredCount > 0 else {
      total += 1
      disliked += made.isDisliked ? 1 : 0
      filled += 1
      return
    }
    measure(made)
    rows.append(made.row)
  }

  /// Counts a row that is made again when it is needed.
  mutating func measure(_ made: MadeRow) {
    total += 1
    disliked += made.isDisliked ? 1 : 0
    cut += made.isCut ? 1 : 0
    lengths.append(Int32(made.row.tokens.count))
  }

  /// Counts a row that is like others.
  mutating func pass(_ row: Row) {
    passed += 1
    disliked += row.label == false ? 1 : 0
  }

  func tell(maxLength: Int, _ log: (String) -> Void) {
    let rows = passed > 0 ? "the \(total) rows that were checked" : "\(total) rows"
    if filled > 0 {
      log("\(filled) of \(rows) are left out: their prompts fill max_length (\(maxLength) tokens)")
    }
    if cut > 0 { log("\(cut) of \(rows) are truncated at max_length (\(maxLength) tokens)") }
  }
}
