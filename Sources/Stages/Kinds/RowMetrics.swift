import Recipes
import Settings

extension RowCollection {
  /// The metrics of every stage that makes a dataset.
  ///
  /// - Parameters:
  ///   - unit: what is kept or dropped.
  ///   - all: the metric that counts what there was to keep.
  static func metrics(_ basis: MetricDescription.Basis, unit: String, of all: String)
    -> [MetricDescription]
  {
    [
      MetricDescription(
        "kept", unit: unit, basis: basis, headline: .outOf(all), "Rows in the dataset so far."),
      MetricDescription(
        "dropped/{reason}", better: .lower, unit: unit, basis: basis,
        "Rows left out for a reason, such as a rule's name."),
      MetricDescription(
        "domains/{domain}/samples", unit: "rows", basis: basis,
        "Kept rows of a domain: a row's domain or type, else its dataset."),
      MetricDescription(
        "domains/{domain}/rounds", unit: "rounds", basis: basis,
        "Mean number of conversation rounds of its rows."),
      MetricDescription(
        "domains/{domain}/tokens", unit: "tokens", basis: basis,
        "Mean number of tokens of its rows' completions."),
    ]
  }

  /// A count of something on the way.
  static func count(
    _ name: String, better: MetricDescription.Better = .neither, unit: String,
    _ basis: MetricDescription.Basis, _ summary: String
  ) -> MetricDescription {
    MetricDescription(name, better: better, unit: unit, basis: basis, summary)
  }
}

/// The basis of the counts of a stage that samples from a model.
let sampledBasis = MetricDescription.Basis.everything(but: ["model"])

extension Filter {
  static let metrics: [MetricDescription] = {
    let basis = MetricDescription.Basis.everything(but: [])
    return [RowCollection.count("rows", unit: "rows", basis, "Rows processed so far.")]
      + RowCollection.metrics(basis, unit: "rows", of: "rows")
  }()
}

extension HumanReview {
  static let metrics: [MetricDescription] = {
    let basis = MetricDescription.Basis.everything(but: [])
    let counts = [
      ("rows", "Exported rows."), ("unchanged", "Rows that came back unchanged."),
      ("edited", "Rows that came back changed."), ("added", "Rows that were added."),
      ("removed", "Rows that did not come back."),
    ]
    return counts.map { RowCollection.count($0, unit: "rows", basis, $1) }
      + RowCollection.metrics(basis, unit: "rows", of: "rows")
  }()
}

extension Generate {
  static let metrics: [MetricDescription] =
    [
      RowCollection.count(
        "samples", unit: "completions", sampledBasis, "Completions written so far.")
    ] + RowCollection.metrics(sampledBasis, unit: "completions", of: "samples")
    + RolloutMetrics.completions
}

extension RejectionSampling {
  static let metrics: [MetricDescription] =
    [
      RowCollection.count("prompts", unit: "prompts", sampledBasis, "Prompts done so far."),
      RowCollection.count(
        "samples", unit: "completions", sampledBasis, "Completions sampled so far."),
      RowCollection.count(
        "prompts_solved", better: .higher, unit: "prompts", sampledBasis,
        "Prompts with a completion that was kept."),
      RowCollection.count(
        "pairs", unit: "pairs", sampledBasis, "Pairs of a kept and a wrong completion."),
    ] + RowCollection.metrics(sampledBasis, unit: "completions", of: "samples")
    + JudgedAnswers.declared + RolloutMetrics.completions
    + RolloutMetrics.rewards(
      inputs: ["data", "judge_model"], settings: RolloutMetrics.sampling + ["judge"])

  static func metricWords(_ config: Config) -> [String: [String]] {
    ["reward": ["accuracy", "format"]]
  }
}

extension JudgedAnswers {
  static let declared = [
    MetricDescription(
      "judge/undecided", better: .lower, unit: "completions", basis: sampledBasis,
      "Completions of the step that the judge left undecided."),
    MetricDescription(
      "judge/errors", better: .lower, unit: "completions", basis: sampledBasis,
      "Completions of the step on which the judge failed."),
    MetricDescription(
      "judge/correct", better: .higher, isShare: true, basis: sampledBasis,
      "Share of the decided completions that the judge considers correct."),
    MetricDescription(
      "judge/rule_agreement", better: .higher, isShare: true, basis: sampledBasis,
      "How often the rule of the accuracy reward agrees, where both decide."),
  ]
}

extension JudgedPairs {
  static let metrics: [MetricDescription] =
    [
      RowCollection.count("replies", unit: "completions", sampledBasis, "Replies sampled so far."),
      RowCollection.count(
        "replies_truncated", better: .lower, unit: "completions", sampledBasis,
        "Replies left out because they were truncated at max_completion_length."),
      RowCollection.count("rows", unit: "pairs", sampledBasis, "Pairs processed so far."),
      MetricDescription(
        "judge/order_agreement", better: .higher, isShare: true, basis: sampledBasis,
        "How often a judge gives the same verdict on a pair in both orders."),
      MetricDescription(
        "judge/mean_gap", basis: sampledBasis, "Mean verdict on the kept pairs."),
      MetricDescription(
        "chosen_length", unit: "tokens", basis: sampledBasis, "Mean length of chosen replies."),
      MetricDescription(
        "rejected_length", unit: "tokens", basis: sampledBasis, "Mean length of rejected replies."),
    ] + RowCollection.metrics(sampledBasis, unit: "pairs", of: "rows") + RolloutMetrics.completions
}
