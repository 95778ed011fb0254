import Recipes
import Settings

/// The length of a training stage, and how often it evaluates and logs; names and defaults are
/// transformers'.
struct TrainingLength: Configuration {
  var maxSteps: Int?
  var numTrainEpochs = 3.0
  var evalSteps = 0
  var loggingSteps = 1

  static let fields: [Field<Self>] = [
    Field(
      "max_steps", \.maxSteps, range: 1...1e9, unit: "updates",
      "The length of the stage; null: num_train_epochs decides."),
    Field(
      "num_train_epochs", \.numTrainEpochs, range: 0...1e6, exclusiveMinimum: true,
      "Passes over the data when max_steps is null; fractions count."),
    Field(
      "eval_steps", \.evalSteps, range: 0...1e9, unit: "updates",
      "How often the model is evaluated on eval_data; 0: only at the end."),
    Field(
      "logging_steps", \.loggingSteps, range: 1...1e9, unit: "updates", affectsOutput: false,
      "How often metrics are stored."),
  ]

  /// Updates in all, of which `epochs` passes over the data take `steps(epochs)`.
  func total(steps: (_ epochs: Double) -> Int) -> Int { maxSteps ?? steps(numTrainEpochs) }

  /// The method in the keys of stages whose number of updates comes from a fraction that binary
  /// numbers cannot represent.
  var methods: [String: String] {
    let scaled = numTrainEpochs * 0x1p20
    guard maxSteps == nil, scaled != scaled.rounded() else { return [:] }
    return ["epochs": "decimal fractions"]
  }

  /// The ceiling of `epochs` x `perEpoch`, with `epochs` taken for the decimal number that it was
  /// written as: 1.1 epochs of 10 updates are 11 updates.
  ///
  /// - Parameter rest: the part of `epochs` that is meant, where it is not all of it.
  static func updates(epochs: Double, rest: Double? = nil, perEpoch: Double) -> Double {
    let product = (rest ?? epochs) * perEpoch
    let nearest = product.rounded()
    // Half an ulp of `epochs` is lost in reading it, as much at most in multiplying.
    let error = 2 * epochs.ulp * perEpoch
    return abs(product - nearest) <= error ? nearest : product.rounded(.up)
  }

  /// Whether held-out rows are measured after update `step` of `total`.
  func evaluates(after step: Int, of total: Int) -> Bool {
    step == total || (evalSteps > 0 && step.isMultiple(of: evalSteps))
  }

  /// Whether the metrics of update `step` of `total` are stored.
  func logs(_ step: Int, of total: Int) -> Bool {
    step == total || step.isMultiple(of: loggingSteps)
  }
}
