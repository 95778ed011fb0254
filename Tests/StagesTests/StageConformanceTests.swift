import Foundation
import Host
import JSON
import Neural
import Recipes
import Settings
import Testing
import Trace
import Workflow

@testable import Stages

/// Every stage kind, small: a kind that is added to the catalog must be added here, and is then held
/// to resume exactly.
@Suite struct StageConformanceTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let kind: String
    let values: [String: ConfigValue]
    var variant = ""
    var precision = "f32"
    /// Steps that share what is sampled before the first of them.
    var stepsPerSampling = 1
    var testDescription: String { [kind, variant, precision].joined(separator: " ") }
  }

  static let cases: [Case] = [
    Case(
      kind: "pretrain",
      values: ["max_steps": .int(4), "batch_size": .int(2), "max_length": .int(48)]),
    Case(
      kind: "sft",
      values: [
        "max_steps": .int(4), "batch_size": .int(4), "eval_steps": .int(2),
        "load_best_model_at_end": .bool(true), "learning_rate": .double(0.01),
        "lr_scheduler_type": .string("cosine"), "warmup_steps": .int(2),
      ]),
    Case(
      kind: "grpo",
      values: [
        "max_steps": .int(4), "prompts_per_step": .int(2), "num_generations": .int(3),
        "max_completion_length": .int(12), "learning_rate": .double(0.005),
        "sync_ref_model": .bool(true), "ref_model_sync_steps": .int(2), "beta": .double(0.1),
        "eval_steps": .int(2), "micro_batch_tokens": .int(64),
      ]),
    // Adapters alone, with the best of them kept.
    Case(
      kind: "sft",
      values: [
        "max_steps": .int(4), "batch_size": .int(4), "eval_steps": .int(1),
        "load_best_model_at_end": .bool(true), "learning_rate": .double(0.02),
        "peft_config": .map(["r": .int(3), "lora_alpha": .int(6)]),
      ], variant: "adapters"),
    Case(
      kind: "grpo",
      values: [
        "max_steps": .int(4), "prompts_per_step": .int(2), "num_generations": .int(3),
        "max_completion_length": .int(12), "learning_rate": .double(0.02), "beta": .double(0.1),
        "sync_ref_model": .bool(true), "ref_model_sync_steps": .int(2),
        "reward_funcs": .list([.string("language_consistency"), .string("length")]),
        "peft_config": .map([
          "r": .int(2), "target_modules": .list([.string("q_proj"), .string("down_proj")]),
          "use_rslora": .bool(true),
        ]),
      ], variant: "adapters", precision: Precision.hasBF16 ? "bf16" : "f32"),
    // Rollouts that three updates share twice, with prompts that come again within one batch.
    Case(
      kind: "grpo", values: sharedRollouts, variant: "shared rollouts", stepsPerSampling: 6),
    Case(
      kind: "grpo",
      values: sharedRollouts.merging([
        "kl_estimator": .string("k1"), "kl_in_reward": .bool(true),
      ]) { $1 }, variant: "shared rollouts",
      precision: Precision.hasBF16 ? "bf16" : "f32", stepsPerSampling: 6),
    // Everything that changes on the way, in the middle of batches that two updates share.
    Case(
      kind: "grpo",
      values: sharedRollouts.merging([
        "steps_per_generation": .int(2), "num_iterations": .int(1), "prompts_per_step": .int(2),
        "dynamic_sampling": .bool(true), "max_num_gen_batches": .int(3),
        "loss_type": .string("cispo"), "epsilon_high": .double(5),
        "importance_sampling_level": .string("sequence"),
        "advantage_estimator": .string("rloo"), "normalize_advantages": .bool(true),
        "reward_funcs": .list([
          .map(["name": .string("tag_count"), "until_step": .int(4)]), .string("length"),
          .map([
            "name": .string("repetition_penalty"), "from_step": .int(4), "weight": .double(0.5),
            "types": .list([.string("reasoning")]),
          ]), .string("language_consistency"),
        ]),
        "schedule": .list([
          .map(["at_step": .int(2), "learning_rate": .double(0.001)]),
          .map([
            "at_step": .int(4), "temperature": .double(0.8), "max_completion_length": .int(11),
          ]),
        ]),
      ]) { $1 }, variant: "changes on the way", stepsPerSampling: 2),
    Case(
      kind: "rejection_sampling",
      values: [
        "num_generations": .int(2), "keep": .string("all"), "keep_truncated": .bool(true),
        "prompts_per_step": .int(3), "max_completion_length": .int(12),
      ]),
    Case(
      kind: "rejection_sampling",
      values: [
        "num_generations": .int(2), "keep": .string("all"), "keep_truncated": .bool(true),
        "prompts_per_step": .int(3), "max_completion_length": .int(12),
        "judge": AnswerJudgeTests.command,
      ], variant: "judged by a program"),
    Case(
      kind: "rejection_sampling",
      values: [
        "num_generations": .int(2), "keep": .string("all"), "keep_truncated": .bool(true),
        "prompts_per_step": .int(3), "max_completion_length": .int(12),
        "judge": .map([
          "template": .string("{prompt} {gold} {completion}"), "temperature": .double(1),
          "max_completion_length": .int(8),
        ]),
      ], variant: "judged by a model"),
    Case(
      kind: "reward_model",
      values: [
        "max_steps": .int(4), "batch_size": .int(4), "eval_steps": .int(2),
        "load_best_model_at_end": .bool(true), "learning_rate": .double(0.005),
        "center_rewards_coefficient": .double(0.01), "micro_batch_tokens": .int(64),
      ]),
    Case(
      kind: "reward_model",
      values: [
        "loss_type": .string("pointwise"), "text": .string("answer"), "max_steps": .int(3),
        "batch_size": .int(5), "learning_rate": .double(0.005),
      ], variant: "pointwise"),
    Case(
      kind: "generate",
      values: [
        "num_generations": .int(2), "keep_truncated": .bool(true), "prompts_per_step": .int(3),
        "max_completion_length": .int(12), "request_template": .string("{prompt} again: "),
        "completion_template": .string("{generated} for {prompt}"),
      ]),
    Case(
      kind: "filter",
      values: ["rows_per_step": .int(3), "shuffle": .bool(true), "max_characters": .int(24)]),
    Case(kind: "human_review", values: [:]),
    Case(
      kind: "judged_pairs",
      values: [
        "num_generations": .int(3), "keep_truncated": .bool(true), "prompts_per_step": .int(3),
        "max_completion_length": .int(12), "num_judgments": .int(2), "min_gap": .double(0),
        "judge": .map(["command": longer, "text": .string("reply")]),
      ]),
    Case(
      kind: "evaluate",
      values: [
        "n_samples": .int(2), "temperature": .double(1), "prompts_per_step": .int(3),
        "max_completion_length": .int(12),
        "judge": .map(["command": longer, "text": .string("reply")]),
      ], variant: "opponent"),
    Case(
      kind: "distill",
      values: [
        "max_steps": .int(5), "prompts_per_step": .int(3), "max_completion_length": .int(12),
        "learning_rate": .double(0.005), "micro_batch_tokens": .int(64), "eval_steps": .int(2),
      ]),
    Case(
      kind: "evaluate",
      values: [
        "n_samples": .int(3), "k": .list([.int(2), .int(3)]), "temperature": .double(1),
        "prompts_per_step": .int(3), "max_completion_length": .int(12),
      ]),
  ]

  /// A judge that prefers the longer reply.
  private static let longer = ConfigValue.list(
    JudgeScripts.longer.map { ConfigValue.string($0) })

  private static let sharedRollouts: [String: ConfigValue] = [
    "max_steps": .int(8), "prompts_per_step": .int(5), "steps_per_generation": .int(3),
    "num_iterations": .int(2), "num_generations": .int(3), "max_completion_length": .int(8),
    "learning_rate": .double(0.005), "beta": .double(0.1), "micro_batch_tokens": .int(64),
    "sync_ref_model": .bool(true), "ref_model_sync_steps": .int(4),
  ]

  @Test("every kind of the catalog is held to conform")
  func complete() {
    #expect(Set(Self.cases.map(\.kind)) == Set(builtInStages.kinds.map { $0.name }))
  }

  @Test("the same inputs and seed give the same bits", arguments: cases)
  func deterministic(_ example: Case) throws {
    let first = context(example)
    let second = context(example)
    let outputs = (try run(example, first), try run(example, second))
    #expect(try bytes(outputs.0) == bytes(outputs.1))
    #expect(equal(first.untimedMetrics, second.untimedMetrics))
    #expect(first.samples == second.samples)
    let kind = try #require(builtInStages.recipes.kind(example.kind))
    for (key, value) in first.metrics {
      let problem = kind.problem(
        metric: key.name, example.values.merging(defaults(kind)) { a, _ in a })
      #expect(problem == nil, "\(example.kind) records \(key.name), which it does not declare")
      if kind.metric(key.name)?.isShare == true, !value.isNaN {
        #expect((0...1).contains(value), "\(key.name) is declared to be a share")
      }
    }
  }

  @Test("stopped after any step and resumed, a stage ends as if it had not been", arguments: cases)
  func resumes(_ example: Case) throws {
    let straight = context(example)
    let output = try run(example, straight)
    // A review is one step: there is nothing in it to go on from.
    try #require(straight.totalSteps > 2 || example.kind == "human_review")
    for step in 1..<straight.totalSteps {
      let stopped = context(example, stopAfter: step)
      #expect(throws: StageStopped.self) { try run(example, stopped) }
      let resumed = context(example, resuming: stopped)
      let other = try run(example, resumed)
      #expect(try bytes(other) == bytes(output), "after step \(step)")
      #expect(equal(resumed.untimedMetrics, straight.untimedMetrics), "after step \(step)")
      #expect(resumed.samples == straight.samples, "after step \(step)")
      #expect(resumed.items == straight.items, "after step \(step)")
    }
  }

  @Test(
    "stopped among the samples of a step, a stage uses those that it stored",
    arguments: cases.filter {
      ["grpo", "rejection_sampling", "generate", "evaluate", "judged_pairs"].contains($0.kind)
    })
  func usesStoredSamples(_ example: Case) throws {
    let straight = context(example)
    let output = try run(example, straight)
    let stopped = context(example, stopAfter: example.stepsPerSampling)
    #expect(throws: StageStopped.self) { try run(example, stopped) }
    let partly = context(example, samplesBeforeStop: 1, resuming: stopped)
    #expect(throws: StageStopped.self) { try run(example, partly) }
    #expect(partly.samples.keys.contains { $0.step == example.stepsPerSampling + 1 })
    let resumed = context(example, resuming: partly)
    #expect(try bytes(try run(example, resumed)) == bytes(output))
    #expect(resumed.samples == straight.samples)
  }

  private static let training = cases.filter { example in
    builtInStages.recipes.kind(example.kind)?.fields.contains { $0.name == "learning_rate" } == true
  }

  @Test("a stage leaves out an update that diverged, and resumes so", arguments: training)
  func skips(_ example: Case) throws {
    let straight = context(example, rollbacks: [.skip(step: 2)])
    let output = try run(example, straight)
    #expect(straight.metrics[.init(step: 1, name: "loss")] != nil)
    #expect(straight.metrics[.init(step: 2, name: "loss")] == nil)
    #expect(try bytes(output) != bytes(try run(example, context(example))))
    for step in 1...3 {
      let stopped = context(example, stopAfter: step, rollbacks: [.skip(step: 2)])
      #expect(throws: StageStopped.self) { try run(example, stopped) }
      let resumed = context(example, resuming: stopped, rollbacks: [.skip(step: 2)])
      #expect(try bytes(try run(example, resumed)) == bytes(output), "after step \(step)")
      #expect(resumed.samples == straight.samples, "after step \(step)")
    }
  }

  @Test("a stage lowers its learning rate after a step as it is told", arguments: training)
  func lowers(_ example: Case) throws {
    let (plain, lowered) = (
      context(example), context(example, rollbacks: [.lowerLR(after: 2, factor: 0.25)])
    )
    let outputs = (try run(example, plain), try run(example, lowered))
    #expect(try bytes(outputs.0) != bytes(outputs.1))
    for step in 1...plain.totalSteps {
      let key = MemoryContext.MetricKey(step: step, name: "learning_rate")
      let rate = try #require(plain.metrics[key])
      #expect(lowered.metrics[key] == (step > 2 ? rate * 0.25 : rate))
    }
  }

  @Test(
    "a checkpoint's files may be read until the stage waits for that: nothing of them changes before",
    arguments: cases)
  func lateReading(_ example: Case) throws {
    let context = context(example)
    context.readsLate = true
    _ = try run(example, context)
    context.waitForCheckpoint()
    #expect(context.torn == [])
  }

  // MARK: -

  private func defaults(_ kind: KindDescription) -> [String: ConfigValue] {
    Dictionary(kind.fields.map { ($0.name, $0.defaultValue) }) { $1 }
  }

  private func context(
    _ example: Case, stopAfter: Int? = nil, samplesBeforeStop: Int? = nil,
    resuming: MemoryContext? = nil, rollbacks: [Rollback.Change] = []
  ) -> MemoryContext {
    MemoryContext(
      stage: example.kind, precision: example.precision,
      inputs: Self.inputs(of: example),
      stopAfter: stopAfter,
      samplesBeforeStop: samplesBeforeStop, resuming: resuming, rollbacks: rollbacks)
  }

  private func run(_ example: Case, _ context: MemoryContext) throws -> StageOutput {
    let kind = try #require(builtInStages.kind(example.kind))
    return try Self.run(kind, example.values, context)
  }

  private static func run<Kind: StageKind>(
    _ kind: Kind.Type, _ values: [String: ConfigValue], _ context: MemoryContext
  ) throws -> StageOutput {
    try kind.run(Kind.Config(values: values), in: context)
  }

  static func inputs(of example: Case) -> [String: [StageInput]] {
    inputs(
      of: example.kind, isMixed: example.variant == "changes on the way",
      hasOpponent: example.variant == "opponent", hasJudge: example.variant == "judged by a model")
  }

  private static func inputs(
    of kind: String, isMixed: Bool = false, hasOpponent: Bool = false, hasJudge: Bool = false
  ) -> [String: [StageInput]] {
    let model = StageInput(
      name: "base",
      content: .source([
        "hidden_size": .int(16), "num_hidden_layers": .int(2), "num_attention_heads": .int(4),
        "num_key_value_heads": .int(2),
      ]), seed: 5)
    let teacher = StageInput(
      name: "teacher",
      content: .source([
        "hidden_size": .int(24), "num_hidden_layers": .int(1), "num_attention_heads": .int(4),
        "initializer_range": .double(0.5),
      ]), seed: 6)
    func rows(_ split: String, _ size: Int, _ window: StepWindow = .always) -> StageInput {
      StageInput(
        name: split,
        content: .source([
          "task": .string("arithmetic"), "size": .int(size), "split": .string(split),
          "type": .string("reasoning"), "language": .string("en"),
          "parameters": .map(["max_operands": .int(2), "max_value": .int(9)]),
          "completion_template": .string("{solution} {answer}"),
          "rejected_template": .string("{answer}"),
        ]), window: window, seed: 9)
    }
    var inputs = ["model": [model], "data": [rows("train", 12)]]
    if isMixed {
      inputs["data"] = [
        rows("train", 12, StepWindow(until: 5)), rows("test", 6, StepWindow(from: 4)),
      ]
    }
    // Two sets with a table of their own.
    if kind == "evaluate" { inputs["data"]?.append(rows("test", 4)) }
    if kind == "distill" { inputs["teacher"] = [teacher] }
    if hasOpponent { inputs["opponent"] = [teacher] }
    if hasJudge { inputs["judge_model"] = [teacher] }
    if kind == "filter" { inputs["against"] = [rows("test", 2)] }
    if ["sft", "grpo", "reward_model", "distill"].contains(kind) {
      inputs["eval_data"] = [rows("test", 4)]
    }
    return inputs
  }

  private func bytes(_ output: StageOutput) throws -> [String: [String: Data]] {
    try output.artifacts.mapValues { try $0.files.mapValues { try $0.data() } }
  }

  private func equal(
    _ a: [MemoryContext.MetricKey: Double], _ b: [MemoryContext.MetricKey: Double]
  ) -> Bool {
    a.mapValues(\.bitPattern) == b.mapValues(\.bitPattern)
  }
}
