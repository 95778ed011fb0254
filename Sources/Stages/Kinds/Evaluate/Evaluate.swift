import Foundation
import Neural
import Randomness
import Recipes
import Settings
import Trace
import Workflow

/// Answers every row of a held-out set `n_samples` times and reports accuracy with its interval.
struct Evaluate: StageKind {
  struct Config: Configuration {
    var nSamples = 1
    var k = [1]
    var rewardFuncs: [RewardSpec] = ["accuracy", "format"]
    var promptsPerStep = 64
    var judge: PairJudgeSpec?
    var sampling: SamplingConfiguration = {
      var sampling = SamplingConfiguration()
      sampling.temperature = 0
      return sampling
    }()

    static let fields: [Field<Self>] =
      [
        Field(
          "n_samples", \.nSamples, range: 1...4096, unit: "completions",
          "Completions per row; above 1, set a temperature."),
        Field(
          "k", \.k,
          "The k of pass@k and maj@k (the paper's cons@k); pass@1 is always reported."),
        Field(
          "reward_funcs", \.rewardFuncs,
          "Rewards to report; accuracy must be one of them."),
        Field(
          "prompts_per_step", \.promptsPerStep, range: 1...65_536, unit: "prompts",
          "Rows between two points at which the stage can be resumed."),
        Field(
          "judge", \.judge,
          "The judge that compares the model's replies with the opponent's, in both orders, for "
            + "the win rate."),
      ] + SamplingConfiguration.fields.map { $0.lifted(to: \.sampling) }

    var problems: [ConfigProblem] {
      var problems = RewardSpec.problems(rewardFuncs, weights: nil)
      if !rewardFuncs.contains(where: { $0.label == "accuracy" }) {
        problems.append(ConfigProblem("reward_funcs", "must contain accuracy"))
      }
      if nSamples > 1, sampling.temperature == 0 {
        problems.append(
          ConfigProblem("n_samples", "greedy samples are all the same; set a temperature"))
      }
      problems += judge?.problems ?? []
      for k in k where k < 1 || k > nSamples {
        problems.append(ConfigProblem("k", "\(k) is not between 1 and n_samples (\(nSamples))"))
      }
      return problems
    }
  }

  static let name = "evaluate"
  static let revision = 3
  static let samples = true
  static let summary = "Measures accuracy on held-out rows: pass@k and maj@k with intervals."
  static let inputs = [
    InputPort("model", .model, "The model to measure."),
    InputPort(
      "data", .dataset, multiple: true,
      "Held-out prompts with their answers; several datasets are also reported separately."),
    InputPort(
      "reward_model", .rewardModel, required: false, multiple: true,
      "Reward models for reward_funcs or judge: { reward_model: STAGE }."),
    InputPort(
      "opponent", .model, required: false,
      "A model that answers the same rows; judge decides whose replies are better."),
    InputPort(
      "judge_model", .model, required: false, "The model that answers judge's template."),
  ]
  static let outputs: [OutputPort] = []

  static func judges(_ config: Config) -> Bool { config.rewardFuncs.contains(where: \.needsGold) }

  static func run(_ config: Config, in context: any StageContext) throws -> StageOutput {
    let judging = config.judge?.rewardModel
    let rewards = try RewardSet(
      config.rewardFuncs,
      models: context.inputs("reward_model").filter { input in
        judging == nil || config.rewardFuncs.contains { $0.rewardModel == input.stage }
          || input.stage != judging
      }, precision: context.resolvedPrecision, programs: context.programs)
    let opponent = try OpponentComparison(config, in: context)
    let sampling = try PromptSampling(config.sampling, rewards: rewards, in: context)
    let prompts = sampling.prompts
    var results =
      try context.resumePoint.map { try CheckpointFiles.state(EvaluationSuite.self, in: $0) }
      ?? EvaluationSuite(
        rewards: rewards.names, datasets: context.inputs("data").map(\.name))
    try rewards.requireGold(prompts.facts)
    describe(config, prompts, in: context)
    let steps = PromptSteps(prompts, of: config.promptsPerStep)
    try sampling.eachStep(steps, count: config.nSamples) {
      results
    } _: { step, rollouts in
      let first = (step - 1) * config.promptsPerStep
      let wins = try opponent?.wins(of: rollouts, from: first, step: step, in: context)
      results.add(rollouts, samples: config.nSamples, rewards: rewards, wins: wins)
      let isLast = step == steps.count
      for message in results.watch(rollouts, rewards, step: step, isLast: isLast) {
        context.log(message)
      }
      context.record(
        rollouts.compactMap { rollout in
          rollout.scores[results.all.accuracyIndex].map {
            Item(
              evaluation: context.stage, item: rollout.prompt.row.id, sample: rollout.sample,
              score: $0)
          }
        })
    }
    for message in results.watch?.summary ?? [] { context.log(message) }
    context.record(
      step: steps.count,
      results.metrics(k: config.k, stream: RandomStream(seed: context.seed, .evaluation)))
    try results.watch?.requireJudged()
    guard results.all.judged > 0 else {
      throw TrainingError(
        .reward,
        """
        accuracy could not grade all samples of any of the \(prompts.count) rows; `regimen samples` \
        shows the reasons
        """)
    }
    return StageOutput()
  }

  /// Puts into the log what the figures depend on: decoding, prompts and graders.
  private static func describe(
    _ config: Config, _ prompts: PromptSet, in context: any StageContext
  ) {
    guard context.resumePoint == nil else { return }
    let sampling = config.sampling
    context.log(
      "decoding: temperature \(sampling.temperature), top_p \(sampling.topP), top_k \(sampling.topK), "
        + "min_p \(sampling.minP), max_completion_length \(sampling.maxCompletionLength), "
        + "\(config.nSamples) samples a row")
    for (name, set) in prompts.facts.datasets.sorted(by: { $0.key < $1.key }) {
      let graders = set.verifiers.sorted().joined(separator: ", ")
      context.log(
        "dataset \(name): \(prompts.count(of: name)) rows, graded by \(graders); the first prompt: "
          + set.first.text.prefix(300).debugDescription)
    }
  }
}
