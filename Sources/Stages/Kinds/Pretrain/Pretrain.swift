import Recipes
import Settings
import Workflow

/// Next-token training on whole texts: every token but the first is trained on.
struct Pretrain: StageKind {
  struct Config: Configuration {
    var training: SupervisedOptions = {
      var options = SupervisedOptions()
      options.packing = true
      options.optimization.learningRate = 1e-3
      options.optimization.scheduler = .cosine
      return options
    }()

    static let fields: [Field<Self>] = SupervisedOptions.fields.map { $0.lifted(to: \.training) }

    var problems: [ConfigProblem] { training.problems }
  }

  static let name = "pretrain"
  static let revision = 1
  static let summary = "Trains a model on every token of whole texts."
  static let inputs = supervisedInputs(
    data: "Texts, or rows whose prompt and completion form one text.")
  static let outputs = [OutputPort("model", .model, "The trained model.")]
  static let metrics = textMetrics(settings: [])

  static func methods(
    _ config: Config, inputs: [String: [InputReference]]
  ) -> [String: String] { config.training.length.methods }

  static func run(_ config: Config, in context: any StageContext) throws -> StageOutput {
    try superviseModel(config.training, scored: .everyToken, in: context)
  }
}
