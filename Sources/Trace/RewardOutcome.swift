/// The outcome of a reward or a verifier for one completion; the three are stored separately, and
/// only a score enters a training signal.
public enum RewardOutcome: Sendable, Hashable {
  case score(Double)
  /// The row cannot be scored (the gold answer cannot be parsed, a field is missing): a reason.
  case abstain(String)
  /// The reward itself failed: a reason.
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

/// As the database and exported rows have it: `{"outcome": "score", "score": 1}`. A score that is not
/// finite is absent, and is read as one that is not a number.
extension RewardOutcome: Codable {
  private enum CodingKeys: CodingKey { case outcome, score, reason }

  public init(from decoder: any Decoder) throws {
    let members = try decoder.container(keyedBy: CodingKeys.self)
    let reason = try members.decodeIfPresent(String.self, forKey: .reason) ?? ""
    switch try members.decode(String.self, forKey: .outcome) {
    case "score": self = .score(try members.decodeIfPresent(Double.self, forKey: .score) ?? .nan)
    case "abstain": self = .abstain(reason)
    default: self = .error(reason)
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var members = encoder.container(keyedBy: CodingKeys.self)
    try members.encode(name, forKey: .outcome)
    if let score, score.isFinite { try members.encode(score, forKey: .score) }
    try members.encodeIfPresent(reason, forKey: .reason)
  }
}
