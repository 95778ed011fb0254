import Foundation
import Neural
import Recipes
import Workflow

/// What a stage learns from given rows: a loss with its gradient, and how it is measured on held-out
/// rows.
protocol SupervisedObjective {
  /// The order of the rows.
  func epochPlan(_ options: SupervisedOptions, seed: UInt64) throws -> EpochPlan
  /// Adds the gradient of the update's loss over these rows, micro-batch by micro-batch.
  func accumulate(
    _ rows: [Int], _ session: TrainingSession, budget: Int, _ context: any StageContext
  ) throws -> SupervisedUpdate
  /// Metrics of the held-out rows, `loss` among them, without the prefix `eval_`; nil without such
  /// rows.
  func evaluate(
    _ session: TrainingSession, budget: Int, _ context: any StageContext
  ) throws -> [String: Double]?
}

/// What an update's rows came to.
struct SupervisedUpdate {
  var loss = 0.0
  /// Beside the loss.
  var metrics: [String: Double] = [:]
  /// Tokens computed, those of prompts included.
  var tokens = 0
  /// The id of the first row whose log-probabilities or scores are no numbers.
  var oddRow: Int?
}

/// What a supervised stage keeps beside weights and moments.
struct SupervisedState: Codable, Equatable {
  /// Tokens seen, those of prompts included.
  var tokens = 0
  var bestLoss: Double?
  var bestStep = 0
}

/// Batch, loss, gradient, update, until the last step; leaves the trained weights in `model`.
@discardableResult
func supervise(
  _ model: LanguageModel, _ objective: some SupervisedObjective, _ options: SupervisedOptions,
  in context: any StageContext
) throws -> TrainingSession {
  let started = context.resumePoint
  var plan = try objective.epochPlan(options, seed: context.seed)
  let total = options.length.total { plan.steps(epochs: $0) }
  let budget = options.optimization.microBatchTokens
  let session = try options.optimization.session(model, seed: context.seed, from: started)
  var state = SupervisedState()
  var best: [String: Data] = [:]
  if let started {
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
    let update = try objective.accumulate(batch.rows, session, budget: budget, context)
    try requireFinite(update.loss, "loss", step: step, place: update.oddRow.map { "row \($0)" })
    let norm = context.timer.measure(.update) {
      session.update(learningRate: rate, maxGradNorm: options.optimization.clipNorm)
    }
    try requireFinite(norm, "gradient norm", step: step)
    state.tokens += update.tokens
    context.timer.count(tokens: update.tokens)
    if options.length.logs(step, of: total) {
      let values = [
        "loss": update.loss, "grad_norm": norm, "learning_rate": rate, "epoch": batch.epoch,
        "num_tokens": Double(state.tokens),
      ]
      context.record(step: step, values.merging(update.metrics) { $1 })
    }
    if options.length.evaluates(after: step, of: total),
      let held = try objective.evaluate(session, budget: budget, context)
    {
      context.record(
        step: step, Dictionary(uniqueKeysWithValues: held.map { ("eval_\($0.key)", $0.value) }))
      if options.loadBestModelAtEnd, let loss = held["loss"], loss < state.bestLoss ?? .infinity {
        (state.bestLoss, state.bestStep) = (loss, step)
        best = [bestWeights: try session.weights()]
      }
    }
    try context.stepDone(step) {
      try CheckpointFiles.training(session, model: model, state: state, step: step, more: best)
    }
  }
  if let weights = best[bestWeights] {
    try session.restore(weights: weights)
    context.log("kept the weights of step \(state.bestStep): the least eval_loss")
  }
  return session
}

private let bestWeights = "best.safetensors"

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
