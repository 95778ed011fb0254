import Recipes
import Settings

extension RewardScaling: FieldChoice {}
extension PolicyLossType: FieldChoice {}
extension AdvantageEstimator: FieldChoice {}
extension ImportanceSamplingLevel: FieldChoice {}

/// The settings of `grpo`; names are TRL's, and so are the defaults except for `beta`, which is R1's.
struct GRPOConfiguration: Configuration {
  enum KLEstimator: String, FieldChoice {
    case k1, k2, k3
  }

  var length = TrainingLength()
  var promptsPerStep = 8
  var numGenerations = 8
  var stepsPerGeneration = 1
  var numIterations = 1
  var rewardFuncs: [RewardSpec] = ["accuracy", "format"]
  var rewardWeights: [Double]?
  var dynamicSampling = false
  var maxNumGenBatches = 10
  var schedule: [ScheduledChange] = []
  var advantageEstimator = AdvantageEstimator.grpo
  var normalizeAdvantages = false
  var importanceSamplingLevel = ImportanceSamplingLevel.token
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
  var sampling = SamplingConfiguration()
  var optimization: OptimizationOptions = {
    var options = OptimizationOptions()
    options.learningRate = 1e-6
    return options
  }()

  var problems: [ConfigProblem] {
    var problems =
      optimization.problems + RewardSpec.problems(rewardFuncs, weights: rewardWeights)
      + ScheduledChange.problems(schedule)
    if lossType == .cispo, (epsilonHigh ?? 0) < 1 {
      problems.append(
        ConfigProblem(
          "epsilon_high",
          "is the largest weight of a token with loss_type: cispo; set it, for example to 5.0"
        ))
    }
    if lossType == .cispo, delta != nil {
      problems.append(ConfigProblem("delta", "has no effect with loss_type: cispo; leave it out"))
    }
    if normalizeAdvantages, advantageEstimator != .rloo {
      problems.append(
        ConfigProblem("normalize_advantages", "needs advantage_estimator: rloo"))
    }
    if klEstimator == .k1, !klInReward, beta > 0 {
      problems.append(
        ConfigProblem(
          "kl_estimator",
          "k1 in the loss has no expected gradient; set kl_in_reward: true, or k2 or k3"))
    }
    if klInReward, klEstimator != .k1 {
      problems.append(ConfigProblem("kl_in_reward", "needs kl_estimator: k1"))
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
      lossType: lossType, importanceSamplingLevel: importanceSamplingLevel, epsilon: epsilon,
      epsilonHigh: epsilonHigh, delta: delta,
      kl: beta > 0 && !klInReward
        ? KLPenalty(
          beta: beta, estimator: klEstimator == .k2 ? .k2 : .k3,
          biasCorrection: useBiasCorrectionKL) : nil)
  }
}
