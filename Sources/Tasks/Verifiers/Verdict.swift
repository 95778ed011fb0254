/// What a reward or a verifier makes of one completion; the three are stored apart, and only a
/// score ever enters a training signal.
public enum RewardOutcome: Sendable, Hashable {
  case score(Double)
  /// It cannot judge this row (the gold answer cannot be parsed, a field is missing): a reason.
  case abstain(String)
  /// It failed itself: a reason.
  case error(String)

  /// `score`, `abstain` or `error`, as it is stored.
  public var name: String {
    switch self {
    case .score: "score"
    case .abstain: "abstain"
    case .error: "error"
    }
  }

  public var score: Double? {
    if case .score(let value) = self { value } else { nil }
  }

  /// Why there is no score.
  public var reason: String? {
    switch self {
    case .score: nil
    case .abstain(let reason), .error(let reason): reason
    }
  }
}

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
