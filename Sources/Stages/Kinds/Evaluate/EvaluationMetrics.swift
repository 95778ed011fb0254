import Recipes
import Settings

extension Evaluate {
  /// Nothing but the measured model may differ between evaluations that are compared.
  static let metrics: [MetricDescription] = {
    let basis = MetricDescription.Basis.everything(but: ["model"])
    return [RewardWatch.metricDescription(basis: basis)] + accuracyMetrics(basis)
      + RolloutMetrics.rewardMeans(basis, isPerDataset: true)
      + measures(basis) + winMetrics(basis)
  }()

  static func metricWords(_ config: Config) -> [String: [String]] {
    ["reward": config.rewardFuncs.map(\.label), "k": config.k.filter { $0 > 1 }.map { "\($0)" }]
  }

  private static func accuracyMetrics(
    _ basis: MetricDescription.Basis
  ) -> [MetricDescription] {
    [
      MetricDescription(
        "pass@1", better: .higher, isShare: true, hasItems: true, isPerDataset: true, basis: basis,
        headline: .last,
        "Accuracy: the share of answers that are right, each row counting the same."),
      MetricDescription(
        "pass@1/low", better: .higher, isShare: true, isPerDataset: true, basis: basis,
        "Lower end of the 95 % interval of pass@1."),
      MetricDescription(
        "pass@1/high", better: .higher, isShare: true, isPerDataset: true, basis: basis,
        "Upper end of the 95 % interval of pass@1."),
      MetricDescription(
        "pass@{k}", better: .higher, isShare: true, isPerDataset: true, basis: basis,
        "Probability that one of k answers is right."),
      MetricDescription(
        "maj@{k}", better: .higher, isShare: true, isPerDataset: true, basis: basis,
        "Accuracy of the most frequent of k answers (cons@k)."),
      MetricDescription(
        "sets/pass@1", better: .higher, isShare: true, basis: basis,
        "Mean of the datasets' pass@1, each counting the same."),
      MetricDescription(
        "accuracy/strict", better: .higher, isShare: true, isPerDataset: true, basis: basis,
        "Accuracy when an answer counts only in the required format."),
      MetricDescription(
        "accuracy/lenient", better: .higher, isShare: true, isPerDataset: true, basis: basis,
        "Accuracy when an answer counts anywhere in the text."),
      MetricDescription(
        "items", isPerDataset: true, unit: "rows", basis: basis, "Rows that accuracy could grade."),
      MetricDescription(
        "items_not_judged", better: .lower, isPerDataset: true, unit: "rows", basis: basis,
        "Rows that accuracy could not grade; no score includes them."),
    ]
  }

  private static func measures(_ basis: MetricDescription.Basis) -> [MetricDescription] {
    [
      MetricDescription(
        "format_rate", better: .higher, isShare: true, isPerDataset: true, basis: basis,
        "Share of completions in the required format."),
      MetricDescription(
        "language_consistency", better: .higher, isShare: true, isPerDataset: true, basis: basis,
        "Share of the thoughts' words in the language of the prompt."),
      MetricDescription(
        "refusal_rate", isShare: true, isPerDataset: true, basis: basis,
        """
        Share of completions that refuse. Better is higher on prompts that should be refused and \
        lower on others, so the metric has no direction.
        """),
      MetricDescription(
        "completions/mean_length", isPerDataset: true, unit: "tokens", basis: basis,
        "Mean length of completions."),
      MetricDescription(
        "completions/clipped_ratio", better: .lower, isShare: true, isPerDataset: true,
        basis: basis, "Share of completions truncated at max_completion_length."),
    ]
  }

  private static func winMetrics(_ basis: MetricDescription.Basis) -> [MetricDescription] {
    [
      MetricDescription(
        "win_rate", better: .higher, isShare: true, isPerDataset: true, basis: basis,
        "Share of replies that the judge prefers to the opponent's; a tie counts half."),
      MetricDescription(
        "win_rate/low", better: .higher, isShare: true, isPerDataset: true, basis: basis,
        "Lower end of the 95 % interval of win_rate."),
      MetricDescription(
        "win_rate/high", better: .higher, isShare: true, isPerDataset: true, basis: basis,
        "Upper end of the 95 % interval of win_rate."),
      MetricDescription(
        "win_rate/not_judged", better: .lower, isPerDataset: true, unit: "completions",
        basis: basis, "Replies that the judge could not compare."),
    ]
  }
}
