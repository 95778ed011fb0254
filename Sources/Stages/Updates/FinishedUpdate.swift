import Neural
import Workflow

extension StageContext {
  /// The end of every update, after its gradient is complete: checks that the loss is a number,
  /// updates the weights, and checks the gradient.
  ///
  /// - Parameters:
  ///   - learningRate: of the schedule; after divergences it is lowered further.
  ///   - place: the row or sample with a loss that is not a number, if it is known.
  /// - Returns: `grad_norm` and `learning_rate`.
  /// - Throws: `Divergence`.
  func finishUpdate(
    _ step: Int, loss: Double, at place: String? = nil, _ session: TrainingSession,
    learningRate: Double, clipNorm: Double?
  ) throws -> [String: Double] {
    try requireFinite(loss, "loss", step: step, place: place)
    let rate = learningRate * learningRateFactor(step)
    waitForCheckpoint()
    let norm = timer.measure(.update) {
      session.update(learningRate: rate, maxGradNorm: clipNorm)
    }
    try requireFinite(norm, "gradient norm", step: step)
    return ["grad_norm": norm, "learning_rate": rate]
  }
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
