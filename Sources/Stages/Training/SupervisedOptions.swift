import Recipes

/// What pretraining and fine-tuning share: how long, how much at a time, and what is kept.
struct SupervisedOptions: Configuration {
  var maxSteps: Int?
  var numTrainEpochs = 3.0
  var batchSize = 8
  var maxLength = 1024
  var packing = false
  var evalSteps = 0
  var loadBestModelAtEnd = false
  var loggingSteps = 1
  var optimization = OptimizationOptions()

  static let fields: [Field<Self>] =
    [
      Field(
        "max_steps", \.maxSteps, range: 1...1e9, unit: "updates",
        "Length of the stage; null: num_train_epochs decides."),
      Field(
        "num_train_epochs", \.numTrainEpochs, range: 0...1e6, exclusiveMinimum: true,
        "Passes over the data when max_steps is null; fractions count."),
      Field(
        "batch_size", \.batchSize, range: 1...65_536, unit: "rows",
        "Rows in an update; with packing, bins of max_length tokens."),
      Field(
        "max_length", \.maxLength, range: 2...1_048_576, unit: "tokens",
        "Longer rows are cut at their end."),
      Field(
        "packing", \.packing,
        """
        Count bins of max_length tokens, filled with whole rows, as a batch's unit; rows never \
        attend to one another either way.
        """),
      Field(
        "eval_steps", \.evalSteps, range: 0...1e9, unit: "updates",
        "How often the loss on eval_data is measured; 0: only at the end."),
      Field(
        "load_best_model_at_end", \.loadBestModelAtEnd,
        "Hand over the weights with the least eval_loss instead of the last."),
      Field(
        "logging_steps", \.loggingSteps, range: 1...1e9, unit: "updates", affectsOutput: false,
        "How often metrics are stored."),
    ] + OptimizationOptions.fields.map { $0.lifted(to: \.optimization) }

  var problems: [ConfigProblem] { optimization.problems }
}
