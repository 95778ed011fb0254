import Foundation
public import Settings
public import Trace

/// Prefers short completions within a group: ½ for its shortest, -½ for its longest, straight in
/// between; a wrong answer gets nothing above 0, however short.
///
/// Kimi k1.5 (arXiv 2501.12599, section 2.3.3), as open-r1's `len_reward`; lengths are in tokens. A
/// group whose completions are all of one length gets 0.
public struct LengthReward: GroupReward {
  public static let name = "length"
  public static let summary =
    "From ½ for the shortest completion of a group to -½ for the longest; at most 0 for wrong "
    + "answers."
  public static let needsGold = true

  public init(_ parameters: Parameters<Double>) {}

  public func score(group: [RewardSample]) -> [RewardOutcome] {
    let lengths = group.map(\.tokens.count)
    guard let shortest = lengths.min(), let longest = lengths.max() else { return [] }
    return zip(group, lengths).map { sample, length in
      guard let accuracy = AccuracyReward().score(sample).score else {
        return .abstain("accuracy cannot judge the row")
      }
      guard longest > shortest else { return .score(0) }
      let share = Double(length - shortest) / Double(longest - shortest)
      return .score(accuracy == 1 ? 0.5 - share : min(0, 0.5 - share))
    }
  }
}

/// Accuracy that length shapes along half a cosine: a right answer is worth more when short, a wrong
/// one costs less when long (Yeo et al., arXiv 2502.03373; open-r1's `get_cosine_scaled_reward`).
///
/// Lengths are in tokens (open-r1 counts characters); beyond `max_len` nothing changes.
public struct CosineReward: Reward {
  public static let name = "cosine"
  public static let summary =
    "Accuracy scaled by length: short right answers and long wrong ones get more."
  public static let parameters: [FieldDescription] = [
    .number(
      "min_value_wrong", -100...100, default: -1, "The reward of a wrong answer of length 0."),
    .number(
      "max_value_wrong", -100...100, default: -0.5,
      "The reward of a wrong answer of max_len."),
    .number(
      "min_value_correct", -100...100, default: 0.5,
      "The reward of a right answer of max_len."),
    .number(
      "max_value_correct", -100...100, default: 1, "The reward of a right answer of length 0."),
    .number(
      "max_len", 0...1_048_576, default: 0, "In tokens; 0: max_completion_length."),
  ]

  public static let needsGold = true

  private let parameters: Parameters<Double>

  public init(_ parameters: Parameters<Double>) { self.parameters = parameters }

  public func score(_ sample: RewardSample) -> RewardOutcome {
    guard let accuracy = AccuracyReward().score(sample).score else {
      return .abstain("accuracy cannot judge the row")
    }
    guard let longest = maxLength(parameters["max_len"], sample) else {
      return .abstain("neither max_len nor max_completion_length is known")
    }
    let progress = min(Double(sample.tokens.count) / longest, 1)
    let (start, end) =
      accuracy == 1
      ? (parameters["max_value_correct"], parameters["min_value_correct"])
      : (parameters["min_value_wrong"], parameters["max_value_wrong"])
    return .score(end + 0.5 * (start - end) * (1 + cos(progress * .pi)))
  }
}

/// Nothing up to `max_completion_len - soft_punish_cache` tokens, then down in a straight line to -1
/// at `max_completion_len`: equation 13 of DAPO (arXiv 2503.14476), TRL's
/// `get_soft_overlong_punishment`.
public struct SoftOverlongPunishment: Reward {
  public static let name = "soft_overlong_punishment"
  public static let summary =
    "0, falling to -1 over the last soft_punish_cache tokens before max_completion_len (DAPO)."
  public static let parameters: [FieldDescription] = [
    .number(
      "max_completion_len", 0...1_048_576, default: 0, "In tokens; 0: max_completion_length."),
    .number(
      "soft_punish_cache", 0...1_048_576, default: 0,
      "The number of last tokens over which the penalty grows; 0: a fifth of the longest length."),
  ]

  private let parameters: Parameters<Double>

  public init(_ parameters: Parameters<Double>) { self.parameters = parameters }

  public func score(_ sample: RewardSample) -> RewardOutcome {
    guard let longest = maxLength(parameters["max_completion_len"], sample) else {
      return .abstain("neither max_completion_len nor max_completion_length is known")
    }
    let given = parameters["soft_punish_cache"]
    // DAPO's own share: 4,096 of 20,480.
    let cache = given > 0 ? given : longest / 5
    let length = Double(sample.tokens.count)
    if length <= longest - cache { return .score(0) }
    return .score(length <= longest ? (longest - cache - length) / cache : -1)
  }
}

/// The length that a parameter sets, or, at 0, the one at which completions are cut; in tokens.
private func maxLength(_ parameter: Double, _ sample: RewardSample) -> Double? {
  let length = parameter > 0 ? parameter : Double(sample.maxTokens ?? 0)
  return length > 0 ? length : nil
}
