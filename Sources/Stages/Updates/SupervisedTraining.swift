import Foundation
import Host
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
  var nonFiniteRow: Int?
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
  var best: Data?
  if let started {
    state = try CheckpointFiles.state(SupervisedState.self, in: started)
    best = try started.files[bestWeights]?.data()
  }
  try context.eachStep(of: total, unit: "update") { step in
    try CheckpointFiles.training(
      session, model: model, state: state, step: step,
      more: best.map { [bestWeights: FileContent($0)] } ?? [:])
  } _: { step in
    let batch = plan.batch(step: step)
    if context.isSkipped(step) { return }
    let update = try objective.accumulate(batch.rows, session, budget: budget, context)
    let finished = try context.finishUpdate(
      step, loss: update.loss, at: update.nonFiniteRow.map { "row \($0)" }, session,
      learningRate: options.optimization.learningRate(step: step, of: total),
      clipNorm: options.optimization.clipNorm)
    state.tokens += update.tokens
    context.timer.count(tokens: update.tokens)
    if options.length.logs(step, of: total) {
      let values = [
        "loss": update.loss, "epoch": batch.epoch, "num_tokens": Double(state.tokens),
      ]
      context.record(
        step: step, values.merging(finished) { $1 }.merging(update.metrics) { $1 })
    }
    guard options.length.evaluates(after: step, of: total),
      let held = try objective.evaluate(session, budget: budget, context)
    else { return }
    context.record(
      step: step, Dictionary(uniqueKeysWithValues: held.map { ("eval_\($0.key)", $0.value) }))
    if options.loadBestModelAtEnd, let loss = held["loss"], loss < state.bestLoss ?? .infinity {
      (state.bestLoss, state.bestStep) = (loss, step)
      best = try session.weights()
    }
  }
  if let best {
    try session.restore(weights: best)
    context.log("kept the weights of step \(state.bestStep), which have the lowest eval_loss")
  }
  return session
}

private let bestWeights = "best.safetensors"
