import Recipes
import Storage

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

/// What a stage does differently since it diverged. Nothing of it depends on which checkpoint it went
/// back to, so that a run ends with the same bits wherever it is interrupted.
public enum Rollback: Sendable, Hashable {
  /// The update is left out.
  case skip(step: Int)
  /// Updates after a step have their learning rate multiplied.
  case lowerLR(after: Int, factor: Double)
}

extension StageContext {
  /// Whether an update is left out, since it diverged before.
  public func isSkipped(_ step: Int) -> Bool { rollbacks.contains(.skip(step: step)) }

  /// What the learning rate of an update is multiplied by, since later ones diverged before.
  public func learningRateFactor(_ step: Int) -> Double {
    rollbacks.reduce(1) { product, rollback in
      if case .lowerLR(let after, let factor) = rollback, step > after { return product * factor }
      return product
    }
  }
}

extension StagePolicy {
  /// What to do about a divergence; nil to fail.
  func rollback(after divergence: Divergence, earlier: [RollbackRecord], attempt: Int)
    -> RollbackRecord?
  {
    guard earlier.count < maxRollbacks else { return nil }
    let skip = RollbackRecord(
      number: earlier.count + 1, step: divergence.step, action: .skip,
      fromStep: divergence.step - 1, factor: 0, message: divergence.what, attempt: attempt)
    switch onDivergence {
    case .fail: return nil
    // A stage that diverges at an update that it was told to leave out cannot be helped.
    case .rollbackAndSkip: return earlier.contains { $0.step == divergence.step } ? nil : skip
    case .rollbackAndLowerLR:
      return RollbackRecord(
        number: earlier.count + 1, step: divergence.step, action: .lowerLR,
        fromStep: max(divergence.step - 1 - rollbackSteps, 0), factor: rollbackLRFactor,
        message: divergence.what, attempt: attempt)
    }
  }

  /// How far behind the newest checkpoint one must be kept to go back to.
  var checkpointsBehind: Int? { onDivergence == .rollbackAndLowerLR ? rollbackSteps : nil }
}

extension RollbackRecord {
  /// What the stage is told.
  var rollback: Rollback {
    switch action {
    case .skip: .skip(step: step)
    case .lowerLR: .lowerLR(after: fromStep, factor: factor)
    }
  }

  /// "loss of step 12 is nan: going back, and leaving the update out (rollback 1 of 3)".
  func words(of limit: Int) -> String {
    let what =
      switch action {
      case .skip: "leaving the update out"
      case .lowerLR: "multiplying the learning rate by \(factor) from step \(fromStep + 1) on"
      }
    return "\(message): going back, and \(what) (rollback \(number) of \(limit))"
  }
}
