import Neural
import Recipes
import Workflow

/// The ports of a stage that learns from given text.
func supervisedInputs(data summary: String) -> [InputPort] {
  [
    InputPort("model", .model, "The model to start from."),
    InputPort("data", .dataset, multiple: true, summary),
    InputPort("eval_data", .dataset, required: false, "Held-out rows for eval_loss."),
  ]
}

/// Pretraining and fine-tuning, which differ in the tokens that are scored.
func superviseModel(
  _ options: SupervisedOptions, scored: ScoredTokens, in context: any StageContext
) throws -> StageOutput {
  let model = try context.model(from: context.resumePoint)
  func data(_ port: String, _ keeping: KeptRows) throws -> TokenizedData {
    try TokenizedData(
      context.inputs(port), model: model, scored: scored, maxLength: options.maxLength,
      keeping: keeping, log: context.log)
  }
  let objective = TextObjective(
    data: try data("data", .few(measured: options.packing)),
    held: try data("eval_data", .all).kept)
  let session = try supervise(model, objective, options, in: context)
  return try CheckpointFiles.output(session, model: model)
}

/// The mean negative log-probability of an update's scored tokens.
struct TextObjective: SupervisedObjective {
  let data: TokenizedData
  let held: TokenizedRows

  func epochPlan(_ options: SupervisedOptions, seed: UInt64) throws -> EpochPlan {
    try data.epochPlan(options, seed: seed)
  }

  func accumulate(
    _ rows: [Int], _ session: TrainingSession, budget: Int, _ context: any StageContext
  ) throws -> SupervisedUpdate {
    let rows = try rows.map(data.row)
    var update = SupervisedUpdate()
    var (logProb, scored) = (0.0, 0)
    let total = rows.reduce(0) { $0 + $1.scoredCount }
    let coefficient = -1 / Float(max(total, 1))
    let lengths = rows.map(\.tokens.count)
    try context.eachMicroBatch("trained", rows: lengths, budget: budget) { range in
      let batch = PackedBatch.sequences(rows[range].map { ($0.tokens, $0.scored) })
      let logProbs = context.timer.measure(.forward) {
        session.accumulate(
          batch,
          coefficients: [Float](repeating: coefficient, count: batch.scoredTargets.count),
          forwardDone: { context.timer.enter(.backward) })
      }
      let sum = logProbs.reduce(0) { $0 + Double($1) }
      if !sum.isFinite, update.nonFiniteRow == nil {
        update.nonFiniteRow = Self.firstNonFinite(rows[range], logProbs)
      }
      logProb += sum
      scored += logProbs.count
      update.tokens += batch.tokens.count
    }
    update.loss = -logProb / Double(max(scored, 1))
    return update
  }

  func evaluate(
    _ session: TrainingSession, budget: Int, _ context: any StageContext
  ) throws -> [String: Double]? {
    guard !held.isEmpty else { return nil }
    var (sum, count) = (0.0, 0)
    try context.eachMicroBatch("evaluated", rows: held.lengths, budget: budget) { range in
      let scores = session.score(
        PackedBatch.sequences(held[range].map { ($0.tokens, $0.scored) }))
      sum += scores.logProbs.reduce(0) { $0 + Double($1) }
      count += scores.logProbs.count
    }
    return ["loss": -sum / Double(max(count, 1))]
  }

  /// The id of the first row with a log-probability that is no number.
  private static func firstNonFinite(_ rows: ArraySlice<TokenizedRow>, _ logProbs: [Float]) -> Int?
  {
    var start = 0
    for row in rows {
      let end = start + row.scoredCount
      if logProbs[start..<end].contains(where: { !$0.isFinite }) { return row.id }
      start = end
    }
    return nil
  }
}
