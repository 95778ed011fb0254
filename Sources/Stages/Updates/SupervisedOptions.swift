import Randomness
import Recipes
import Settings

/// What pretraining and fine-tuning share: how long, how much at a time, and what is kept.
struct SupervisedOptions: Configuration {
  var length = TrainingLength()
  var batchSize = 8
  var maxLength = 1024
  var packing = false
  var loadBestModelAtEnd = false
  var optimization = OptimizationOptions()

  static let fields: [Field<Self>] =
    TrainingLength.fields.map { $0.lifted(to: \.length) }
    + [
      Field(
        "batch_size", \.batchSize, range: 1...65_536, unit: "rows",
        "Rows per update; with packing, bins of max_length tokens."),
      Field(
        "max_length", \.maxLength, range: 2...1_048_576, unit: "tokens",
        "Longer rows are truncated at their end."),
      Field(
        "packing", \.packing,
        """
        Fill bins of max_length tokens with whole rows and count bins instead of rows; rows never \
        attend to one another.
        """),
      Field(
        "load_best_model_at_end", \.loadBestModelAtEnd,
        "Output the weights with the lowest eval_loss instead of the last."),
    ] + OptimizationOptions.fields.map { $0.lifted(to: \.optimization) }

  var problems: [ConfigProblem] { optimization.problems }
}

extension TokenizedData {
  /// The order of the rows; throws when weights leave an epoch without a batch.
  func epochPlan(_ options: SupervisedOptions, seed: UInt64) throws -> EpochPlan {
    let plan = EpochPlan(
      parts: parts.plan, lengths: options.packing ? lengths : [],
      packLength: options.packing ? options.maxLength : nil, batchSize: options.batchSize,
      random: RandomStream(seed: seed, .dataOrder))
    try plan.requireRows()
    return plan
  }
}
