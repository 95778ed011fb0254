import Recipes

extension RewardScaling: FieldChoice {}
extension PolicyLossType: FieldChoice {}

/// The settings of `grpo`; names are TRL's, and so are the defaults except for `beta`, which is R1's.
struct GRPOConfiguration: Configuration {
  enum KLEstimator: String, FieldChoice {
    case k1, k2, k3
  }

  var maxSteps: Int?
  var numTrainEpochs = 3.0
  var promptsPerStep = 8
  var numGenerations = 8
  var stepsPerGeneration = 1
  var numIterations = 1
  var rewardFuncs: [RewardSpec] = ["accuracy", "format"]
  var rewardWeights: [Double]?
  var lossType = PolicyLossType.dapo
  var scaleRewards = RewardScaling.group
  var epsilon = 0.2
  var epsilonHigh: Double?
  var delta: Double?
  var beta = 0.001
  var klEstimator = KLEstimator.k3
  var klInReward = false
  var useBiasCorrectionKL = true
  var maskTruncatedCompletions = false
  var syncRefModel = false
  var refModelSyncSteps = 512
  var refModelMixupAlpha = 0.6
  var evalSteps = 0
  var loggingSteps = 1
  var sampling = SamplingConfiguration()
  var optimization: OptimizationOptions = {
    var options = OptimizationOptions()
    options.learningRate = 1e-6
    return options
  }()

  static let fields: [Field<Self>] =
    rolloutFields + lossFields
    + SamplingConfiguration.fields.map { $0.lifted(to: \.sampling) }
    + OptimizationOptions.fields.map { $0.lifted(to: \.optimization) }

  private static let rolloutFields: [Field<Self>] = [
    Field(
      "max_steps", \.maxSteps, range: 1...1e9, unit: "updates",
      "Length of the stage; null: num_train_epochs decides."),
    Field(
      "num_train_epochs", \.numTrainEpochs, range: 0...1e6, exclusiveMinimum: true,
      "Passes over the prompts when max_steps is null; fractions count."),
    Field(
      "prompts_per_step", \.promptsPerStep, range: 1...65_536, unit: "prompts",
      "Prompts in an update."),
    Field(
      "num_generations", \.numGenerations, range: 2...4096, unit: "completions",
      "Completions of each prompt: the group that advantages are relative to."),
    Field(
      "steps_per_generation", \.stepsPerGeneration, range: 1...65_536, unit: "updates",
      """
      Updates that share one batch of rollouts: it holds this many times prompts_per_step prompts, \
      dealt out at random.
      """),
    Field(
      "num_iterations", \.numIterations, range: 1...1024, unit: "passes",
      "Passes over a batch of rollouts, each of steps_per_generation updates."),
    Field(
      "reward_funcs", \.rewardFuncs,
      "Rewards that are summed: names (`list rewards`), or maps of a name and more."),
    Field(
      "reward_weights", \.rewardWeights,
      "Weights of the rewards in their order; null: as the entries say."),
    Field(
      "eval_steps", \.evalSteps, range: 0...1e9, unit: "updates",
      "How often eval_data is answered greedily and judged; 0: only at the end."),
    Field(
      "logging_steps", \.loggingSteps, range: 1...1e9, unit: "updates", affectsOutput: false,
      "How often metrics are stored."),
  ]

  private static let lossFields: [Field<Self>] = [
    Field(
      "loss_type", \.lossType,
      """
      How token losses are averaged: grpo per completion and then over completions, dapo (and bnpo) \
      over the update's tokens, dr_grpo by max_completion_length.
      """),
    Field(
      "scale_rewards", \.scaleRewards,
      "Divide advantages by the standard deviation of the group, of the batch, or not at all."),
    Field("epsilon", \.epsilon, range: 0...1e6, "Clip range of the ratio below 1."),
    Field(
      "epsilon_high", \.epsilonHigh, range: 0...1e6,
      "Clip range of the ratio above 1; null: epsilon."),
    Field(
      "delta", \.delta, range: 1...1e6, exclusiveMinimum: true,
      "Upper bound of the ratio for negative advantages, too; null: none."),
    Field(
      "beta", \.beta, range: 0...1e6,
      "Weight of the KL divergence from the reference model; 0 needs no reference."),
    Field(
      "kl_estimator", \.klEstimator,
      "k2 or k3 in the loss; k1 has no expected gradient there and goes with kl_in_reward."),
    Field(
      "kl_in_reward", \.klInReward,
      "Take beta times k1 off each completion's reward instead of adding a term to the loss."),
    Field(
      "use_bias_correction_kl", \.useBiasCorrectionKL,
      "Weight the KL term by the ratio, which makes its expected gradient that of the KL divergence."
    ),
    Field(
      "mask_truncated_completions", \.maskTruncatedCompletions,
      "Leave completions that hit max_completion_length out of the loss."),
    Field(
      "sync_ref_model", \.syncRefModel, "Move the reference model towards the policy on the way."),
    Field(
      "ref_model_sync_steps", \.refModelSyncSteps, range: 1...1e9, unit: "updates",
      "How often the reference moves."),
    Field(
      "ref_model_mixup_alpha", \.refModelMixupAlpha, range: 0...1,
      "Share of the policy in the moved reference; 1 replaces it, as R1 does."),
  ]

  var problems: [ConfigProblem] {
    var problems = optimization.problems + RewardSpec.problems(rewardFuncs, weights: rewardWeights)
    if klEstimator == .k1, !klInReward, beta > 0 {
      problems.append(
        ConfigProblem(
          "kl_estimator",
          "k1 in the loss has no expected gradient; set kl_in_reward: true, or k2 or k3"))
    }
    if klInReward, klEstimator != .k1 {
      problems.append(ConfigProblem("kl_in_reward", "goes with kl_estimator: k1"))
    }
    if let epsilonHigh, epsilonHigh < epsilon {
      problems.append(ConfigProblem("epsilon_high", "is below epsilon (\(epsilon))"))
    }
    if sampling.temperature == 0 {
      problems.append(
        ConfigProblem("temperature", "0 makes all completions of a group the same; use 1"))
    }
    return problems
  }

  var cycle: GenerationCycle {
    GenerationCycle(stepsPerGeneration: stepsPerGeneration, numIterations: numIterations)
  }

  /// The settings of the clipped loss.
  var loss: PolicyLossOptions {
    PolicyLossOptions(
      lossType: lossType, epsilon: epsilon, epsilonHigh: epsilonHigh, delta: delta,
      kl: beta > 0 && !klInReward
        ? KLPenalty(
          beta: beta, estimator: klEstimator == .k2 ? .k2 : .k3,
          biasCorrection: useBiasCorrectionKL) : nil)
  }
}
