import Recipes

/// How long a training stage is, and how often it measures and logs on the way; names and defaults are
/// transformers'.
struct TrainingLength: Configuration {
  var maxSteps: Int?
  var numTrainEpochs = 3.0
  var evalSteps = 0
  var loggingSteps = 1

  static let fields: [Field<Self>] = [
    Field(
      "max_steps", \.maxSteps, range: 1...1e9, unit: "updates",
      "Length of the stage; null: num_train_epochs decides."),
    Field(
      "num_train_epochs", \.numTrainEpochs, range: 0...1e6, exclusiveMinimum: true,
      "Passes over the data when max_steps is null; fractions count."),
    Field(
      "eval_steps", \.evalSteps, range: 0...1e9, unit: "updates",
      "How often the stage is measured on eval_data; 0: only at the end."),
    Field(
      "logging_steps", \.loggingSteps, range: 1...1e9, unit: "updates", affectsOutput: false,
      "How often metrics are stored."),
  ]

  /// Updates in all, of which `epochs` passes over the data take `steps(epochs)`.
  func total(steps: (_ epochs: Double) -> Int) -> Int { maxSteps ?? steps(numTrainEpochs) }

  /// Whether held-out rows are measured after update `step` of `total`.
  func evaluates(after step: Int, of total: Int) -> Bool {
    step == total || (evalSteps > 0 && step.isMultiple(of: evalSteps))
  }

  /// Whether the metrics of update `step` of `total` are stored.
  func logs(_ step: Int, of total: Int) -> Bool {
    step == total || step.isMultiple(of: loggingSteps)
  }
}
