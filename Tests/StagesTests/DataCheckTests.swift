import Datasets
import Foundation
import Host
import JSON
import Recipes
import TestSupport
import Testing
import Workflow

@testable import Stages

@Suite("Data are looked into before anything runs")
struct DataCheckTests {
  private let temporary: TemporaryFolder
  private var folder: String { temporary.path }

  init() throws { temporary = try TemporaryFolder() }

  private func write(_ name: String, _ lines: String...) throws {
    try temporary.write(name, lines.map { $0 + "\n" }.joined().utf8)
  }

  /// What is wrong with a recipe's stages, without the folder; and what is worth knowing.
  private func check(
    _ datasets: String, _ stages: String, model: String = "max_position_embeddings: 64"
  ) throws -> (problems: [String], notes: [String]) {
    let text = """
      recipe: r
      models: { base: { hidden_size: 16, num_hidden_layers: 1, num_attention_heads: 2, tokenizer: bytes, \(model) } }
      datasets: { \(datasets) }
      stages:
      \(stages.split(separator: "\n").map { "  \($0)" }.joined(separator: "\n"))
      """
    let recipe = try RecipeFile(
      text: text, file: "\(folder)/r.yaml", currentDirectory: folder
    ).recipe(catalog: builtInStages.recipes)
    let models = ModelReaders(recipe, in: LocalFiles())
    let looks = recipe.stages.map { DataCheck.look(at: $0, of: recipe, models) }
    return (
      looks.flatMap(\.problems).map {
        "\($0.field): \($0.message.replacing(folder + "/", with: ""))"
      },
      looks.flatMap(\.notes)
    )
  }

  @Test("a stage that can run has nothing to tell")
  func fine() throws {
    try write("a.jsonl", #"{"prompt": "2+2=", "completion": "4", "answer": "4"}"#)
    let found = try check(
      "a: { file: a.jsonl }, t: { task: arithmetic, size: 1000000000, split: train }, h: { task: arithmetic, size: 4, split: test }",
      """
      sft: { kind: sft, model: $base, data: $a, eval_data: $a, max_length: 32 }
      rl: { kind: grpo, model: $sft, data: [$a, $t], prompts_per_step: 4000, max_completion_length: 8 }
      kept: { kind: rejection_sampling, model: $rl, data: $t, max_completion_length: 8 }
      again: { kind: sft, model: $rl, data: $kept }
      eval: { kind: evaluate, model: $again, data: $h, max_completion_length: 8 }
      """)
    #expect(found.problems == [] && found.notes == [])
  }

  @Test("every bad line of every file is told, each once")
  func lines() throws {
    try write("a.jsonl", #"{"prompt": 1}"#, #"{"prompt": "p"}"#, #"{"prompt": NaN}"#)
    try write("b.jsonl", "[", "]")
    let found = try check(
      "a: { file: a.jsonl }, b: { file: b.jsonl }, t: { task: countdown, size: 999, split: test, parameters: { min_numbers: 2, max_numbers: 2, max_number: 3 } }",
      """
      sft: { kind: sft, model: $base, data: [$a, $b] }
      more: { kind: human_review, data: [$a, $t] }
      """)
    #expect(Set(found.problems).count == 4, "\(found.problems)")
    #expect(
      found.problems[0]
        == "datasets.a.file: dataset 'a': a.jsonl:1: 'prompt' is a number, not a string or a list of "
        + "messages")
    #expect(
      found.problems[1].hasPrefix("datasets.a.file: dataset 'a': a.jsonl:3:12: not JSON: NaN"))
    #expect(
      found.problems[2].hasPrefix("datasets.b.file: dataset 'b': b.jsonl: the file is one JSON"))
  }

  @Test("sizes are held against what the stage needs, a mixture's by its weights")
  func sizes() throws {
    try write("a.jsonl", #"{"prompt": "2", "answer": "4"}"#, #"{"prompt": "3", "answer": "4"}"#)
    let few = try check(
      "a: { file: a.jsonl }",
      "rl: { kind: grpo, model: $base, data: $a, prompts_per_step: 3, max_completion_length: 8 }")
    #expect(few.problems.count == 1)
    #expect(
      few.problems.first?.hasPrefix("stages.rl: stage 'rl': 2 prompts are fewer than") == true)
    let part = try check(
      "a: { file: a.jsonl }",
      "s: { kind: sft, model: $base, data: [{ from: $a, weight: 0.1 }], completion_only_loss: false }"
    )
    #expect(
      part.problems.contains { $0.contains(/row 1 \(.*a\.jsonl:1\) has no completion to train on/) }
    )
  }

  @Test("gold answers that no verifier reads: none is an error, some are told")
  func golds() throws {
    try write("a.jsonl", #"{"prompt": "2", "solution": "x", "completion": "c", "why": "w"}"#)
    let rl =
      "rl: { kind: grpo, model: $base, data: $a, prompts_per_step: 1, max_completion_length: 8 }"
    let none = try check("a: { file: a.jsonl }", rl)
    #expect(none.problems.count == 1)
    #expect(
      none.problems.first?.contains(
        "accuracy can score none of the 1 rows; row 1 of dataset 'a' (a.jsonl:1) (its other keys: 'why'): "
          + "the row has no gold answer") == true, "\(none.problems)")
    try write("a.jsonl", #"{"prompt": "2", "answer": "two"}"#, #"{"prompt": "2", "answer": "2"}"#)
    let some = try check("a: { file: a.jsonl }", rl)
    #expect(some.problems == [] && some.notes.count == 1)
    #expect(some.notes.first?.hasPrefix("rl: accuracy can score 1 of 2 rows; row 1 of") == true)
    let judged = try check(
      "a: { file: a.jsonl, verifier: boxed }",
      rl.replacing("prompts", with: "reward_funcs: [format], prompts"))
    #expect(judged.problems == [] && judged.notes == [])
  }

  @Test("prompts must fit, and templates render")
  func room() throws {
    let long = String(repeating: "x", count: 60)
    try write("a.jsonl", #"{"prompt": "\#(long)", "answer": "4"}"#)
    try write(
      "m.jsonl",
      #"{"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]}"#)
    let found = try check(
      "a: { file: a.jsonl }, m: { file: m.jsonl }",
      """
      rl: { kind: grpo, model: $base, data: $a, prompts_per_step: 1, max_completion_length: 8 }
      cut: { kind: sft, model: $rl, data: $m, max_length: 16 }
      """)
    #expect(found.problems.count == 2, "\(found.problems)")
    #expect(
      found.problems.first?.contains("row 1 of dataset 'a' (a.jsonl:1) has a prompt of 60 tokens")
        == true)
    #expect(found.problems.last?.contains("the model has no chat template") == true)
  }

  @Test("a row of a long file that cannot be learnt is found, though others are not written")
  func far() throws {
    func turns(_ said: String, more: String = "") -> String {
      #"{"messages": [{"role": "user", "content": "q"}, "#
        + #"{"role": "assistant", "content": "\#(said)"}]\#(more)}"#
    }
    let stage = "s: { kind: sft, model: $base, data: $m, max_length: 256 }"
    var lines = (0..<3000).map { _ in turns("a") }
    lines[2500] = turns("a", more: #", "tools": [{"name": "f"}]"#)
    func found() throws -> (problems: [String], notes: [String]) {
      try write("m.jsonl", lines.joined(separator: "\n"))
      return try check(
        "m: { file: m.jsonl }", stage, model: "chat_template: chatml, max_position_embeddings: 256")
    }
    let fine = try found()
    #expect(fine.problems == [], "\(fine.problems)")
    #expect(fine.notes.contains { $0.contains("1 rows have 'tools', which the model's") })
    lines[2700] = turns("")
    let silent = try found()
    #expect(silent.problems.count == 1)
    #expect(
      silent.problems.first?.contains("m.jsonl:2701): the last message has no content") == true)
  }

  @Test("rows that max_length cuts or leaves out are counted apart, of all")
  func cut() throws {
    let long = String(repeating: "x", count: 20)
    try write(
      "a.jsonl", #"{"prompt": "\#(long)", "completion": "c"}"#,
      #"{"prompt": "p", "completion": "\#(long)"}"#, #"{"prompt": "p", "completion": "c"}"#)
    let found = try check(
      "a: { file: a.jsonl }", "s: { kind: sft, model: $base, data: $a, max_length: 16 }")
    #expect(
      found.notes == [
        "s: 1 of 3 rows are left out: their prompts fill max_length (16 tokens)",
        "s: 1 of 3 rows are truncated at max_length (16 tokens)",
      ])
  }
}

@Suite("Rows like others are counted, and those that are not are looked at")
struct RowSieveTests {
  private func rows(_ count: Int) -> [Row] {
    (0..<count).map {
      Row(
        id: $0, prompt: .messages([Message(role: "user", content: "q\($0 % 10)")]), completion: "a")
    }
  }

  @Test("the first rows, other shapes and longer rows are new")
  func news() {
    var sieve = RowSieve()
    var rows = rows(4000)
    rows[3000].completion = "  "
    rows[3001].completion = "\n"
    rows[3002].completion = "<think>t</think>a"
    rows[3003].prompt = .messages([Message(role: "system", content: "s")])
    rows[3004].fields["tools"] = .array([])
    rows[3005].completion = String(repeating: "long ", count: 50)
    rows[3006].completion = nil
    rows[3007].setCompletion(
      Message(role: "assistant", members: ["content": .string("a"), "weight": .number("0")]))
    let new = rows.filter { sieve.isNew($0) }.map(\.id)
    #expect(new == Array(0..<2048) + [3000, 3002, 3003, 3004, 3005, 3006, 3007])
  }
}

@Suite("Rows in tokens")
struct TokenizedRowsTests {
  @Test("come back as they were, whatever the vocabulary and the marks", arguments: [300, 100_000])
  func roundTrip(vocabulary: Int) {
    var rows = TokenizedRows(vocabularySize: vocabulary)
    var expected: [TokenizedRow] = []
    for id in 0..<50 {
      let tokens = (0..<id * 977).map { Int32(($0 * 31 + id) % vocabulary) }
      let scored = tokens.indices.map { index in
        id % 3 == 0 ? index >= id : id % 3 == 1 ? index % 2 == 0 : false
      }
      let row = TokenizedRow(id: id, tokens: tokens, scored: scored)
      rows.append(row)
      expected.append(row)
    }
    #expect(Array(rows) == expected && rows.lengths == expected.map(\.tokens.count))
    #expect(Array(rows[10..<20]) == Array(expected[10..<20]))
  }
}
