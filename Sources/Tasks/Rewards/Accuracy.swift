public import Trace

/// 1 when the row's verifier finds the completion's answer equal to the gold answer, else 0.
///
/// What stands in `<think>...</think>` is no answer: only what follows the last `</think>` counts,
/// and nothing does while `<think>` is open. Abstains when the row has no gold answer, names no
/// verifier, or the verifier cannot read the gold answer.
public struct AccuracyReward: Reward {
  public static let name = "accuracy"
  public static let summary = "1 if the final answer equals the gold answer, else 0."

  public static let needsGold = true

  public init() {}
  public init(_ parameters: Parameters<Double>) {}

  public func score(_ sample: RewardSample) -> RewardOutcome { verdict(sample).outcome }

  /// The score with what the answer was read as.
  public func verdict(_ sample: RewardSample) -> Verdict {
    guard let gold = sample.gold else { return Verdict(.abstain("the row has no gold answer")) }
    guard let name = sample.verifier else { return Verdict(.abstain("the row names no verifier")) }
    guard let verifier = Verifier.named(name) else {
      return Verdict(.error("there is no verifier '\(name)'"))
    }
    return verifier.verify(gold: gold, answer: Thoughts.removed(from: sample.text))
  }

  /// The answer that is graded; nil if there is none, or no gold answer.
  public func stated(_ sample: RewardSample) -> StatedAnswer? {
    guard let gold = sample.gold, let verifier = sample.verifier.flatMap(Verifier.named) else {
      return nil
    }
    return verifier.stated(gold: gold, answer: Thoughts.removed(from: sample.text))
  }
}
