import Datasets
import Neural
import Workflow

/// A row in tokens, cut at `max_length`.
struct MadeRow {
  let row: TokenizedRow
  let isCut: Bool
  /// Whether a row twice as long would be learnt, too.
  let isClear: Bool
  let isDisliked: Bool
}

/// Makes tokens of a dataset's rows, as a stage learns them.
struct TokenizedRowMaker {
  private let input: StageInput
  private let model: LanguageModel
  private let scored: ScoredTokens
  private let maxLength: Int

  init(
    _ input: StageInput, _ model: LanguageModel, _ scored: ScoredTokens, maxLength: Int
  ) {
    self.input = input
    self.model = model
    self.scored = scored
    self.maxLength = maxLength
  }

  private func made(_ row: Row, _ writer: RowWriter) throws -> MadeRow {
    let tokens = try writer.tokens(row)
    let marks =
      [Bool](repeating: scored == .everyToken, count: tokens.prompt.count)
      + [Bool](repeating: true, count: tokens.completion.count)
    let whole = TokenizedRow(
      id: row.id,
      tokens: Array((tokens.prompt + tokens.completion).prefix(maxLength)),
      scored: Array(marks.prefix(maxLength)))
    let hasRoom = scored == .everyToken || 2 * tokens.prompt.count < maxLength
    return MadeRow(
      row: whole, isCut: marks.count > maxLength, isClear: hasRoom && whole.scoredCount > 1,
      isDisliked: row.label == false)
  }

  /// Keeps the dataset's rows in tokens, without those whose prompts fill `max_length`: they have
  /// nothing to learn from. Where all rows are drawn alike and none of the first is near to being left
  /// out, it is enough to keep these.
  ///
  /// - Returns: the dataset's rows, where those that are not kept are to be made later.
  func keep(
    in store: inout TokenizedStore, _ keeping: KeptRows, log: (String) -> Void
  ) throws -> DrawnRows? {
    let writer = RowWriter(model: model, source: RowSource(input))
    var drawn: DrawnRows?
    store.beginDataset()
    if case .few(let measured) = keeping, let rows = try DrawnRows(input) {
      drawn = try keepSome(rows, in: &store, measured: measured, writer, log)
    } else if case .telling = keeping {
      try keepTelling(in: &store, writer, log)
    } else {
      try eachRow(input, log: log) { store.keep(try made($0, writer)) }
    }
    writer.tell(log)
    if store.disliked > 0 {
      log(
        "dataset '\(input.name)': \(store.disliked) rows have the label false, and are trained on "
          + "all the same")
    }
    return drawn
  }

  /// Keeps rows that may show something new: all, as soon as one is near to being left out.
  private func keepTelling(
    in store: inout TokenizedStore, _ writer: RowWriter, _ log: (String) -> Void
  ) throws {
    var sieve = RowSieve()
    try eachRow(input, log: log) { row in
      if sieve.isNew(row) || !store.isClear {
        store.keep(try made(row, writer))
      } else {
        try writer.pass(row)
        store.pass(row)
      }
    }
  }

  /// Keeps the first rows, or all where some of these are near to being left out.
  private func keepSome(
    _ rows: DrawnRows, in store: inout TokenizedStore, measured: Bool, _ writer: RowWriter,
    _ log: (String) -> Void
  ) throws -> DrawnRows? {
    for index in 0..<DrawnRows.examined { store.keep(try made(rows.row(index), writer)) }
    let others = DrawnRows.examined..<rows.count
    guard store.isClear else {
      for index in others { store.keep(try made(rows.row(index), writer)) }
      return nil
    }
    if measured {
      for index in others { store.measure(try learnable(rows.row(index), writer)) }
    } else {
      log(rows.note)
    }
    return rows
  }

  /// A row that is not kept.
  ///
  /// - Throws: where nothing of it can be learnt.
  func learnable(_ row: Row) throws -> TokenizedRow {
    try learnable(row, RowWriter(model: model, source: RowSource(input))).row
  }

  private func learnable(_ row: Row, _ writer: RowWriter) throws -> MadeRow {
    let made = try made(row, writer)
    guard made.row.scoredCount > 0 else { throw hasNothing(row) }
    return made
  }

  private func hasNothing(_ row: Row) -> TrainingError {
    TrainingError(
      .data,
      """
      \(RowSource(input).place(row)) has nothing to learn in \(maxLength) tokens, more than twice as \
      long as the first \(DrawnRows.examined) rows of its task; raise max_length
      """)
  }

  var hasNothing: TrainingError {
    TrainingError(
      .data,
      "dataset '\(input.name)' has no row with anything to learn in \(maxLength) tokens; raise "
        + "max_length or check the file"
    )
  }
}
