import Recipes
import Workflow

/// Group relative policy optimization: sample a group of completions for each prompt, score them,
/// and reinforce those that are better than their
/// group (Shao et al., arXiv 2402.03300; Guo et al., Nature 645).
struct GRPO: StageKind {
  static let name = "grpo"
  static let revision = 1
  static let samples = true
  static let summary = "Reinforces completions that score above the mean of their group."
  static let inputs = [
    InputPort("model", .model, "The initial policy, and the reference."),
    InputPort(
      "data", .dataset, multiple: true, scheduled: true,
      "Prompts with the columns that their rewards need; { from: $x, from_step: 100 } adds a "
        + "dataset later."),
    InputPort(
      "reward_model", .rewardModel, required: false, multiple: true,
      "Reward models for reward_funcs: { reward_model: STAGE }."),
    InputPort("eval_data", .dataset, required: false, "Held-out prompts, answered greedily."),
  ]
  static let outputs = [OutputPort("model", .model, "The trained policy.")]

  static func methods(
    _ config: GRPOConfiguration, inputs: [String: [InputReference]]
  ) -> [String: String] { config.length.methods }

  static func judges(_ config: GRPOConfiguration) -> Bool {
    config.rewardFuncs.contains(where: \.needsGold)
  }

  static func run(
    _ config: GRPOConfiguration, in context: any StageContext
  ) throws -> StageOutput {
    try PolicyTraining(config, in: context).run()
  }
}
