import Foundation
import Host
import Neural
import Recipes
import TestSupport
import Testing
import Text
import Workflow

@testable import Datasets
@testable import Stages

/// A stage's key says that conversations are taken otherwise than before for the recipes that this
/// touches, and for no other.
@Suite("Keys of stages that take conversations")
struct ConversationKeyTests {
  private let folder: TemporaryFolder
  private let golden: ConversationFixture

  init() throws {
    golden = try ConversationFixture()
    folder = try TemporaryFolder()
  }

  private static let plain = #"{"prompt": "1+1=", "completion": "2"}"#
  private static let chat =
    #"{"messages": [{"role": "user", "content": "x"}, {"role": "assistant", "content": "4"}]}"#
  private static let thoughts =
    #"{"messages": [{"role": "user", "content": "x"}, {"role": "assistant", "reasoning": "y", "content": "4"}]}"#
  private static let prefilled =
    #"{"prompt": [{"role": "user", "content": "x"}, {"role": "assistant", "content": "4"}]}"#
  private static let dialogue =
    #"{"chosen": "\n\nHuman: a\n\nAssistant: b", "rejected": "\n\nHuman: a\n\nAssistant: c"}"#

  /// Whether the stages of a small recipe are taken otherwise: `sft`, then `evaluate` on its model, and
  /// `filter` on its rows.
  private func rewritten(
    _ rows: String, _ dataset: String = "", template: String, eos: String = "<|im_end|>",
    listed: [String] = ["<|im_end|>", "<|endoftext|>"]
  ) throws -> Set<String> {
    let vocabulary = try golden.model("chatml").tokenizer
    let model = try golden.files(
      template, eos: eos, listed: listed.compactMap { vocabulary.specialTokenID($0).map(Int.init) })
    try golden.write(model, to: folder.url.appending(path: "model"))
    try folder.write("rows.jsonl", lines: rows)
    return try rewritten("{ path: model }", dataset, rows)
  }

  private func rewritten(
    _ model: String, _ dataset: String, _ rows: String = ""
  ) throws -> Set<String> {
    let text = """
      recipe: keys
      models: { m: \(model) }
      datasets: { d: { file: rows.jsonl\(dataset) } }
      stages:
        sft: { kind: sft, model: $m, data: $d, max_steps: 1 }
        check: { kind: evaluate, model: $sft, data: $d }
        kept: { kind: filter, data: $d }
      """
    let recipe = try RecipeFile(text: text, file: folder.path("r.yaml"))
      .recipe(overrides: [], catalog: builtInStages.recipes)
    let revisions = ConversationKeys(in: LocalFiles()).revisions(
      in: recipe, catalog: builtInStages.recipes)
    let names = Set(revisions.keys)
    #expect(Set(revisions.values).isSubset(of: [rows.contains("null") ? 3 : 2]))
    let keys = recipe.keys(catalog: builtInStages.recipes, files: [:], numerics: [:])
    let marked = recipe.keys(
      catalog: builtInStages.recipes, files: [:], numerics: [:], conversations: revisions)
    let differing = keys.keys.filter { marked[$0]?.digest != keys[$0]?.digest }
    #expect(Set(differing).isSuperset(of: names))
    for name in names {
      let words = try #require(marked[name]).differences(from: #require(keys[name]))
      #expect(
        words.contains(
          "conversations are trained on and graded as the model's chat template writes them"))
    }
    return names
  }

  private let all: Set<String> = ["sft", "check", "kept"]
  private let withModel: Set<String> = ["sft", "check"]

  @Test("plain text, and ChatML with a role and a text, keep their keys")
  func kept() throws {
    #expect(try rewritten(Self.plain, template: "chatml") == [])
    #expect(try rewritten(Self.chat, template: "chatml") == [])
    #expect(try rewritten(Self.dialogue, template: "chatml") == [])
    #expect(try rewritten(Self.plain, ", chat: true", template: "chatml") == [])
    // Whatever the template does, plain text is as it was.
    for template in ["opens", "blocks", "distill"] {
      let eos = template == "distill" ? "<｜end▁of▁sentence｜>" : "<|im_end|>"
      #expect(
        try rewritten(Self.plain, template: template, eos: eos, listed: [eos]) == [], "\(template)")
    }
    #expect(try rewritten("{ hidden_size: 16 }", "") == [])
  }

  @Test("templates that write something else than the content and the first end change the key")
  func templates() throws {
    for template in ["opens", "blocks"] {
      #expect(try rewritten(Self.chat, template: template) == withModel, "\(template)")
      #expect(try rewritten(Self.dialogue, template: template) == withModel, "\(template)")
      #expect(
        try rewritten(Self.plain, ", system_prompt: Be brief.", template: template) == withModel)
    }
    #expect(
      try rewritten(Self.chat, template: "trims", eos: "<|eot|>", listed: ["<|eot|>"]) == withModel)
  }

  @Test(
    "another end token changes every key of its model, and what messages hold every key of theirs")
  func ends() throws {
    let other = ["<|endoftext|>", "<|im_end|>"]
    #expect(try rewritten(Self.plain, template: "chatml", listed: other) == withModel)
    // ChatML on a model that ends texts otherwise: a turn's end ends a text now.
    #expect(try rewritten("{ hidden_size: 16, chat_template: chatml }", "") == withModel)
    #expect(try rewritten(Self.thoughts, template: "chatml") == all)
    #expect(try rewritten(Self.prefilled, template: "chatml") == all)
  }

  @Test("keys of messages with null, and Alpaca's system messages and histories, change the key")
  func members() throws {
    let nulls =
      #"{"messages": [{"role": "system", "content": null}, {"role": "user", "content": "x"}, {"role": "assistant", "content": "4"}]}"#
    #expect(try rewritten(nulls, template: "chatml") == all)
    #expect(
      try rewritten(
        Self.thoughts.replacing(#""y""#, with: #""y", "tool_calls": null"#), template: "chatml")
        == all)
    let alpaca = #"{"instruction": "a", "input": "", "output": "b""#
    #expect(try rewritten(alpaca + "}", template: "chatml") == [])
    #expect(
      try rewritten(alpaca + #", "system": "", "history": []}"#, template: "chatml") == [])
    #expect(try rewritten(alpaca + #", "system": "s"}"#, template: "chatml") == all)
    #expect(try rewritten(alpaca + #", "history": [["c", "d"]]}"#, template: "chatml") == all)
  }
}
