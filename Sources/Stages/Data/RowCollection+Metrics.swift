import Recipes
import Settings

extension MetricDescription.Basis {
  /// Of the counts of a stage that samples from a model.
  static let sampled = everything(but: ["model"])
}

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
}
