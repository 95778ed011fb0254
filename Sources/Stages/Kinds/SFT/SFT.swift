import Recipes
import Settings
import Workflow

/// Supervised fine-tuning on prompts and completions.
struct SFT: StageKind {
  struct Config: Configuration {
    var completionOnlyLoss = true
    var training = SupervisedOptions()

    static let fields: [Field<Self>] =
      [
        Field(
          "completion_only_loss", \.completionOnlyLoss,
          "Train only on the completion's tokens, not on the prompt's.")
      ] + SupervisedOptions.fields.map { $0.lifted(to: \.training) }
      + [OptimizationOptions.peftField.lifted(to: \.optimization).lifted(to: \.training)]

    var problems: [ConfigProblem] { training.problems }

    /// The tokens that are trained on.
    var scored: ScoredTokens { completionOnlyLoss ? .completion : .everyToken }
  }

  static let name = "sft"
  static let revision = 1
  static let summary = "Fine-tunes a model on prompts and completions."
  static let inputs = supervisedInputs(data: "Rows of prompt and completion, or messages.")
  static let outputs = [OutputPort("model", .model, "The trained model.")]
  static let metrics = textMetrics(settings: ["completion_only_loss"])
  static let trainer: TRLTrainer? = TRLTrainer(
    configuration: "SFTConfig",
    settings: [
      SettingElsewhere(
        "completion_only_loss", "None",
        """
        true; in TRL None trains only on completions for rows with a prompt and a completion, and on \
        all tokens of messages. Set false to train on every token.
        """)
    ])

  static func methods(
    _ config: Config, inputs: [String: [InputReference]]
  ) -> [String: String] { config.training.length.methods }

  static func run(_ config: Config, in context: any StageContext) throws -> StageOutput {
    try superviseModel(config.training, scored: config.scored, in: context)
  }
}
