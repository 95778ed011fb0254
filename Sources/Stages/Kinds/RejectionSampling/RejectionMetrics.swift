import Recipes
import Settings

extension RejectionSampling {
  static let metrics: [MetricDescription] =
    [
      MetricDescription("prompts", unit: "prompts", basis: .sampled, "Prompts done so far."),
      MetricDescription(
        "samples", unit: "completions", basis: .sampled, "Completions sampled so far."),
      MetricDescription(
        "prompts_solved", better: .higher, unit: "prompts", basis: .sampled,
        "Prompts with a completion that was kept."),
      MetricDescription(
        "pairs", unit: "pairs", basis: .sampled, "Pairs of a kept and a wrong completion."),
    ] + RowCollection.metrics(.sampled, unit: "completions", of: "samples")
    + JudgedAnswers.declared + RolloutMetrics.completions
    + RolloutMetrics.rewards(
      inputs: ["data", "judge_model"], settings: RolloutMetrics.sampling + ["judge"])

  static func metricWords(_ config: Config) -> [String: [String]] {
    ["reward": ["accuracy", "format"]]
  }
}
