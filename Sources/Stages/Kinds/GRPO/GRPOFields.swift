import Recipes
import Settings

extension GRPOConfiguration {
  static let fields: [Field<Self>] =
    TrainingLength.fields.map { $0.lifted(to: \.length) } + rolloutFields + rewardFields
    + lossFields + penaltyFields
    + SamplingConfiguration.fields.map { $0.lifted(to: \.sampling) }
    + (OptimizationOptions.fields + [OptimizationOptions.peftField]).map {
      $0.lifted(to: \.optimization)
    }

  private static let rolloutFields: [Field<Self>] = [
    Field(
      "prompts_per_step", \.promptsPerStep, range: 1...65_536, unit: "prompts",
      "Prompts per update."),
    Field(
      "num_generations", \.numGenerations, range: 2...4096, unit: "completions",
      "Completions per prompt: the group that advantages are relative to."),
    Field(
      "steps_per_generation", \.stepsPerGeneration, range: 1...65_536, unit: "updates",
      """
      Updates that share one batch of rollouts: the batch has this many times prompts_per_step \
      prompts, dealt out at random.
      """),
    Field(
      "num_iterations", \.numIterations, range: 1...1024, unit: "passes",
      "Passes over a batch of rollouts, each of steps_per_generation updates."),
    Field(
      "dynamic_sampling", \.dynamicSampling,
      """
      Replace groups whose rewards are all equal by groups of other prompts, until every group of \
      the batch has a signal (DAPO).
      """),
    Field(
      "max_num_gen_batches", \.maxNumGenBatches, range: 1...1000, unit: "rounds",
      """
      The most rounds of sampling for one batch with dynamic_sampling; after them, groups without \
      a signal fill the batch.
      """),
    Field(
      "schedule", \.schedule,
      """
      Settings that change at an update: [{ at_step: 1300, temperature: 0.7 }]. Datasets and \
      rewards have their own from_step and until_step.
      """),
  ]

  private static let rewardFields: [Field<Self>] = [
    Field(
      "reward_funcs", \.rewardFuncs,
      "Rewards to sum: names (`list rewards`), or maps with a name and settings."),
    Field(
      "reward_weights", \.rewardWeights,
      "Weights of the rewards in order; null: those of the entries."),
    Field(
      "advantage_estimator", \.advantageEstimator,
      """
      The baseline of a reward: grpo the mean of its group, rloo the mean of the others of its \
      group, reinforce_plus_plus the mean of the step, reinforce_plus_plus_baseline the mean of \
      its group, divided by the step's standard deviation.
      """),
    Field(
      "scale_rewards", \.scaleRewards,
      "With grpo: divide advantages by the standard deviation of the group, of the batch, or not at all."
    ),
    Field(
      "normalize_advantages", \.normalizeAdvantages,
      "With rloo: normalise the step's advantages to mean 0 and standard deviation 1."),
  ]

  private static let lossFields: [Field<Self>] = [
    Field(
      "loss_type", \.lossType,
      """
      How token losses are averaged: grpo per completion and then over completions, dapo (and bnpo) \
      over the update's tokens, dr_grpo by max_completion_length; cispo like dapo, with the ratio \
      as a bounded weight instead of a clipped one.
      """),
    Field(
      "importance_sampling_level", \.importanceSamplingLevel,
      "Take the ratio of each token, or of the whole completion (sequence, GSPO)."),
    Field("epsilon", \.epsilon, range: 0...1e6, "Clip range of the ratio below 1."),
    Field(
      "epsilon_high", \.epsilonHigh, range: 0...1e6,
      "Clip range of the ratio above 1; for cispo its largest weight; null: epsilon."),
    Field(
      "delta", \.delta, range: 1...1e6, exclusiveMinimum: true,
      "Upper bound of the ratio that also applies to negative advantages; null: none."),
  ]

  private static let penaltyFields: [Field<Self>] = [
    Field(
      "beta", \.beta, range: 0...1e6,
      "Weight of the KL divergence from the reference model; 0 needs no reference."),
    Field(
      "kl_estimator", \.klEstimator,
      "k2 or k3 in the loss; k1 has no expected gradient there and needs kl_in_reward."),
    Field(
      "kl_in_reward", \.klInReward,
      "Subtract beta times k1 from each completion's reward instead of adding a term to the loss."),
    Field(
      "use_bias_correction_kl", \.useBiasCorrectionKL,
      "Weight the KL term by the ratio, which makes its expected gradient that of the KL divergence."
    ),
    Field(
      "mask_truncated_completions", \.maskTruncatedCompletions,
      "Leave completions that hit max_completion_length out of the loss."),
    Field(
      "sync_ref_model", \.syncRefModel,
      "Move the reference model towards the policy during training."),
    Field(
      "ref_model_sync_steps", \.refModelSyncSteps, range: 1...1e9, unit: "updates",
      "How often the reference moves."),
    Field(
      "ref_model_mixup_alpha", \.refModelMixupAlpha, range: 0...1,
      "Share of the policy in the moved reference; 1 replaces it, as R1 does."),
  ]
}
