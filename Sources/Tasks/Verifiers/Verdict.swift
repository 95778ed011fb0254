public import Trace

/// The outcome of comparing an answer with the gold answer, and what the answer was read as.
public struct Verdict: Sendable, Hashable {
  public let outcome: RewardOutcome
  /// The answer in canonical form; nil when none was found.
  public let parsed: String?

  public init(_ outcome: RewardOutcome, parsed: String? = nil) {
    self.outcome = outcome
    self.parsed = parsed
  }
}
