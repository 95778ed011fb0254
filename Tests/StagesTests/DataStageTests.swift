import Datasets
import Foundation
import Host
import JSON
import Recipes
import Settings
import Tasks
import Testing
import Trace
import Workflow

@testable import Stages

@Suite("Data stages")
struct DataStageTests {
  private func dataset(_ name: String, _ rows: [Row], weight: Double = 1) -> StageInput {
    StageInput(
      name: name,
      content: .artifact([rowsFile: FileContent(RowCoding.encode(rows))]), weight: weight,
      seed: 1)
  }

  private func row(_ id: Int, _ completion: String, _ fields: [String: JSONValue] = [:]) -> Row {
    Row(id: id, prompt: .text("prompt \(id)"), completion: completion, fields: fields)
  }

  /// The rows that `filter` leaves, and what it recorded last.
  private func filter(
    _ values: [String: ConfigValue], _ inputs: [String: [StageInput]]
  ) throws -> (rows: [Row], metrics: [String: Double]) {
    let context = MemoryContext(stage: "filter", inputs: inputs)
    let output = try Filter.run(Filter.Config(values: values), in: context)
    let data = try #require(try output.artifacts["data"]?.files[rowsFile]?.data())
    let last = context.metrics.filter { $0.key.step == context.totalSteps }
    return (
      try RowCoding.decode(data, name: "rows"),
      Dictionary(uniqueKeysWithValues: last.map { ($0.key.name, $0.value) })
    )
  }

  @Test("each rule drops what it names and nothing else, and is counted")
  func rules() throws {
    let rows = [
      row(1, "short and plain"), row(2, "<think>```\ncode\n```</think>ok"),
      row(3, String(repeating: "x", count: 60)), row(4, "go on go on go on go on go on"),
      row(5, "a"), row(6, "short and plain"), row(7, "\u{8FD9}\u{662F} what \u{6211}\u{4EEC} mean"),
    ]
    let cases: [(String, ConfigValue, Int, String)] = [
      ("drop_code_blocks", .bool(true), 2, "code_block"),
      ("max_paragraph_length", .int(50), 3, "long_paragraph"),
      ("max_repetition", .double(0.5), 4, "repetition"),
      ("min_characters", .int(2), 5, "too_short"), ("max_characters", .int(59), 3, "too_long"),
      ("min_language_consistency", .double(0.9), 7, "mixed_languages"),
    ]
    for (field, value, dropped, reason) in cases {
      let (kept, metrics) = try filter(
        [field: value, "repetition_ngram_size": .int(2)], ["data": [dataset("d", rows)]])
      #expect(kept.map(\.id) == rows.map(\.id).filter { $0 != dropped }, "\(field)")
      #expect(metrics["dropped/\(reason)"] == 1, "\(field)")
      #expect(metrics["kept"] == 6 && metrics["rows"] == 7)
    }
    let all = try filter([:], ["data": [dataset("d", rows)]])
    #expect(all.rows == rows, "rows pass unchanged when nothing is asked")
  }

  @Test("mixed languages of one script are found where a row names one or the rule asks")
  func mixedLanguages() throws {
    let english = "First we add the two numbers, then we divide by three."
    let german = "Zuerst addieren wir die beiden Zahlen, dann teilen wir durch drei."
    let rows = [
      row(1, "\(english) \(english)"), row(2, "\(english) \(german)"),
      row(3, "\(english) \(german)", ["language": "de"]),
      row(4, "\(german) \(german)", ["language": "de"]),
    ]
    let rule = ["min_language_consistency": ConfigValue.double(0.9)]
    let byScript = try filter(rule, ["data": [dataset("d", rows)]])
    #expect(byScript.rows.map(\.id) == [1, 2, 4])
    let identified = try filter(
      rule.merging(["identify_languages": .bool(true)]) { $1 }, ["data": [dataset("d", rows)]])
    #expect(identified.rows.map(\.id) == [1, 4])
    #expect(identified.metrics["dropped/mixed_languages"] == 2)
  }

  @Test("thoughts can be filtered without the answer")
  func thoughts() throws {
    let rows = [row(1, "<think>a</think>\n```\nx\n```"), row(2, "<think>\n```\nx\n```</think>y")]
    let values: [String: ConfigValue] = [
      "drop_code_blocks": .bool(true), "filter_text": .string("thoughts"),
    ]
    #expect(try filter(values, ["data": [dataset("d", rows)]]).rows.map(\.id) == [1])
  }

  @Test("duplicates go once, rows of other prompts stay")
  func duplicates() throws {
    var twin = row(1, "same")
    twin.id = 9
    let rows = [row(1, "same"), twin, row(2, "same")]
    let (kept, metrics) = try filter([:], ["data": [dataset("d", rows)]])
    #expect(kept.map(\.id) == [1, 2] && metrics["dropped/duplicate"] == 1)
    let all = try filter(["dedupe": .bool(false)], ["data": [dataset("d", rows)]])
    #expect(all.rows.count == 3)
  }

  @Test("too easy and too hard go by the accuracy that rejection sampling writes")
  func accuracy() throws {
    let rows = [0.0, 0.25, 1].enumerated().map { row($0, "c", ["accuracy": "\($1)"]) }
    let values: [String: ConfigValue] = [
      "min_accuracy": .double(0.1), "max_accuracy": .double(0.9),
    ]
    let (kept, metrics) = try filter(values, ["data": [dataset("d", rows)]])
    #expect(kept.map(\.id) == [1])
    #expect(metrics["dropped/too_easy"] == 1 && metrics["dropped/too_hard"] == 1)
    let error = #expect(throws: TrainingError.self) {
      try filter(values, ["data": [dataset("d", [row(7, "c")])]])
    }
    #expect(
      error?.description
        == "row 7 has no field 'accuracy', which min_accuracy and max_accuracy need; "
        + "rejection_sampling writes it")
  }

  @Test("rows that overlap with an evaluation are dropped")
  func decontamination() throws {
    let question = "one two three four five six seven eight nine ten"
    let rows = [
      Row(id: 1, prompt: .text("before \(question) after"), completion: "c"), row(2, "c"),
    ]
    let held = Row(id: 5, prompt: .text("And \(question)"))
    let (kept, metrics) = try filter(
      [:], ["data": [dataset("d", rows)], "against": [dataset("e", [held])]])
    #expect(kept.map(\.id) == [2] && metrics["dropped/contaminated"] == 1)
  }

  @Test("weights mix datasets; the table tells samples, rounds and tokens of each domain")
  func mixture() throws {
    let chat = (0..<4).map { id in
      Row(
        id: id,
        prompt: .messages([
          Message(role: "user", content: "a"), Message(role: "assistant", content: "b"),
          Message(role: "user", content: "c\(id)"),
        ]), completion: "four", fields: ["domain": "general"])
    }
    let math = (0..<40).map { row($0, "ab") }
    let model = StageInput(name: "m", content: .source(["hidden_size": .int(16)]), seed: 1)
    let (kept, metrics) = try filter(
      ["dedupe": .bool(false)],
      [
        "data": [dataset("math", math, weight: 0.25), dataset("talk", chat, weight: 2)],
        "model": [model],
      ])
    #expect(kept.count == 18)
    #expect(Set(kept.prefix(10).map(\.id)).count == 10, "a quarter, without repeats")
    #expect(metrics["domains/math/samples"] == 10 && metrics["domains/math/rounds"] == 1)
    #expect(metrics["domains/math/tokens"] == 2 && metrics["domains/general/tokens"] == 4)
    #expect(metrics["domains/general/samples"] == 8 && metrics["domains/general/rounds"] == 2)
  }

  /// What `rejection_sampling` makes of the judged completions of one prompt.
  private func sampled(
    _ completions: [(String, Double)], _ values: [String: ConfigValue]
  ) throws -> RejectionSampling.State {
    let row = PromptRow(id: 0, dataset: "d", row: self.row(3, "old"), text: "prompt 3")
    let prompt = PreparedPrompt(row: row, tokens: [1])
    var state = try RejectionSampling.State(resuming: nil)
    state.add(
      completions.enumerated().map { index, completion in
        Rollout(
          prompt: prompt, slot: 0, sample: index, number: index,
          completion: .completion(completion.0, tokens: [1, 2, 3], logProbs: []), finished: true,
          rewards: [.score(completion.1), .score(1)])
      }[...], RejectionSampling.Config(values: values))
    return state
  }

  @Test("rejection sampling keeps what is right, once, with the prompt's accuracy, and a pair")
  func rejection() throws {
    let state = try sampled([("wrong", 0), ("right", 1), ("right", 1), ("good", 1)], [:])
    let rows = try RowCoding.decode(Data(state.kept.lines.joined().utf8), name: "rows")
    #expect(rows.map(\.completion) == ["right", "good"])
    #expect(rows.allSatisfy { $0.id == 3 && $0.fields["accuracy"] == "0.75" })
    #expect(state.kept.counts["dropped/wrong"] == 1 && state.kept.counts["dropped/duplicate"] == 1)
    #expect(state.kept.metrics["domains/d/tokens"] == 3)
    let pairs = try RowCoding.decode(Data(state.pairs.joined().utf8), name: "pairs")
    #expect(pairs.map(\.completion) == ["right"] && pairs.map(\.rejected) == ["wrong"])
  }

  @Test("prompts that are too easy or too hard are dropped whole, pairs and all")
  func tooEasy() throws {
    let easy = try sampled([("a", 1), ("b", 1)], ["max_accuracy": .double(0.99)])
    #expect(easy.kept.counts["dropped/too_easy"] == 2 && easy.kept.lines.isEmpty)
    let hard = try sampled(
      [("a", 1), ("b", 0), ("c", 0)], ["min_accuracy": .double(0.5)])
    #expect(hard.kept.counts["dropped/too_hard"] == 3 && hard.pairs.isEmpty)
    let fine = try sampled([("a", 1), ("b", 0)], ["max_accuracy": .double(0.99)])
    #expect(fine.kept.lines.count == 1 && fine.pairs.count == 1)
  }

  @Test("when nothing passes the stage says what was dropped and what to do")
  func nothingLeft() {
    let error = #expect(throws: TrainingError.self) {
      try filter(["min_characters": .int(9)], ["data": [dataset("d", [row(1, "c")])]])
    }
    #expect(
      error?.description
        == "no row passed (dropped/too_short 1, rows 1); loosen the rules or provide more rows")
  }
}
