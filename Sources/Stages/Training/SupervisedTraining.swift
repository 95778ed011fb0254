import Foundation
import Neural
import Randomness
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

/// What a supervised stage keeps beside weights and moments.
struct SupervisedState: Codable, Equatable {
  /// Tokens seen, those of prompts included.
  var tokens = 0
  var bestLoss: Double?
  var bestStep = 0
}

/// Batch, loss, gradient, update, until the last step: pretraining and fine-tuning are this loop with
/// other tokens scored.
func superviseModel(
  _ options: SupervisedOptions, scored: ScoredTokens, in context: any StageContext
) throws -> StageOutput {
  let started = context.resumePoint
  let model = try context.model(from: started)
  let data = try TokenizedData(
    context.inputs("data"), model: model, scored: scored, maxLength: options.maxLength,
    log: context.log)
  let held = try TokenizedData(
    context.inputs("eval_data"), model: model, scored: scored, maxLength: options.maxLength,
    log: context.log)
  var plan = try data.epochPlan(options, seed: context.seed)
  let total = options.maxSteps ?? plan.steps(epochs: options.numTrainEpochs)
  let session = options.optimization.session(model)
  var state = SupervisedState()
  var best: [String: Data] = [:]
  if let started {
    try session.restore(
      optimizerState: CheckpointFiles.file(CheckpointFiles.optimizer, in: started))
    state = try CheckpointFiles.state(SupervisedState.self, in: started)
    best = started.files.filter { $0.key == bestWeights }
  }
  context.begin(totalSteps: total, unit: "update")
  for step in stride(from: (started?.step ?? 0) + 1, through: total, by: 1) {
    let batch = plan.batch(step: step)
    if context.isSkipped(step) {
      try context.stepDone(step) {
        try CheckpointFiles.training(session, model: model, state: state, step: step, more: best)
      }
      continue
    }
    let rate =
      options.optimization.learningRate(step: step, of: total) * context.learningRateFactor(step)
    let sums = try learn(
      batch.rows.map { data.rows[$0] }, session,
      budget: options.optimization.microBatchTokens, context)
    let loss = -sums.logProb / Double(max(sums.scored, 1))
    try requireFinite(loss, "loss", step: step, place: sums.oddRow.map { "row \($0)" })
    let norm = context.timer.measure(.update) {
      session.update(learningRate: rate, maxGradNorm: options.optimization.clipNorm)
    }
    try requireFinite(norm, "gradient norm", step: step)
    state.tokens += sums.tokens
    context.timer.count(tokens: sums.tokens)
    if step.isMultiple(of: options.loggingSteps) || step == total {
      context.record(
        step: step,
        [
          "loss": loss, "grad_norm": norm, "learning_rate": rate, "epoch": batch.epoch,
          "num_tokens": Double(state.tokens),
        ])
    }
    if !held.rows.isEmpty,
      step == total || (options.evalSteps > 0 && step.isMultiple(of: options.evalSteps))
    {
      let loss = try heldOutLoss(held, session, options, context)
      context.record(step: step, ["eval_loss": loss])
      if options.loadBestModelAtEnd, loss < state.bestLoss ?? .infinity {
        (state.bestLoss, state.bestStep) = (loss, step)
        best = [bestWeights: try model.weights(dtype: .f32)]
      }
    }
    try context.stepDone(step) {
      try CheckpointFiles.training(session, model: model, state: state, step: step, more: best)
    }
  }
  if let weights = best[bestWeights] {
    try model.restore(weights: weights)
    context.log("kept the weights of step \(state.bestStep): the least eval_loss")
  }
  return StageOutput(["model": Artifact(files: try model.files(dtype: .f32))])
}

private let bestWeights = "best.safetensors"

/// What an update's rows came to.
private struct SupervisedSums {
  var logProb = 0.0
  var scored = 0
  var tokens = 0
  /// The id of the first row whose log-probabilities are no numbers.
  var oddRow: Int?
}

/// Adds the gradient of the mean loss over all scored tokens of the update, micro-batch by
/// micro-batch.
private func learn(
  _ rows: [TokenizedRow], _ session: TrainingSession, budget: Int, _ context: any StageContext
) throws -> SupervisedSums {
  var sums = SupervisedSums()
  let total = rows.reduce(0) { $0 + $1.scoredCount }
  let coefficient = -1 / Float(max(total, 1))
  for range in microBatches(rows: rows.map(\.tokens.count), budget: budget) {
    try context.checkStop()
    let batch = PackedBatch.sequences(rows[range].map { ($0.tokens, $0.scored) })
    let logProbs = context.timer.measure(.forward) {
      session.accumulate(
        batch,
        coefficients: [Float](repeating: coefficient, count: batch.scoredTargets.count),
        forwardDone: { context.timer.enter(.backward) })
    }
    let sum = logProbs.reduce(0) { $0 + Double($1) }
    if !sum.isFinite, sums.oddRow == nil { sums.oddRow = firstOdd(rows[range], logProbs) }
    sums.logProb += sum
    sums.scored += logProbs.count
    sums.tokens += batch.tokens.count
  }
  return sums
}

private func heldOutLoss(
  _ data: TokenizedData, _ session: TrainingSession, _ options: SupervisedOptions,
  _ context: any StageContext
) throws -> Double {
  var sum = 0.0
  var count = 0
  for range in microBatches(
    rows: data.rows.map(\.tokens.count), budget: options.optimization.microBatchTokens)
  {
    try context.checkStop()
    let scores = session.score(
      PackedBatch.sequences(data.rows[range].map { ($0.tokens, $0.scored) }))
    sum += scores.logProbs.reduce(0) { $0 + Double($1) }
    count += scores.logProbs.count
  }
  return -sum / Double(max(count, 1))
}

/// The id of the first row with a log-probability that is no number.
private func firstOdd(_ rows: ArraySlice<TokenizedRow>, _ logProbs: [Float]) -> Int? {
  var start = 0
  for row in rows {
    let end = start + row.scoredCount
    if logProbs[start..<end].contains(where: { !$0.isFinite }) { return row.id }
    start = end
  }
  return nil
}

/// Throws `Divergence` for a value that is not a number or infinite.
///
/// - Parameter place: the row or sample that it came from, if that is known.
func requireFinite(
  _ value: Double, _ quantity: String, step: Int, place: String? = nil
) throws {
  guard value.isFinite else {
    throw Divergence(step: step, quantity: quantity, value: value, place: place)
  }
}
