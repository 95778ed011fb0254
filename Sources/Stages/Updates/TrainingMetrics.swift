import Recipes
import Settings

/// What every stage that trains reports of an update beside its loss.
let updateMetrics: [MetricDescription] = [
  MetricDescription("grad_norm", "Norm of the gradient before it is clipped."),
  MetricDescription("learning_rate", "Learning rate of the update."),
  MetricDescription("epoch", unit: "epochs", "Passes over the data so far."),
  MetricDescription(
    "num_tokens", unit: "tokens", "Tokens trained on so far, including those of prompts."),
]

/// What pretraining and fine-tuning report.
///
/// - Parameter settings: what of the kind's own settings decides the tokens that are scored.
func textMetrics(settings: [String]) -> [MetricDescription] {
  let settings = settings + ["max_length"]
  return [
    MetricDescription(
      "loss", better: .lower, basis: .only(settings: settings, inputs: ["data"]), headline: .loss,
      "Mean negative log-probability of the update's scored tokens."),
    MetricDescription(
      "eval_loss", better: .lower, basis: .only(settings: settings, inputs: ["eval_data"]),
      headline: .loss,
      "The same for all held-out rows."),
  ] + updateMetrics
}
