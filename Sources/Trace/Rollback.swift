/// What a stage does differently since it diverged. It does not depend on which checkpoint the
/// stage returned to, so a run ends with the same bits wherever it is interrupted.
public struct Rollback: Sendable, Hashable, Codable {
  public enum Change: Sendable, Hashable, Codable {
    /// The update is left out.
    case skip(step: Int)
    /// Updates after a step have their learning rate multiplied.
    case lowerLR(after: Int, factor: Double)
  }

  /// Counted from 1.
  public let number: Int
  /// The update that diverged.
  public let step: Int
  public let change: Change
  public let message: String
  /// The attempt that diverged: samples that it and earlier attempts drew with other weights are
  /// not used.
  public let attempt: Int

  public init(number: Int, step: Int, change: Change, message: String, attempt: Int) {
    self.number = number
    self.step = step
    self.change = change
    self.message = message
    self.attempt = attempt
  }

  /// The step after which the stage continues differently.
  public var fromStep: Int {
    switch change {
    case .skip(let step): step - 1
    case .lowerLR(let after, _): after
    }
  }
}
