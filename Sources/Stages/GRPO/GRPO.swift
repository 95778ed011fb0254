import Foundation
import Neural
import Randomness
import Recipes
import Workflow

/// Group relative policy optimization: sample a group of completions for each prompt, judge them,
/// reinforce what was better than its group (Shao et al., arXiv 2402.03300; Guo et al., Nature 645).
struct GRPO: StageKind {
  static let name = "grpo"
  static let revision = 1
  static let summary = "Reinforces completions that score above the mean of their group."
  static let inputs = [
    InputPort("model", .model, "The policy to start from, and the reference."),
    InputPort("data", .dataset, multiple: true, "Prompts with what their rewards need."),
    InputPort("eval_data", .dataset, required: false, "Held-out prompts, answered greedily."),
  ]
  static let outputs = [OutputPort("model", .model, "The trained policy.")]

  static func run(
    _ config: GRPOConfiguration, in context: any StageContext
  ) throws -> StageOutput {
    let start = context.resumePoint
    let policy = try start.map(CheckpointFiles.model(in:)) ?? loadModel(context.input("model"))
    var reference = try ReferenceModel(config, start: start, in: context)
    let prompts = try PromptSet(context.inputs("data"), model: policy, log: context.log)
    let held = try PromptSet(context.inputs("eval_data"), model: policy, log: context.log)
    var plan = try prompts.epochPlan(promptsPerStep: config.promptsPerStep, seed: context.seed)
    let total = config.maxSteps ?? plan.steps(epochs: config.numTrainEpochs)
    let rewards = try RewardSet(config.rewardFuncs, weights: config.rewardWeights)
    let sampler = try RolloutSampler(
      model: policy, sampling: config.sampling, rewards: rewards, seed: context.seed)
    let session = TrainingSession(
      model: policy, optimizer: config.optimization.adamW,
      activationTokens: config.optimization.microBatchTokens)
    if let start {
      try session.restore(
        optimizerState: CheckpointFiles.file(CheckpointFiles.optimizer, in: start))
    }
    var state = try start.map { try CheckpointFiles.state(GRPOState.self, in: $0) } ?? GRPOState()
    context.begin(totalSteps: total, unit: "update")
    for step in stride(from: (start?.step ?? 0) + 1, through: total, by: 1) {
      let clock = ContinuousClock().now
      let batch = plan.batch(step: step)
      let rollouts = try sampler.sample(
        batch.rows.map { prompts.prompts[$0] }, count: config.numGenerations, step: step,
        in: context)
      var update = try PolicyUpdate(
        rollouts, config: config, rewards: rewards, step: step, session: session,
        reference: reference.scorer)
      try update.accumulateGradient(session, reference: reference.scorer, in: context)
      try requireFinite(update.loss, "loss", step: step)
      let rate = config.optimization.learningRate(step: step, of: total)
      let norm = session.update(learningRate: rate, maxGradNorm: config.optimization.clipNorm)
      try requireFinite(norm, "gradient norm", step: step)
      context.record(
        rollouts.enumerated().map { index, rollout in
          sampler.row(
            rollout, step: step, reward: update.rewards[index],
            advantage: update.advantages.values[index])
        })
      state.tokens += update.tokens
      if step.isMultiple(of: config.loggingSteps) || step == total {
        context.record(
          step: step,
          update.metrics.merging([
            "grad_norm": norm, "learning_rate": rate, "epoch": batch.epoch,
            "num_tokens": Double(state.tokens),
          ]) { $1 }.merging(timing(since: clock, tokens: update.tokens)) { $1 })
      }
      try reference.follow(policy, step: step)
      if !held.prompts.isEmpty,
        step == total || (config.evalSteps > 0 && step.isMultiple(of: config.evalSteps))
      {
        try context.record(
          step: step, greedyEvaluation(held.prompts, policy, config, rewards, in: context))
      }
      try context.stepDone(step) {
        try CheckpointFiles.training(
          session, model: policy, state: state, step: step, more: reference.files())
      }
    }
    return StageOutput(["model": Artifact(files: try policy.files(dtype: .f32))])
  }

  /// Rewards of greedy answers to held-out prompts, under `eval_` names.
  private static func greedyEvaluation(
    _ prompts: [PreparedPrompt], _ policy: LanguageModel, _ config: GRPOConfiguration,
    _ rewards: RewardSet, in context: any StageContext
  ) throws -> [String: Double] {
    var sampling = config.sampling
    sampling.temperature = 0
    let sampler = try RolloutSampler(
      model: policy, sampling: sampling, rewards: rewards, seed: context.seed)
    let rollouts = try sampler.probe(prompts, in: context)
    let metrics = RolloutMetrics(rollouts, names: rewards.names).values
    return Dictionary(uniqueKeysWithValues: metrics.map { ("eval_\($0.key)", $0.value) })
  }
}

/// What grpo keeps beside weights, moments and a moved reference.
struct GRPOState: Codable, Equatable {
  var tokens = 0
}
