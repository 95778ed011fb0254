import Foundation
import Recipes
import Settings
import Tasks
import TestSupport
import Testing
import Workflow

@testable import Stages

/// The rules of verifiers that judge otherwise than they once did are in the keys of the stages that
/// they judge, and in no other.
@Suite("Keys of stages whose completions are judged")
struct JudgingKeyTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  private func keys(
    rows: String, model: String = "{ path: base.gguf }", _ dataset: String = "{ file: rows.jsonl }"
  ) throws -> [String: StageKey] {
    try folder.write("rows.jsonl", lines: rows)
    let text = """
      recipe: keys
      models: { m: \(model) }
      datasets: { d: \(dataset) }
      stages:
        sft: { kind: sft, model: $m, data: $d, max_steps: 1 }
        rl: { kind: grpo, model: $sft, data: $d, max_steps: 1 }
        shape: { kind: grpo, model: $m, data: $d, max_steps: 1, reward_funcs: [format] }
        good: { kind: rejection_sampling, model: $m, data: $d }
        again: { kind: sft, model: $m, data: $good, max_steps: 1 }
        check: { kind: evaluate, model: $m, data: $good }
      """
    let recipe = try RecipeFile(text: text, file: folder.path("r.yaml"))
      .recipe(overrides: [], catalog: builtInStages.recipes)
    return recipe.keys(catalog: builtInStages.recipes, files: [:], numerics: [:])
  }

  private func member(_ name: String, of value: ConfigValue?) -> ConfigValue? {
    if case .map(let members)? = value { members[name] } else { nil }
  }

  /// What each stage's key says of the rules.
  private func rules(_ keys: [String: StageKey]) -> [String: String] {
    keys.compactMapValues { key in
      if case .string(let text)? = member("judging", of: member("methods", of: key.components)) {
        text
      } else {
        nil
      }
    }
  }

  private static let question = #"{"question": "q", "answer": "so\n#### 4"}"#

  @Test("the stages that compare with gold answers have them, wherever their rows come from")
  func judged() throws {
    let words = "numeric by revision 2"
    #expect(
      try rules(keys(rows: Self.question)) == ["rl": words, "good": words, "check": words])
    #expect(
      try rules(keys(rows: #"{"prompt": "p", "solution": "4"}"#))["rl"]
        == "boxed by revision 2, numeric by revision 2")
    #expect(
      try rules(keys(rows: #"{"question": "q", "choices": ["a", "b"], "answer": "B"}"#))["rl"]
        == "choice by revision 2")
    #expect(
      try rules(keys(rows: Self.question, "{ file: rows.jsonl, verifier: mentions }")).isEmpty)
    #expect(try rules(keys(rows: "", "{ task: bilingual_chat }"))["rl"] == "refusal by revision 2")
  }

  @Test("what a model from nothing writes about a task's problems is judged as before")
  func fromNothing() throws {
    let small = "{ hidden_size: 32, num_hidden_layers: 1, num_attention_heads: 2 }"
    #expect(try rules(keys(rows: "", model: small, "{ task: arithmetic }")).isEmpty)
    #expect(try rules(keys(rows: Self.question, model: small)).count == 3)
  }

  @Test("a plan names it")
  func words() throws {
    let key = try #require(try keys(rows: Self.question)["rl"])
    guard case .map(var parts) = key.components else {
      Issue.record("no key")
      return
    }
    parts["methods"] = nil
    #expect(
      key.differences(from: StageKey(components: .map(parts)))
        == ["judging is new: numeric by revision 2"])
  }

  @Test("gold answers beside conversations are in the keys of stages that look at them")
  func answers() throws {
    let row =
      #"{"problem": "p", "solution": "\\boxed{4}", "messages": [{"role": "user", "content": "p"}]}"#
    let reading = try keys(rows: row).mapValues { key -> ConfigValue? in
      guard case .list(let data)? = member("data", of: member("inputs", of: key.components)) else {
        return nil
      }
      return member("reading", of: member("params", of: member("source", of: data.first)))
    }
    #expect(reading["rl"] == .map(["answer": "solution"]))
    #expect(reading["good"] == .map(["answer": "solution"]))
    #expect(reading["sft"] == .some(nil))
  }
}
