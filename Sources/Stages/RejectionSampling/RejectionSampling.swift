import Datasets
import Foundation
import Neural
import Randomness
import Recipes
import Workflow

/// Samples completions of each prompt and keeps those that pass, as a dataset.
struct RejectionSampling: StageKind {
  enum Keep: String, FieldChoice {
    /// Those that the accuracy reward scores 1.
    case correct
    case all
  }

  struct Config: Configuration {
    var numGenerations = 8
    var keep = Keep.correct
    var requireFormat = false
    var dedupe = true
    var keepTruncated = false
    var minCompletionLength = 0
    var maxPerPrompt: Int?
    var maxPrompts: Int?
    var promptsPerStep = 32
    var sampling = SamplingConfiguration()

    static let fields: [Field<Self>] =
      [
        Field(
          "num_generations", \.numGenerations, range: 1...4096, unit: "completions",
          "Completions sampled for each prompt."),
        Field("keep", \.keep, "Keep completions whose accuracy is 1, or all of them."),
        Field(
          "require_format", \.requireFormat, "Keep only completions whose format reward is 1."),
        Field("dedupe", \.dedupe, "Keep equal completions of a prompt once."),
        Field(
          "keep_truncated", \.keepTruncated, "Keep completions cut at max_completion_length, too."),
        Field(
          "min_completion_length", \.minCompletionLength, range: 0...1_048_576, unit: "tokens",
          "Drop shorter completions."),
        Field(
          "max_per_prompt", \.maxPerPrompt, range: 1...4096, unit: "completions",
          "Keep at most this many of a prompt, the first sampled; null: all."),
        Field(
          "max_prompts", \.maxPrompts, range: 1...1e9, unit: "prompts",
          "Work through this many prompts only, drawn at random; null: all."),
        Field(
          "prompts_per_step", \.promptsPerStep, range: 1...65_536, unit: "prompts",
          "Prompts between two points where the stage can be resumed."),
      ] + SamplingConfiguration.fields.map { $0.lifted(to: \.sampling) }
  }

  static let name = "rejection_sampling"
  static let revision = 2
  static let summary = "Samples completions and keeps those that pass, as a dataset."
  static let inputs = [
    InputPort("model", .model, "The model that writes."),
    InputPort("data", .dataset, multiple: true, "Prompts with what accuracy needs."),
  ]
  static let outputs = [OutputPort("data", .dataset, "Prompts with the kept completions.")]

  static func run(_ config: Config, in context: any StageContext) throws -> StageOutput {
    let model = try context.model()
    let all = try PromptSet(context.inputs("data"), model: model, log: context.log).prompts
    // A file may be sorted: a random part stands for all of it.
    var order = RandomStream(seed: context.seed, 0x9A27)
    let prompts = order.permutation(all.count).prefix(config.maxPrompts ?? all.count).sorted()
      .map { all[$0] }
    let rewards = try RewardSet(["accuracy", "format"])
    let sampler = try RolloutSampler(
      model: model, sampling: config.sampling, rewards: rewards, seed: context.seed)
    var state =
      try context.resumePoint.map { try CheckpointFiles.state(State.self, in: $0) } ?? State()
    let steps = stride(from: 0, to: prompts.count, by: config.promptsPerStep).map {
      prompts[$0..<min($0 + config.promptsPerStep, prompts.count)]
    }
    context.begin(totalSteps: steps.count, unit: "step")
    for step in stride(from: (context.resumePoint?.step ?? 0) + 1, through: steps.count, by: 1) {
      let rollouts = try sampler.sample(
        Array(steps[step - 1]), count: config.numGenerations, step: step, in: context)
      for start in stride(from: 0, to: rollouts.count, by: config.numGenerations) {
        state.add(Array(rollouts[start..<start + config.numGenerations]), config)
      }
      context.record(
        step: step,
        RolloutMetrics(rollouts, names: rewards.names).values
          .merging(state.counts.mapValues(Double.init)) { $1 })
      try context.stepDone(step) {
        Checkpoint(step: step, files: [CheckpointFiles.state: try CheckpointFiles.encode(state)])
      }
    }
    guard !state.lines.isEmpty else {
      throw TrainingError(
        .data,
        "none of \(state.counts["samples"] ?? 0) completions passed: \(state.summary); "
          + "loosen the filters, raise num_generations, or train the model further")
    }
    context.log(state.summary)
    return StageOutput([
      "data": Artifact(files: [rowsFile: Data(state.lines.joined().utf8)])
    ])
  }

  /// Rows kept so far, as lines of JSON, and what became of the others.
  struct State: Codable, Equatable {
    var lines: [String] = []
    var counts: [String: Int] = [:]

    var summary: String {
      counts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
    }

    mutating func add(_ group: [Rollout], _ config: Config) {
      counts["prompts", default: 0] += 1
      var seen: Set<String> = []
      var kept = 0
      for rollout in group {
        counts["samples", default: 0] += 1
        if let reason = Self.reasonToDrop(rollout, config) {
          counts["dropped/\(reason)", default: 0] += 1
        } else if config.dedupe, !seen.insert(rollout.text).inserted {
          counts["dropped/duplicate", default: 0] += 1
        } else if let limit = config.maxPerPrompt, kept >= limit {
          counts["dropped/max_per_prompt", default: 0] += 1
        } else {
          kept += 1
          counts["kept", default: 0] += 1
          lines.append(
            String(
              decoding: RowCoding.encode([rollout.prompt.row.completed(rollout.text)]),
              as: UTF8.self))
        }
      }
      counts["prompts_solved", default: 0] += kept > 0 ? 1 : 0
    }

    /// The first filter that a completion fails, nil if it passes.
    private static func reasonToDrop(_ rollout: Rollout, _ config: Config) -> String? {
      if rollout.failed { return "reward_error" }
      if config.keep == .correct, rollout.scores[0] == nil { return "not_judged" }
      if config.keep == .correct, rollout.scores[0] != 1 { return "wrong" }
      if !config.keepTruncated, !rollout.finished { return "truncated" }
      if config.requireFormat, rollout.scores[1] != 1 { return "format" }
      if rollout.tokens.count < config.minCompletionLength { return "too_short" }
      return nil
    }
  }
}
