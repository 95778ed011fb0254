import Recipes
import Settings
import Testing
import Workflow

@testable import Stages

/// What stages compute in another way than their kind's first revision did, and where their keys say so.
@Suite struct TrainingMethodTests {
  private static func rows(_ name: String, weight: Double = 1, _ extra: [String: ConfigValue] = [:])
    -> StageInput
  {
    let values: [String: ConfigValue] = [
      "task": .string("arithmetic"), "size": .int(12), "split": .string("train"),
      "parameters": .map(["max_operands": .int(2), "max_value": .int(9)]),
      "completion_template": .string("{solution} {answer}"),
    ]
    return StageInput(
      name: name, content: .source(values.merging(extra) { $1 }), weight: weight, seed: 9)
  }

  private static func model(_ name: String, seed: UInt64) -> StageInput {
    StageInput(
      name: name,
      content: .source([
        "hidden_size": .int(16), "num_hidden_layers": .int(1), "num_attention_heads": .int(2),
        "initializer_range": .double(0.5),
      ]), seed: seed)
  }

  private func loss(temperature: Double) throws -> Double? {
    let context = MemoryContext(
      stage: "distilled",
      inputs: [
        "model": [Self.model("student", seed: 5)], "teacher": [Self.model("teacher", seed: 6)],
        "data": [Self.rows("rows")],
      ])
    let config = Distill.Config(values: [
      "max_steps": .int(1), "prompts_per_step": .int(4), "lmbda": .double(0),
      "temperature": .double(temperature), "max_completion_length": .int(12),
    ])
    _ = try Distill.run(config, in: context)
    return context.metrics[.init(step: 1, name: "loss")]
  }

  @Test("distill's temperature is that of sampling: on given completions the loss is the same")
  func distillation() throws {
    let plain = try loss(temperature: 1)
    #expect(try plain != nil && loss(temperature: 0.9) == plain && loss(temperature: 0) == plain)
  }

  @Test("distill tells how many given completions it cuts, once")
  func cutCompletions() throws {
    func logs(longest: Int, lmbda: Double) throws -> [String] {
      let context = MemoryContext(
        stage: "distilled",
        inputs: [
          "model": [Self.model("student", seed: 5)], "teacher": [Self.model("teacher", seed: 6)],
          "data": [Self.rows("rows")],
        ])
      _ = try Distill.run(
        Distill.Config(values: [
          "max_steps": .int(2), "prompts_per_step": .int(4), "lmbda": .double(lmbda),
          "max_completion_length": .int(longest),
        ]), in: context)
      return context.logs.filter { $0.contains("max_completion_length") }
    }
    #expect(
      try logs(longest: 3, lmbda: 0) == [
        "12 of 12 rows have completions that are truncated at max_completion_length (3 tokens)"
      ])
    #expect(try logs(longest: 64, lmbda: 0).isEmpty)
    #expect(try logs(longest: 3, lmbda: 1).isEmpty)
  }

  @Test("the datasets of a reward model draw rows at places of their own, as those of sft do")
  func mixture() throws {
    let rejected: [String: ConfigValue] = ["rejected_template": .string("{answer}")]
    let data = try RewardData(
      [Self.rows("a", weight: 0.5, rejected), Self.rows("b", weight: 0.5, rejected)],
      RewardModel.Config(), model: loadModel(Self.model("base", seed: 5)), balancing: false,
      seed: 3,
      log: { _ in })
    let plan = try data.epochPlan(SupervisedOptions(), seed: 3)
    let rows = plan.makeBatches(epoch: 0).joined()
    let (first, second) = (rows.filter { $0 < 12 }, rows.filter { $0 >= 12 })
    #expect(first.count == 6 && second.count == 6)
    #expect(Set(first) != Set(second.map { $0 - 12 }))
  }

  private func methods(_ kind: String, _ values: [String: ConfigValue], weights: [Double] = [])
    -> [String: String]?
  {
    let inputs = weights.map { InputReference(origin: .source("rows"), weight: $0) }
    return builtInStages.recipes.kind(kind)?.methods(
      StageSpec(name: "x", kind: kind, values: values, inputs: ["data": inputs]))
  }

  @Test(
    "epochs that binary numbers hold keep their keys, and so does max_steps",
    arguments: ["pretrain", "sft", "grpo", "reward_model"])
  func epochs(kind: String) {
    for epochs in [1, 3, 0.5, 2.25] {
      #expect(methods(kind, ["num_train_epochs": .double(epochs)]) == [:])
    }
    for epochs in [1.1, 0.3, 2.2] {
      #expect(methods(kind, ["num_train_epochs": .double(epochs)])?.keys.sorted() == ["epochs"])
      #expect(methods(kind, ["num_train_epochs": .double(epochs), "max_steps": .int(3)]) == [:])
    }
  }

  @Test("mixtures and temperatures whose results did not change keep their keys")
  func others() {
    for weights in [[1], [0.5], [0.5, 2], [1, 1]] {
      #expect(methods("reward_model", [:], weights: weights) == [:])
    }
    #expect(methods("reward_model", [:], weights: [1, 0.5])?.keys.sorted() == ["mixture"])
    #expect(methods("distill", ["temperature": .double(1)]) == [:])
    #expect(methods("distill", [:])?.keys.sorted() == ["divergence"])
  }
}
