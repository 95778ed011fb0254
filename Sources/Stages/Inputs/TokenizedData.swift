import Datasets
import Neural
import Randomness
import Workflow

/// Which tokens of a row are learnt.
enum ScoredTokens {
  case everyToken
  case completion
}

/// A row as a model reads it.
struct TokenizedRow: Sendable {
  /// The row's, in its dataset.
  let id: Int
  let tokens: [Int32]
  /// Whether each token is learnt, given those before it.
  let scored: [Bool]

  var scoredCount: Int { scored.dropFirst().count { $0 } }
}

/// The rows of one or more datasets in tokens, those of each dataset together.
struct TokenizedData {
  let rows: [TokenizedRow]
  private let parts: [EpochPlan.Part]

  init(
    _ inputs: [StageInput], model: LanguageModel, scored: ScoredTokens, maxLength: Int,
    log: (String) -> Void
  ) throws {
    var rows: [TokenizedRow] = []
    var parts: [EpochPlan.Part] = []
    var cut = 0
    for input in inputs {
      let first = rows.count
      let writer = RowWriter(model: model, source: RowSource(input))
      for row in try loadRows(input, log: log) {
        let tokens = try writer.tokens(row)
        cut += tokens.prompt.count + tokens.completion.count > maxLength ? 1 : 0
        let marks =
          [Bool](repeating: scored == .everyToken, count: tokens.prompt.count)
          + [Bool](repeating: true, count: tokens.completion.count)
        let whole = TokenizedRow(
          id: row.id,
          tokens: Array((tokens.prompt + tokens.completion).prefix(maxLength)),
          scored: Array(marks.prefix(maxLength)))
        // A row whose prompt fills max_length has nothing to learn from.
        if whole.scoredCount > 0 { rows.append(whole) }
      }
      writer.tell(log)
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
    if cut > 0 { log("\(cut) of \(rows.count) rows are cut at max_length (\(maxLength) tokens)") }
    if model.eosTokenIDs.isEmpty, !inputs.isEmpty {
      log("the model has no end token: what it learns will not end by itself")
    }
  }

  /// Throws when a row is longer than the model knows positions.
  private static func requirePositions(_ rows: [TokenizedRow], of model: LanguageModel) throws {
    let limit = model.config.maxPositionEmbeddings
    guard let longest = rows.map(\.tokens.count).max(), longest > limit else { return }
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
      parts: parts, lengths: rows.map(\.tokens.count),
      packLength: options.packing ? options.maxLength : nil, batchSize: options.batchSize,
      random: RandomStream(seed: seed, 0xDA7A))
    guard !plan.makeBatches(epoch: 0).isEmpty else {
      throw TrainingError(.data, "the datasets' weights leave no rows; raise them")
    }
    return plan
  }
}
