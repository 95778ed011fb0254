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
struct TokenizedData {
  let rows: TokenizedRows
  private let parts: [EpochPlan.Part]

  init(
    _ inputs: [StageInput], model: LanguageModel, scored: ScoredTokens, maxLength: Int,
    log: (String) -> Void
  ) throws {
    var rows = TokenizedRows(vocabularySize: model.config.vocabSize)
    var parts: [EpochPlan.Part] = []
    var (total, cut, filled) = (0, 0, 0)
    for input in inputs {
      let first = rows.count
      let writer = RowWriter(model: model, source: RowSource(input))
      var disliked = 0
      try eachRow(input, log: log) { row in
        disliked += row.label == false ? 1 : 0
        let tokens = try writer.tokens(row)
        total += 1
        let marks =
          [Bool](repeating: scored == .everyToken, count: tokens.prompt.count)
          + [Bool](repeating: true, count: tokens.completion.count)
        let whole = TokenizedRow(
          id: row.id,
          tokens: Array((tokens.prompt + tokens.completion).prefix(maxLength)),
          scored: Array(marks.prefix(maxLength)))
        // A row whose prompt fills max_length has nothing to learn from.
        guard whole.scoredCount > 0 else {
          filled += 1
          return
        }
        cut += marks.count > maxLength ? 1 : 0
        rows.append(whole)
      }
      writer.tell(log)
      if disliked > 0 {
        log(
          "dataset '\(input.name)': \(disliked) rows have the label false, and are learnt all the same"
        )
      }
      guard rows.count > first else {
        throw TrainingError(
          .data,
          "dataset '\(input.name)' has no row with anything to learn in \(maxLength) tokens; raise max_length or look at the file"
        )
      }
      parts.append(
        .init(first: first, count: rows.count - first, weight: input.weight, index: parts.count))
    }
    try Self.requirePositions(rows, of: model)
    self.rows = rows
    self.parts = parts
    if filled > 0 {
      log(
        "\(filled) of \(total) rows are left out: their prompts fill max_length (\(maxLength) tokens)"
      )
    }
    if cut > 0 { log("\(cut) of \(total) rows are cut at max_length (\(maxLength) tokens)") }
    if model.eosTokenIDs.isEmpty, !inputs.isEmpty {
      log("the model has no end token: what it learns will not end by itself")
    }
  }

  /// Throws when a row is longer than the model knows positions.
  private static func requirePositions(_ rows: TokenizedRows, of model: LanguageModel) throws {
    let limit = model.config.maxPositionEmbeddings
    guard let longest = rows.lengths.max(), longest > limit else { return }
    throw TrainingError(
      .model,
      """
      a row has \(longest) tokens, and the model knows \(limit) positions \
      (max_position_embeddings); set max_length: \(limit) to cut such rows
      """)
  }

  /// The order of the rows; throws when weights leave an epoch without a batch.
  func epochPlan(_ options: SupervisedOptions, seed: UInt64) throws -> EpochPlan {
    let plan = EpochPlan(
      parts: parts, lengths: rows.lengths,
      packLength: options.packing ? options.maxLength : nil, batchSize: options.batchSize,
      random: RandomStream(seed: seed, 0xDA7A))
    try plan.requireRows()
    return plan
  }
}
