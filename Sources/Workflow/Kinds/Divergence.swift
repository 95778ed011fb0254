import Recipes
import Trace

/// Thrown by a stage whose loss, gradient or reward is not a number: the weights before the update
/// are the last good ones.
public struct Divergence: Error, Sendable, Hashable, CustomStringConvertible {
  /// The update, counted from 1.
  public let step: Int
  /// "loss of step 12 is nan (row 7)".
  public let what: String

  /// - Parameter place: the row or sample it came from, if that is known.
  public init(step: Int, quantity: String, value: Double, place: String? = nil) {
    self.step = step
    what = "\(quantity) of step \(step) is \(value)" + (place.map { " (\($0))" } ?? "")
  }

  public var description: String {
    """
    \(what). The last checkpoint is kept; lower learning_rate or max_grad_norm, look at the step's \
    data, or set on_divergence
    """
  }
}

extension StageContext {
  /// Whether an update is left out, since it diverged before.
  public func isSkipped(_ step: Int) -> Bool {
    rollbacks.contains(.skip(step: step))
  }

  /// The factor of an update's learning rate, after later ones diverged.
  public func learningRateFactor(_ step: Int) -> Double {
    rollbacks.reduce(1) { product, rollback in
      guard case .lowerLR(let after, let factor) = rollback, step > after else {
        return product
      }
      return product * factor
    }
  }
}

extension StagePolicy {
  /// What to do about a divergence; nil to fail.
  func rollback(
    after divergence: Divergence, earlier: [Rollback], attempt: Int
  ) -> Rollback? {
    guard earlier.count < maxRollbacks else { return nil }
    let change: Rollback.Change
    switch onDivergence {
    case .fail: return nil
    case .rollbackAndSkip:
      // A stage that diverges at an update that it leaves out cannot be saved.
      if earlier.contains(where: { $0.step == divergence.step }) { return nil }
      change = .skip(step: divergence.step)
    case .rollbackAndLowerLR:
      change = .lowerLR(
        after: max(divergence.step - 1 - rollbackSteps, 0), factor: rollbackLRFactor)
    }
    return Rollback(
      number: earlier.count + 1, step: divergence.step, change: change,
      message: divergence.what, attempt: attempt)
  }

  /// How many steps older than the newest checkpoint the one for a rollback must be.
  var checkpointsBehind: Int? { onDivergence == .rollbackAndLowerLR ? rollbackSteps : nil }
}

extension Rollback {
  /// "loss of step 12 is nan: going back, and leaving the update out (rollback 1 of 3)".
  func words(of limit: Int) -> String {
    let what =
      switch change {
      case .skip: "leaving the update out"
      case .lowerLR(let after, let factor):
        "multiplying the learning rate by \(factor) from step \(after + 1) on"
      }
    return "\(message): going back, and \(what) (rollback \(number) of \(limit))"
  }
}
