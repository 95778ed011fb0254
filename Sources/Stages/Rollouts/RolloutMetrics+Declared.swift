import Recipes
import Settings

/// The metrics of rollouts as stage kinds declare them.
extension RolloutMetrics {
  /// What decides how completions are drawn.
  static let sampling = SamplingConfiguration.fields.map(\.description)
    .filter(\.affectsOutput).map(\.name)

  /// Lengths and repetition, of all rows and of those of each type.
  static let completions: [MetricDescription] = {
    let basis = MetricDescription.Basis.only(
      settings: sampling + ["schedule", "dynamic_sampling", "request_template", "chat"],
      inputs: ["data"])
    let lengths = [
      ("mean", "Mean length of completions"), ("min", "Length of the shortest completion"),
      ("max", "Length of the longest completion"),
    ].flatMap { name, words in
      [
        MetricDescription(
          "completions/\(name)_length", unit: "tokens", basis: basis, "\(words)."),
        MetricDescription(
          "completions/\(name)_terminated_length", unit: "tokens", basis: basis,
          name == "mean"
            ? "\(words) that were not truncated."
            : "\(words) that was not truncated."),
      ]
    }
    return lengths + [
      MetricDescription(
        "completions/clipped_ratio", better: .lower, isShare: true, basis: basis,
        "Share of completions truncated at max_completion_length."),
      MetricDescription(
        "completions/repetition", better: .lower, isShare: true, basis: basis,
        "Mean share of a completion's 4-token sequences that occurred earlier in it."),
      MetricDescription(
        "types/{type}/completions", unit: "completions", "Completions of rows of a type."),
      MetricDescription(
        "types/{type}/completions/mean_length", unit: "tokens", basis: basis,
        "Mean length of completions of rows of a type."),
    ]
  }()

  /// The scores of each reward.
  ///
  /// - Parameter inputs: the ports whose rows are judged.
  static func rewards(inputs: [String], settings: [String] = []) -> [MetricDescription] {
    let basis = MetricDescription.Basis.reward(settings: settings, inputs: inputs)
    return rewardMeans(basis) + [
      MetricDescription(
        "rewards/{reward}/std", basis: basis, "Standard deviation of a reward's scores."),
      MetricDescription(
        "rewards/{reward}/abstained", better: .lower, unit: "completions", basis: basis,
        "Completions that the reward could not score."),
      MetricDescription(
        "rewards/{reward}/errors", better: .lower, unit: "completions", basis: basis,
        "Completions on which the reward failed."),
      MetricDescription(
        "types/{type}/rewards/{reward}/mean", better: .higher, basis: basis,
        "Mean of a reward's scores for rows of a type."),
    ]
  }

  /// The means of rewards; those that are 0 or 1 are shares.
  static func rewardMeans(
    _ basis: MetricDescription.Basis, isPerDataset: Bool = false
  ) -> [MetricDescription] {
    func shared(_ name: String) -> MetricDescription.Basis {
      if case .reward(_, let settings, let inputs) = basis {
        .reward(name, settings: settings, inputs: inputs)
      } else {
        basis
      }
    }
    return [
      MetricDescription(
        "rewards/accuracy/mean", better: .higher, isShare: true, isPerDataset: isPerDataset,
        basis: shared("accuracy"), "Share of completions whose answer is right."),
      MetricDescription(
        "rewards/format/mean", better: .higher, isShare: true, isPerDataset: isPerDataset,
        basis: shared("format"), "Share of completions in the required format."),
      MetricDescription(
        "rewards/{reward}/mean", better: .higher, isPerDataset: isPerDataset, basis: basis,
        "Mean of a reward's scores, before its weight."),
    ]
  }
}
