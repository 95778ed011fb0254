import Neural
import Recipes
import Settings
import Workflow

/// How the learning rate moves over a stage, as transformers names it.
enum SchedulerType: String, FieldChoice {
  case constant, linear, cosine
  case constantWithWarmup = "constant_with_warmup"
}

/// The optimizer's settings, shared by every stage that trains; names and defaults are TRL's.
struct OptimizationOptions: Configuration {
  var learningRate = 2e-5
  var scheduler = SchedulerType.linear
  var warmupRatio = 0.0
  var warmupSteps = 0
  var minimumRatio = 0.0
  var weightDecay = 0.0
  var beta1 = 0.9
  var beta2 = 0.999
  var epsilon = 1e-8
  var maxGradNorm = 1.0
  var microBatchTokens = 2048
  var gradientCheckpointing = false
  /// nil: all weights are trained. Only some kinds have the field.
  var peft: PEFTConfiguration?

  static let fields: [Field<Self>] = [
    Field(
      "learning_rate", \.learningRate, range: 0...1, exclusiveMinimum: true,
      "Peak learning rate of AdamW."),
    Field(
      "lr_scheduler_type", \.scheduler,
      "How the learning rate falls after the warm-up."),
    Field(
      "warmup_ratio", \.warmupRatio, range: 0...1,
      "Share of the updates over which the learning rate rises from 0."),
    Field(
      "warmup_steps", \.warmupSteps, range: 0...1e9, unit: "updates",
      "Updates over which the learning rate rises from 0; overrides warmup_ratio if not 0."),
    Field(
      "min_lr_rate", \.minimumRatio, range: 0...1,
      "Floor of the linear and cosine schedules, as a share of learning_rate."),
    Field(
      "weight_decay", \.weightDecay, range: 0...1,
      "Decoupled weight decay; norms and biases are exempt."),
    Field("adam_beta1", \.beta1, range: 0...0.9999, "Decay of AdamW's first moment."),
    Field("adam_beta2", \.beta2, range: 0...0.99999, "Decay of AdamW's second moment."),
    Field("adam_epsilon", \.epsilon, range: 0...1, exclusiveMinimum: true, "AdamW's epsilon."),
    Field(
      "max_grad_norm", \.maxGradNorm, range: 0...1e9,
      "Gradients above this norm are scaled down to it; 0 switches clipping off."),
    Field(
      "micro_batch_tokens", \.microBatchTokens, range: 16...1e7, unit: "tokens",
      "Tokens computed at a time; bounds memory, and changes results only by rounding."),
    Field(
      "gradient_checkpointing", \.gradientCheckpointing, affectsOutput: false,
      """
      Keep only the input of each layer and recompute the layer in its backward pass: less memory, \
      more time, the same bits.
      """),
  ]

  /// For kinds that can train adapters alone.
  static let peftField = Field<Self>(
    "peft_config", \.peft,
    """
    Train low-rank adapters (LoRA) and keep the model's own weights; the stage outputs the merged \
    model, and its adapters for `export --format peft`. null: train all weights.
    """)

  var problems: [ConfigProblem] {
    let constant =
      scheduler == .constant && (warmupSteps > 0 || warmupRatio > 0)
      ? [
        ConfigProblem(
          "lr_scheduler_type", "constant has no warm-up; use constant_with_warmup")
      ] : []
    return constant + (peft?.problems ?? [])
  }

  /// Gradients and updates of `model` under these settings, as they were at a checkpoint.
  ///
  /// - Parameters:
  ///   - seed: of what adapters begin with.
  ///   - support: the tokens that log-probabilities are taken over.
  func session(
    _ model: LanguageModel, seed: UInt64, from checkpoint: Checkpoint?,
    over support: TokenSupport = .head
  ) throws -> TrainingSession {
    let session = TrainingSession(
      model: model,
      optimizer: AdamWOptions(
        beta1: beta1, beta2: beta2, epsilon: epsilon, weightDecay: weightDecay),
      adapters: peft.map { Adapters(of: model, options: $0.options, seed: seed) },
      activationTokens: microBatchTokens, recomputesActivations: gradientCheckpointing,
      over: support)
    if let checkpoint { try CheckpointFiles.restore(session, from: checkpoint) }
    return session
  }

  var clipNorm: Double? { maxGradNorm > 0 ? maxGradNorm : nil }

  /// The learning rate of update `step` (from 1) of `total`.
  func learningRate(step: Int, of total: Int) -> Double {
    let warmup =
      scheduler == .constant
      ? 0 : warmupSteps > 0 ? warmupSteps : Int((warmupRatio * Double(total)).rounded(.up))
    let schedule: LearningRateSchedule =
      switch scheduler {
      case .constant, .constantWithWarmup: .constant(warmupSteps: warmup)
      case .linear: .linear(warmupSteps: warmup, floor: minimumRatio)
      case .cosine: .cosine(warmupSteps: warmup, floor: minimumRatio)
      }
    return learningRate * schedule.factor(step: step - 1, of: total)
  }
}
