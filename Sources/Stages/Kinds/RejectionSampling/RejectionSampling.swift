import Datasets
import Foundation
import Host
import JSON
import Neural
import Randomness
import Recipes
import Settings
import Workflow

/// Samples completions of each prompt and keeps those that pass, as a dataset; a right and a wrong
/// completion make a pair for a reward model.
struct RejectionSampling: StageKind {
  enum Keep: String, FieldChoice {
    /// Those that the accuracy reward, or the judge, scores 1.
    case correct
    case all
  }

  struct Config: Configuration {
    var numGenerations = 8
    var keep = Keep.correct
    var judge: AnswerJudgeSpec?
    var dedupe = true
    var keepTruncated = false
    var minCompletionLength = 0
    var maxPerPrompt: Int?
    var maxPrompts: Int?
    var promptsPerStep = 32
    var rules = RowRules()
    var sampling = SamplingConfiguration()

    static let fields: [Field<Self>] =
      [
        Field(
          "num_generations", \.numGenerations, range: 1...4096, unit: "completions",
          "Completions sampled per prompt."),
        Field("keep", \.keep, "Keep completions whose accuracy is 1, or all of them."),
        Field(
          "judge", \.judge,
          "The judge that decides which completions are correct; null: the rule of the accuracy "
            + "reward."),
        Field("dedupe", \.dedupe, "Keep only one of equal completions of a prompt."),
        Field(
          "keep_truncated", \.keepTruncated,
          "Also keep completions truncated at "
            + "max_completion_length."),
        Field(
          "min_completion_length", \.minCompletionLength, range: 0...1_048_576, unit: "tokens",
          "Drop shorter completions."),
        Field(
          "max_per_prompt", \.maxPerPrompt, range: 1...4096, unit: "completions",
          "Keep at most this many per prompt, the first sampled; null: all."),
        Field(
          "max_prompts", \.maxPrompts, range: 1...1e9, unit: "prompts",
          "Use only this many prompts, drawn at random; null: all."),
        Field(
          "prompts_per_step", \.promptsPerStep, range: 1...65_536, unit: "prompts",
          "Prompts between two points at which the stage can be resumed."),
      ] + RowRules.fields.map { $0.lifted(to: \.rules) }
      + SamplingConfiguration.fields.map { $0.lifted(to: \.sampling) }

    /// Whether only completions that the accuracy reward can grade can be kept.
    var needsGold: Bool { judge == nil && (keep == .correct || rules.readAccuracy) }

    var problems: [ConfigProblem] { rules.problems + (judge?.problems ?? []) }
  }

  static let name = "rejection_sampling"
  static let revision = 3
  static let samples = true
  static let summary = "Samples completions and keeps those that pass, as a dataset."
  static let inputs = [
    InputPort("model", .model, "The model that writes."),
    InputPort("data", .dataset, multiple: true, "Prompts with the columns that accuracy needs."),
    InputPort(
      "judge_model", .model, required: false, "The model that answers judge's template."),
  ]
  static let outputs = [
    OutputPort("data", .dataset, "Prompts with the kept completions."),
    OutputPort(
      "pairs", .dataset,
      "For each prompt with a kept and a wrong completion, the first of each as chosen and "
        + "rejected."
    ),
  ]

  static func judges(_ config: Config) -> Bool { true }

  static func run(_ config: Config, in context: any StageContext) throws -> StageOutput {
    let judge = try config.judge?.judge(in: context)
    if judge == nil { _ = try context.askedModel(for: nil) }
    let rewards = try RewardSet(["accuracy", "format"], programs: context.programs)
    let sampling = try PromptSampling(config.sampling, rewards: rewards, in: context)
    if config.needsGold { try rewards.requireGold(sampling.prompts.facts) }
    var state = try State(resuming: context.resumePoint)
    let steps = PromptSteps(
      sampling.prompts, of: config.promptsPerStep,
      chosen: config.maxPrompts.map { chosen($0, of: sampling.prompts.count, seed: context.seed) })
    try sampling.eachStep(steps, count: config.numGenerations) {
      state
    } _: { step, drawn in
      var rollouts = drawn
      var metrics: [String: Double] = [:]
      if let judge {
        let judged = try JudgedAnswers(rollouts, by: judge, accuracy: 0, step: step, in: context)
        (rollouts, metrics) = (judged.rollouts, judged.metrics)
        context.record(rollouts.map { sampling.sampler.row($0, step: step) })
      }
      for start in stride(from: 0, to: rollouts.count, by: config.numGenerations) {
        state.add(rollouts[start..<start + config.numGenerations], config)
      }
      metrics.merge(RolloutMetrics(rollouts, names: rewards.names).values) { $1 }
      metrics.merge(state.kept.metrics) { $1 }
      context.record(step: step, metrics)
    }
    context.log(state.kept.summary)
    return StageOutput([
      "data": try state.kept.artifact(
        remedy: "loosen the filters, raise num_generations, or train the model further"),
      "pairs": Artifact(files: [rowsFile: FileContent(state.pairs)]),
    ])
  }

  /// The places of some of the prompts. A file may be sorted, so a random part represents it.
  private static func chosen(_ wanted: Int, of count: Int, seed: UInt64) -> [Int] {
    var order = DrawnOrder(count, from: RandomStream(seed: seed, .chosenPrompts))
    return (0..<min(wanted, count)).map { order[$0] }.sorted()
  }

  /// What was kept so far.
  struct State: Codable, Equatable {
    private(set) var kept = RowCollection()
    /// Lines of JSON.
    private(set) var pairs: [String] = []

    init(resuming checkpoint: Checkpoint?) throws {
      if let checkpoint { self = try CheckpointFiles.state(Self.self, in: checkpoint) }
    }

    /// The completions of one prompt.
    mutating func add(_ group: ArraySlice<Rollout>, _ config: Config) {
      kept.count("prompts")
      kept.count("samples", group.count)
      let accuracy = Self.accuracy(group, config)
      if let reason = reasonToDropPrompt(accuracy, config) {
        for _ in group { kept.drop(reason) }
        return
      }
      var seen: Set<String> = []
      var passed: [Rollout] = []
      for rollout in group {
        if let reason = Self.reasonToDrop(rollout, config) {
          kept.drop(reason)
        } else if config.dedupe, !seen.insert(rollout.text).inserted {
          kept.drop("duplicate")
        } else if let limit = config.maxPerPrompt, passed.count >= limit {
          kept.drop("max_per_prompt")
        } else {
          passed.append(rollout)
          var row = rollout.prompt.row.completed(rollout.whole)
          row.fields["accuracy"] = accuracy.map { .string("\($0)") }
          kept.keep(row, tokens: rollout.tokens.count, source: rollout.prompt.row.dataset)
        }
      }
      kept.count("prompts_solved", passed.isEmpty ? 0 : 1)
      addPair(group, passed)
    }

    /// The share of correct completions. Undecided ones count as not correct; those that a rule
    /// cannot grade, or on which a reward failed, are left out; nil if none is left.
    private static func accuracy(_ group: ArraySlice<Rollout>, _ config: Config) -> Double? {
      let scores = group.compactMap { rollout in
        rollout.scores[0] ?? (config.judge == nil || rollout.failed ? nil : 0)
      }
      return scores.isEmpty ? nil : Double(scores.count { $0 == 1 }) / Double(scores.count)
    }

    private mutating func addPair(_ group: ArraySlice<Rollout>, _ passed: [Rollout]) {
      guard let good = passed.first(where: { $0.scores[0] == 1 }),
        let bad = group.first(where: { $0.scores[0] == 0 && $0.finished })
      else { return }
      kept.count("pairs")
      var row = good.prompt.row.completed(good.whole)
      row.rejected = bad.whole
      pairs.append(String(decoding: RowCoding.encode([row]), as: UTF8.self))
    }

    private func reasonToDropPrompt(_ accuracy: Double?, _ config: Config) -> String? {
      guard config.rules.readAccuracy else { return nil }
      return accuracy.map { config.rules.reasonToDrop(accuracy: $0) } ?? "not_judged"
    }

    /// The first filter that a completion fails, nil if it passes.
    private static func reasonToDrop(_ rollout: Rollout, _ config: Config) -> String? {
      if rollout.failed { return "reward_error" }
      if config.keep == .correct, rollout.scores[0] == nil {
        return config.judge == nil ? "not_judged" : "undecided"
      }
      if config.keep == .correct, rollout.scores[0] != 1 { return "wrong" }
      if !config.keepTruncated, !rollout.finished { return "truncated" }
      if rollout.tokens.count < config.minCompletionLength { return "too_short" }
      return config.rules.reasonToDrop(
        rollout.prompt.row.rewardSample(completion: rollout.text, finished: rollout.finished))
    }
  }
}
