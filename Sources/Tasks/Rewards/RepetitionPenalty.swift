public import Settings
public import Trace

/// `max_penalty` times the share of n-grams of tokens that repeat an earlier one: TRL's
/// `get_repetition_penalty_reward` (arXiv 2502.03373, appendix C.2).
public struct RepetitionPenaltyReward: Reward {
  public static let name = "repetition_penalty"
  public static let summary =
    "From 0 if nothing repeats down to max_penalty, by the share of repeated n-grams of tokens."
  public static let parameters: [FieldDescription] = [
    .number("ngram_size", 1...64, default: 3, "Tokens of an n-gram."),
    .number("max_penalty", -100...0, default: -1, "The reward of a text that only repeats itself."),
  ]

  private let size: Int
  private let maxPenalty: Double

  public init(_ parameters: Parameters<Double>) {
    size = Int(parameters["ngram_size"])
    maxPenalty = parameters["max_penalty"]
  }

  public func score(_ sample: RewardSample) -> RewardOutcome {
    let share = repeatedShare(sample.tokens, size: size)
    return .score(share == 0 ? 0 : share * maxPenalty)
  }
}
