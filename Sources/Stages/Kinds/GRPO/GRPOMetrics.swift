import Recipes
import Settings

extension GRPO {
  /// The settings and inputs that decide the total reward of a completion.
  private static let total = ["reward_funcs", "reward_weights"]
  private static let judged = ["data", "reward_model"]

  static let metrics: [MetricDescription] =
    policyLoss + rewardMetrics + RolloutMetrics.rewards(inputs: ["data"])
    + RolloutMetrics.completions
    + evolutionMetrics + lossMetrics + updateMetrics + heldOutMetrics

  static func metricWords(_ config: GRPOConfiguration) -> [String: [String]] {
    ["reward": config.rewardFuncs.map(\.label)]
  }

  private static let rewardMetrics: [MetricDescription] = {
    let basis = MetricDescription.Basis.only(settings: total, inputs: judged)
    return [
      MetricDescription(
        "reward", better: .higher, basis: basis, headline: .trend,
        "Mean of the completions' total rewards."),
      MetricDescription(
        "types/{type}/reward", better: .higher, basis: basis,
        "The same for rows of a type."),
      RewardWatch.metricDescription(basis: basis),
      MetricDescription(
        "reward_std", basis: basis, "Standard deviation of the completions' total rewards."),
      MetricDescription(
        "frac_reward_zero_std", better: .lower, isShare: true,
        basis: .only(settings: total + ["num_generations"], inputs: judged),
        "Share of groups whose rewards are all equal, which give no signal."),
      MetricDescription(
        "dynamic_sampling/rounds", unit: "rounds", "Rounds of sampling for the batch."),
      MetricDescription(
        "dynamic_sampling/groups", unit: "groups", "Groups sampled for the batch."),
      MetricDescription(
        "dynamic_sampling/kept", unit: "groups", "Groups with a signal."),
      MetricDescription(
        "dynamic_sampling/reward", better: .higher, basis: basis,
        "Mean total reward of all sampled completions, including those left out."),
    ]
  }()

  private static let evolutionMetrics: [MetricDescription] = {
    let sampled = MetricDescription.Basis.only(
      settings: RolloutMetrics.sampling + ["schedule"], inputs: ["data"])
    return [
      MetricDescription(
        "reflection/{word}", unit: "words", basis: sampled,
        "Mean number of reflection words per completion: `words` is the sum of all of them."),
      MetricDescription(
        "language/{language}", isShare: true, basis: sampled,
        "Share of the thoughts' words in a language."),
      MetricDescription(
        "accuracy/difficulty/{level}", better: .higher, isShare: true,
        basis: .reward("accuracy", inputs: ["data"]),
        "Accuracy on rows of a difficulty."),
      MetricDescription(
        "completions/distinct_answers", unit: "answers", basis: sampled,
        "Mean number of different answers in a group."),
    ]
  }()

  private static let policyLoss: [MetricDescription] = {
    let basis = MetricDescription.Basis.only(
      settings: total + [
        "loss_type", "importance_sampling_level", "epsilon", "epsilon_high", "delta", "beta",
        "kl_estimator", "kl_in_reward", "use_bias_correction_kl", "advantage_estimator",
        "scale_rewards", "normalize_advantages", "mask_truncated_completions",
      ], inputs: judged)
    return [
      MetricDescription(
        "loss", basis: basis, headline: .loss,
        "The clipped policy loss; it is near 0 by construction, and its size says nothing about "
          + "quality.")
    ]
  }()

  private static let lossMetrics: [MetricDescription] = {
    let divergence = MetricDescription.Basis.only(
      settings: [
        "kl_estimator", "kl_in_reward", "sync_ref_model", "ref_model_sync_steps",
        "ref_model_mixup_alpha", "temperature", "schedule",
      ], inputs: ["model", "data"])
    let clipping = MetricDescription.Basis.only(
      settings: [
        "loss_type", "importance_sampling_level", "epsilon", "epsilon_high", "delta",
        "steps_per_generation", "num_iterations",
      ], inputs: ["data"])
    let shares = [
      ("low_mean", "Share of ratios clipped below"), ("high_mean", "Share clipped above"),
      ("region_mean", "Share clipped on either side"),
      ("low_min", "Smallest share clipped below in a completion"),
      ("high_max", "Largest share clipped above in a completion"),
    ].map { name, words in
      MetricDescription(
        "clip_ratio/\(name)", better: .lower, isShare: true, basis: clipping, "\(words).")
    }
    return [
      MetricDescription(
        "kl", better: .lower, basis: divergence,
        "KL divergence from the reference model, per token; recorded when beta is not 0."),
      MetricDescription(
        "entropy", unit: "nats",
        basis: .only(settings: RolloutMetrics.sampling + ["schedule"], inputs: ["data"]),
        "Mean entropy of the policy's next-token distributions."),
    ] + shares + [
      MetricDescription("ratio/mean", basis: clipping, "Mean ratio of new to old probability."),
      MetricDescription("ratio/min", basis: clipping, "Smallest ratio."),
      MetricDescription("ratio/max", basis: clipping, "Largest ratio."),
      MetricDescription(
        "exp_clamped", better: .lower, unit: "tokens", basis: clipping,
        "Exponents that were clamped to stay finite."),
      MetricDescription(
        "sampling/sampling_logp_difference/mean", better: .lower,
        "Mean distance of the generator's log-probabilities from the trainer's."),
      MetricDescription(
        "sampling/sampling_logp_difference/max", better: .lower, "The largest such distance."),
      MetricDescription(
        "staleness", unit: "updates", "Updates since the completions were sampled."),
    ]
  }()

  /// Of greedy answers to `eval_data`.
  private static let heldOutMetrics: [MetricDescription] = {
    let settings = ["max_completion_length", "stop", "repetition_penalty", "schedule"]
    let lengths = MetricDescription.Basis.only(settings: settings, inputs: ["eval_data"])
    let rewards = RolloutMetrics.rewards(inputs: ["eval_data"], settings: settings)
    return rewards.map { $0.prefixed("eval_", basis: $0.basis, "on eval_data") }
      + RolloutMetrics.completions.map {
        $0.prefixed("eval_", basis: $0.basis == .nothing ? .nothing : lengths, "on eval_data")
      }
  }()
}
