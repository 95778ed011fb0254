import Recipes
import Settings

/// A small catalog with the shapes that the real one has.
enum Fixture {
  static let catalog = RecipeCatalog(
    kinds: [
      KindDescription(
        name: "sft", revision: 1, summary: "Learns from completions.",
        fields: SFTFields.fields.map(\.description),
        inputs: [
          InputPort("model", .model, "The model to train."),
          InputPort("data", .dataset, multiple: true, "Rows to learn from."),
          InputPort("eval_data", .dataset, required: false, "Rows to watch."),
        ],
        outputs: [OutputPort("model", .model, "The trained model.")],
        problems: { SFTFields(values: $0).problems }),
      KindDescription(
        name: "grpo", revision: 3, summary: "Learns from rewards.",
        fields: GRPOFields.fields.map(\.description),
        inputs: [
          InputPort("model", .model, "The policy."), InputPort("data", .dataset, "Prompts."),
        ],
        outputs: [
          OutputPort("model", .model, "The policy."),
          OutputPort("reference", .model, "The last reference."),
        ],
        problems: { GRPOFields(values: $0).problems }),
      KindDescription(
        name: "rejection_sampling", revision: 1, summary: "Keeps what is right.", fields: [],
        inputs: [
          InputPort("model", .model, "The sampler."), InputPort("data", .dataset, "Prompts."),
        ],
        outputs: [OutputPort("dataset", .dataset, "Kept rows.")], problems: { _ in [] }),
      KindDescription(
        name: "evaluate", revision: 1, summary: "Measures.", fields: [],
        inputs: [
          InputPort("model", .model, "The model."), InputPort("data", .dataset, "Problems."),
        ], outputs: [], problems: { _ in [] }),
    ],
    model: SourceDescription(ModelFields.self), dataset: SourceDescription(DatasetFields.self))

  /// A recipe without mistakes.
  static let recipe = """
    recipe: tiny
    seed: 17
    models:
      base: { architecture: llama, hidden_size: 64 }
      real: { path: ../models/real.gguf }
    datasets:
      sums: { task: arithmetic, size: 100 }
      rows: { file: rows.jsonl, fields: { prompt: question } }
    stages:
      cold_start: { kind: sft, model: $base, data: [$rows, { from: $sums, weight: 0.25 }] }
      zero:
        kind: grpo
        model: $cold_start
        data: $sums
        learning_rate: 1e-4
        reward_funcs: [accuracy, format]
      rejection: { kind: rejection_sampling, model: $zero.reference, data: $sums }
      second: { kind: sft, model: $real, data: $rejection, num_train_epochs: 3 }
      evaluate: { kind: evaluate, model: $second, data: $rows }
    variants:
      no_format: { stages.zero.reward_funcs: [accuracy] }
    compare: { metric: evaluate.pass@1, baseline: tiny, seeds: [1, 2] }

    """

  static func file(_ text: String) throws(RecipeError) -> RecipeFile {
    try RecipeFile(text: text, file: "recipes/x.yaml", currentDirectory: "/proj")
  }

  static func load(
    _ text: String = recipe, variant: String? = nil, overrides: [String] = []
  ) throws(RecipeError) -> Recipe {
    try file(text).recipe(variant: variant, overrides: overrides, catalog: catalog)
  }

  /// What `validate` prints about a recipe.
  static func mistakes(_ text: String, overrides: [String] = []) -> String {
    do {
      _ = try file(text).check(overrides: overrides, catalog: catalog)
      return ""
    } catch { return error.description }
  }

  /// The messages alone, with line and column.
  static func messages(_ text: String, overrides: [String] = []) -> [String] {
    mistakes(text, overrides: overrides).split(separator: "\n").map(String.init).filter {
      $0.contains(": error: ")
    }.map { $0.replacing("recipes/x.yaml:", with: "").replacing(" error:", with: "") }
  }

  /// A recipe whose only stage has these settings beside its kind, model and data.
  static func stage(_ settings: String, kind: String = "sft") -> String {
    """
    recipe: x
    models: { base: {} }
    datasets: { rows: {} }
    stages:
      s:
        kind: \(kind)
        model: $base
        data: $rows
        \(settings)

    """
  }
}

struct SFTFields: Configuration {
  var learningRate = 2e-5
  var epochs = 3.0
  var maxSteps: Int?
  var packing = true
  var loggingSteps = 10
  static let fields: [Field<Self>] = [
    Field(
      "learning_rate", \.learningRate, range: 0...1, exclusiveMinimum: true, "Step size."),
    Field("num_train_epochs", \.epochs, range: 0...1e6, "Passes over the rows."),
    Field("max_steps", \.maxSteps, range: 1...1e9, unit: "updates", "Length; null: by epochs."),
    Field("packing", \.packing, "Several rows in a sequence."),
    Field(
      "logging_steps", \.loggingSteps, range: 1...(.infinity), unit: "updates",
      affectsOutput: false, "How often metrics are stored."),
  ]
}

struct GRPOFields: Configuration {
  enum Loss: String, FieldChoice {
    case grpo, dapo
    case drGRPO = "dr_grpo"
  }
  var learningRate = 1e-6
  var loss = Loss.dapo
  var rewards = ["accuracy"]
  var weights: [Double]?
  var epsilon = 0.2
  var epsilonHigh: Double?
  var gradNorm: Double? = 1
  static let fields: [Field<Self>] = [
    Field("learning_rate", \.learningRate, range: 0...1, "Step size."),
    Field("loss_type", \.loss, "How token losses are averaged."),
    Field("reward_funcs", \.rewards, "Rewards that are summed."),
    Field("reward_weights", \.weights, range: 0...10, "Their weights."),
    Field("epsilon", \.epsilon, range: 0...1, "Clip range."),
    Field("epsilon_high", \.epsilonHigh, range: 0...1, "Upper clip range."),
    Field("max_grad_norm", \.gradNorm, range: 0...100, "Clips gradients; null: never."),
  ]
  var problems: [ConfigProblem] {
    guard let high = epsilonHigh, high < epsilon else { return [] }
    return [ConfigProblem("epsilon_high", "must not be below epsilon")]
  }
}

struct ModelFields: Configuration {
  enum Architecture: String, FieldChoice { case llama, qwen2 }
  var path: FilePath?
  var architecture = Architecture.llama
  var hiddenSize = 128
  var vocabulary: FilePath?
  static let fields: [Field<Self>] = [
    Field("path", \.path, "A checkpoint."),
    Field("architecture", \.architecture, "The decoder of a new model."),
    Field("hidden_size", \.hiddenSize, range: 2...65_536, "Its width."),
    Field("vocabulary", \.vocabulary, "A list of tokens."),
  ]
}

struct DatasetFields: Configuration {
  var task: String?
  var size = 1000
  var file: FilePath?
  var fields: [String: String] = [:]
  static let fields: [Field<Self>] = [
    Field("task", \.task, "What generates the rows."),
    Field("size", \.size, range: 1...1e9, unit: "rows", "How many."),
    Field("file", \.file, "A JSONL file."),
    Field("fields", \.fields, "Where a row's parts are."),
  ]
  var problems: [ConfigProblem] {
    task != nil && file != nil ? [ConfigProblem("file", "takes no task beside it")] : []
  }
}
