import Recipes
import Settings

extension RewardModel {
  private static let settings = [
    "loss_type", "text", "max_length", "center_rewards_coefficient",
  ]

  static let metrics: [MetricDescription] = {
    let basis = MetricDescription.Basis.only(
      settings: settings + ["balance_lengths"], inputs: ["data"])
    let held = MetricDescription.Basis.only(settings: settings, inputs: ["eval_data"])
    let own = scores(basis)
    let headlines: [String: MetricDescription.Headline] = ["loss": .loss, "accuracy": .last]
    return own
      + own.map {
        $0.prefixed("eval_", basis: held, headline: headlines[$0.name], "on eval_data")
      }
      + heldOut(held) + rows(basis) + updateMetrics
  }()

  private static func scores(_ basis: MetricDescription.Basis) -> [MetricDescription] {
    [
      MetricDescription(
        "loss", better: .lower, basis: basis, headline: .loss,
        "Mean loss of the update's pairs or rows."),
      MetricDescription(
        "accuracy", better: .higher, isShare: true, basis: basis,
        "Share of pairs or rows that the scores classify correctly."),
      MetricDescription(
        "margin", better: .higher, basis: basis,
        "Mean score of chosen replies, or those with label true, minus that of the others."),
      MetricDescription("mean_reward", basis: basis, "Mean of all scores."),
      MetricDescription("min_reward", basis: basis, "The lowest score."),
      MetricDescription("max_reward", basis: basis, "The highest score."),
    ]
  }

  private static func heldOut(_ basis: MetricDescription.Basis) -> [MetricDescription] {
    [
      MetricDescription(
        "eval_accuracy/low", better: .higher, isShare: true, basis: basis,
        "Lower end of the 95 % interval of eval_accuracy."),
      MetricDescription(
        "eval_accuracy/high", better: .higher, isShare: true, basis: basis,
        "Upper end of the 95 % interval of eval_accuracy."),
      MetricDescription(
        "eval_ece", better: .lower, isShare: true, basis: basis,
        "Expected calibration error: the distance of confidence from accuracy."),
      MetricDescription(
        "eval_length_accuracy", isShare: true, basis: basis,
        "The accuracy of always choosing the longer reply: a property of the rows."),
    ]
  }

  private static func rows(_ basis: MetricDescription.Basis) -> [MetricDescription] {
    [
      MetricDescription("items", unit: "rows", basis: basis, "Pairs or rows to train on."),
      MetricDescription(
        "dropped/{reason}", better: .lower, unit: "rows", basis: basis,
        "Pairs or rows left out: max_length, length_balance."),
      MetricDescription(
        "chosen_length", unit: "tokens", basis: basis, "Mean length of chosen replies."),
      MetricDescription(
        "rejected_length", unit: "tokens", basis: basis, "Mean length of rejected replies."),
    ]
  }
}
