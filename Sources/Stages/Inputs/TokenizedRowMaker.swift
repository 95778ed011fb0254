import Datasets
import Neural
import Workflow

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

  /// A row in tokens, cut at `max_length`.
  private struct Made {
    let row: TokenizedRow
    let isCut: Bool
    /// Whether a row twice as long would be learnt, too.
    let isClear: Bool
  }

  private func made(_ row: Row, _ writer: RowWriter) throws -> Made {
    let tokens = try writer.tokens(row)
    let marks =
      [Bool](repeating: scored == .everyToken, count: tokens.prompt.count)
      + [Bool](repeating: true, count: tokens.completion.count)
    let whole = TokenizedRow(
      id: row.id,
      tokens: Array((tokens.prompt + tokens.completion).prefix(maxLength)),
      scored: Array(marks.prefix(maxLength)))
    let hasRoom = scored == .everyToken || 2 * tokens.prompt.count < maxLength
    return Made(
      row: whole, isCut: marks.count > maxLength, isClear: hasRoom && whole.scoredCount > 1)
  }

  /// Keeps the dataset's rows in tokens, without those whose prompts fill `max_length`: they have
  /// nothing to learn from.
  ///
  /// - Parameter drawing: whether it is enough to look at the first rows, where all are drawn alike and
  ///   none of these is near to being left out.
  /// - Returns: the dataset's rows, where those that were not looked at are to be made later.
  func keep(
    _ rows: inout TokenizedRows, _ counts: inout RowCounts, drawing: Bool, log: (String) -> Void
  ) throws -> DrawnRows? {
    let writer = RowWriter(model: model, source: RowSource(input))
    var disliked = 0
    var isClear = true
    func keep(_ row: Row) throws {
      disliked += row.label == false ? 1 : 0
      counts.total += 1
      let made = try made(row, writer)
      isClear = isClear && made.isClear
      guard made.row.scoredCount > 0 else {
        counts.filled += 1
        return
      }
      counts.cut += made.isCut ? 1 : 0
      rows.append(made.row)
    }
    let drawn = drawing ? try DrawnRows(input) : nil
    if let drawn {
      for index in 0..<DrawnRows.examined { try keep(drawn.row(index)) }
      if !isClear {
        for index in DrawnRows.examined..<drawn.count { try keep(drawn.row(index)) }
      }
    } else {
      try eachRow(input, log: log, keep)
    }
    writer.tell(log)
    if disliked > 0 {
      log(
        "dataset '\(input.name)': \(disliked) rows have the label false, and are learnt all the same"
      )
    }
    guard let drawn, isClear else { return nil }
    log(drawn.note)
    return drawn
  }

  /// A row that was not looked at before.
  ///
  /// - Throws: where nothing of it can be learnt.
  func learnable(_ row: Row) throws -> TokenizedRow {
    let made = try made(row, RowWriter(model: model, source: RowSource(input)))
    guard made.row.scoredCount > 0 else {
      throw TrainingError(
        .data,
        """
        \(RowSource(input).place(row)) has nothing to learn in \(maxLength) tokens, more than twice as \
        long as the first \(DrawnRows.examined) rows of its task; raise max_length
        """)
    }
    return made.row
  }

  var hasNothing: TrainingError {
    TrainingError(
      .data,
      "dataset '\(input.name)' has no row with anything to learn in \(maxLength) tokens; raise max_length or look at the file"
    )
  }
}
