import Trace

/// The score of an answer by a lenient and by a strict grader, in addition to `accuracy`: they show
/// how much of a change is form.
public enum GradingMargins {
  /// Accuracy, or the verifier's view of the whole text, thoughts included, or the last number of it
  /// where the gold answer is one: whether the right answer is said at all.
  public static func lenient(_ sample: RewardSample) -> Double? {
    guard let accuracy = AccuracyReward().score(sample).score else { return nil }
    guard accuracy < 1, let gold = sample.gold else { return accuracy }
    return [sample.verifier, "numeric"].compactMap { $0.flatMap(Verifier.named) }
      .compactMap { $0.verify(gold: gold, answer: sample.text).outcome.score }
      .reduce(accuracy, max)
  }

  /// Accuracy of completions that were not truncated and have the form that `format` requires; 0
  /// for the others.
  public static func strict(_ sample: RewardSample) -> Double? {
    guard let accuracy = AccuracyReward().score(sample).score else { return nil }
    return sample.finished && FormatReward.isWellFormed(Array(sample.text.utf8)) ? accuracy : 0
  }
}
