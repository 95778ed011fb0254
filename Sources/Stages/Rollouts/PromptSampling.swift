import Datasets
import Workflow

/// The model of a stage, its prompts, and the completions that it writes for them: what stages that go
/// through their prompts once set up alike.
struct PromptSampling {
  let prompts: PromptSet
  let sampler: RolloutSampler
  private let context: any StageContext

  /// - Parameter asking: as in `PromptSet`.
  init(
    _ sampling: SamplingConfiguration, rewards: RewardSet = .none,
    asking: ((Row) throws -> Prompt)? = nil, in context: any StageContext
  ) throws {
    let model = try context.model()
    prompts = try PromptSet(
      context.inputs("data"), model: model, asking: asking, log: context.log)
    sampler = try RolloutSampler(
      model: model, sampling: sampling, rewards: rewards, seed: context.seed)
    self.context = context
  }

  /// Carries the stage out: `body` gets `count` completions of each prompt of a step.
  ///
  /// - Parameter state: what a checkpoint holds.
  func eachStep(
    _ steps: PromptSteps, count: Int, state: () -> some Encodable,
    _ body: (_ step: Int, [Rollout]) throws -> Void
  ) throws {
    try context.eachStep(of: steps.count, unit: "step") { step in
      try CheckpointFiles.checkpoint(of: state(), step: step)
    } _: { step in
      try body(step, sampler.sample(steps[step], count: count, step: step, in: context))
    }
  }
}
