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

/// Judges of pairs as programs.
enum JudgeScripts {
  private static func answering(_ body: String) -> [String] {
    [
      "/bin/sh", "-c",
      """
      while read -r line; do id=${line#*\\"id\\":}; id=${id%%,*}; \(body); \
      printf '{"id": %s, "verdict": "%s"}\\n' "$id" "$v"; done
      """,
    ]
  }

  /// Prefers the reply that is longer up to its first quotation mark.
  static let longer = answering(
    """
    a=${line#*\\"a\\":\\"}; a=${a%%\\"*}; b=${line#*\\"b\\":\\"}; b=${b%%\\"*}; v='A=B'; \
    if [ ${#a} -gt ${#b} ]; then v='A>>B'; fi; if [ ${#a} -lt ${#b} ]; then v='B>>A'; fi
    """)
  /// Prefers the reply that it is shown first.
  static let first = answering("v='A>B'")
  static let nonsense = answering("v='A'")

  static func value(_ script: [String]) -> ConfigValue {
    .map([
      "command": .list(script.map { ConfigValue.string($0) }), "text": .string("reply"),
    ])
  }
}

@Suite("Judging pairs of replies")
struct JudgingTests {
  private let model = StageInput(
    name: "base",
    content: .source([
      "hidden_size": .int(16), "num_hidden_layers": .int(1), "num_attention_heads": .int(2),
    ]), seed: 5)

  private func rows(_ size: Int) -> StageInput {
    StageInput(
      name: "sums",
      content: .source([
        "task": .string("arithmetic"), "size": .int(size),
        "parameters": .map(["max_operands": .int(2), "max_value": .int(9)]),
      ]), seed: 9)
  }

  private func pairs(
    _ judge: [String], _ values: [String: ConfigValue] = [:]
  ) throws -> (rows: [Row], metrics: [String: Double]) {
    let context = MemoryContext(
      stage: "pairs", inputs: ["model": [model], "data": [rows(6)]])
    let config = JudgedPairs.Config(
      values: [
        "num_generations": .int(3), "max_completion_length": .int(10),
        "keep_truncated": .bool(true), "judge": JudgeScripts.value(judge),
      ].merging(values) { $1 })
    let output = try JudgedPairs.run(config, in: context)
    let data = try #require(try output.artifacts["data"]?.files[rowsFile]?.data())
    let last = context.metrics.filter { $0.key.step == context.totalSteps }
    return (
      try RowCoding.decode(data, name: "rows"),
      Dictionary(uniqueKeysWithValues: last.map { ($0.key.name, $0.value) })
    )
  }

  /// A reply's length as the longer judge takes it.
  private func length(_ reply: String) -> Int {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.withoutEscapingSlashes]
    let text = (try? encoder.encode(reply)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    return text.dropFirst().prefix { $0 != "\"" }.utf8.count
  }

  @Test("pairs are the way round that the judge says, with the gap as margin")
  func longer() throws {
    let (kept, metrics) = try pairs(JudgeScripts.longer)
    #expect(kept.count >= 3)
    for row in kept {
      #expect(length(row.completion ?? "") > length(row.rejected ?? ""))
      #expect(row.fields["margin"] == "2.0")
    }
    #expect(metrics["judge/order_agreement"] == 1 && metrics["judge/mean_gap"] == 2)
    #expect(metrics["rows"] == 18 && metrics["kept"] == Double(kept.count))
    #expect(
      18 - Double(kept.count) == (metrics["dropped/equal"] ?? 0)
        + (metrics["dropped/small_gap"] ?? 0))
  }

  @Test("a judge who goes by the place says nothing, asked in both orders")
  func biased() throws {
    let error = #expect(throws: TrainingError.self) { try pairs(JudgeScripts.first) }
    #expect("\(error as Any)".contains("small_gap 18"))
    // Three looks leave one of them over: a third of a point.
    let (kept, metrics) = try pairs(
      JudgeScripts.first, ["num_judgments": .int(3), "min_gap": .double(0.3)])
    #expect(metrics["judge/order_agreement"] == 0)
    #expect(kept.allSatisfy { $0.fields["margin"] == "\(1.0 / 3)" })
  }

  @Test("a judge who cannot be understood leaves no pair")
  func nonsense() throws {
    let error = #expect(throws: TrainingError.self) { try pairs(JudgeScripts.nonsense) }
    #expect("\(error as Any)".contains("not_judged 18"))
  }

  @Test("only the first pairs of a prompt are judged when that is asked for")
  func limited() throws {
    let (_, metrics) = try pairs(JudgeScripts.longer, ["max_pairs_per_prompt": .int(1)])
    #expect(metrics["dropped/max_pairs_per_prompt"] == 12)
  }

  private func contest(
    _ judge: [String]
  ) throws -> (metrics: [String: Double], samples: [Sample]) {
    let opponent = StageInput(
      name: "opponent",
      content: .source([
        "hidden_size": .int(16), "num_hidden_layers": .int(1), "num_attention_heads": .int(2),
        "initializer_range": .double(0.4),
      ]), seed: 8)
    let context = MemoryContext(
      stage: "eval", inputs: ["model": [model], "data": [rows(7)], "opponent": [opponent]])
    let config = Evaluate.Config(values: [
      "n_samples": .int(2), "temperature": .double(1), "max_completion_length": .int(10),
      "prompts_per_step": .int(3), "judge": JudgeScripts.value(judge),
    ])
    _ = try Evaluate.run(config, in: context)
    return (
      Dictionary(
        uniqueKeysWithValues: context.metrics.filter { $0.key.step == context.totalSteps }
          .map { ($0.key.name, $0.value) }),
      context.samples.map(\.value)
    )
  }

  @Test("the win rate is the share of replies that the judge prefers, ties split")
  func winRate() throws {
    let (metrics, samples) = try contest(JudgeScripts.longer)
    #expect(samples.count == 28)
    let byRow = Dictionary(grouping: samples, by: \.promptID).mapValues { rows in
      (0..<2).map { place -> Double in
        let own = rows.first { $0.sample == place }?.completion.text ?? ""
        let other = rows.first { $0.sample == place + 2 }?.completion.text ?? ""
        let difference = length(own) - length(other)
        return difference > 0 ? 1 : difference < 0 ? 0 : 0.5
      }
    }
    let expected = byRow.values.reduce(0) { $0 + ($1[0] + $1[1]) / 2 } / 7
    let rate = try #require(metrics["win_rate"])
    #expect(abs(rate - expected) < 1e-12)
    #expect(rate > 0 && rate < 1, "both win sometimes, or the test shows nothing")
    #expect((metrics["win_rate/low"] ?? 1) < rate && (metrics["win_rate/high"] ?? 0) > rate)
    #expect(metrics["win_rate/not_judged"] == 0)
    for row in samples where row.sample >= 2 {
      let own = byRow[row.promptID]?[row.sample - 2]
      #expect(row.rewards["opponent"]?.score == own.map { 1 - $0 })
    }
  }

  @Test("a judge who goes by the place gives both sides a half")
  func swapped() throws {
    #expect(try contest(JudgeScripts.first).metrics["win_rate"] == 0.5)
    let failed = try contest(JudgeScripts.nonsense).metrics
    #expect(failed["win_rate"] == nil && failed["win_rate/not_judged"] == 14)
  }

  @Test("an opponent needs a judge, and a judge an opponent")
  func incomplete() throws {
    for (inputs, values, words) in [
      (["opponent": [model]], [:], "opponent needs a judge"),
      (
        [:], ["judge": JudgeScripts.value(JudgeScripts.first)],
        "judge needs an opponent; add opponent"
      ),
    ] as [([String: [StageInput]], [String: ConfigValue], String)] {
      let context = MemoryContext(
        stage: "eval", inputs: inputs.merging(["model": [model], "data": [rows(2)]]) { $1 })
      let error = #expect(throws: TrainingError.self) {
        try Evaluate.run(Evaluate.Config(values: values), in: context)
      }
      #expect("\(error as Any)".contains(words))
    }
  }

  @Test("texts are put into the question as they are")
  func question() throws {
    var spec = PairJudgeSpec()
    spec.template = "{prompt}|{a}|{b}|{C}{"
    #expect(
      try spec.question(prompt: "{a} {", a: "{b}", b: "{prompt}") == "{a} {|{b}|{prompt}|{C}{")
    for name in ["arena", "grm"] {
      spec.template = name
      #expect(spec.problems == [])
      let text = try spec.question(prompt: "P", a: "Q", b: "R")
      #expect(text.contains("<reply_b>\nR\n</reply_b>") && !text.contains("{a}"))
    }
  }

  @Test("a judge's mistakes in a recipe are told")
  func problems() {
    func problems(_ values: [String: ConfigValue]) -> [String] {
      PairJudgeSpec(values: values).problems.map { "\($0.field): \($0.message)" }
    }
    #expect(
      problems([:]) == ["judge: needs one of command, reward_model and template"])
    #expect(
      problems(["reward_model": .string("rm"), "template": .string("arena")])
        == ["judge: needs one of command, reward_model and template"])
    #expect(
      problems(["template": .string("{prompt} {a}")])
        == [
          "judge.template: has no {b} and is not a built-in template; there is 'arena', 'grm'"
        ])
    #expect(
      problems(["reward_model": .string("rm"), "chat": .bool(true)])
        == ["judge.chat: needs template"])
    #expect(
      problems(["command": .list([.string("judge")])]).first?.hasPrefix("judge.command") == true)
    #expect(problems(["command": .list([.string("./judge.py")])]) == [])
  }

  @Test("a model that is asked in words gives its verdict in both orders")
  func model_judge() throws {
    // A model that has learnt to say one thing: it prefers whatever is shown first.
    let letters = Array(" !#$%&()*+,-./0123456789:;<=>?@ABCXYZabcxyz[]{}")
    let rows = (0..<96).map { id in
      let text = (0..<6 + id % 30).map { letters[(id * 31 + $0 * $0 * 7 + $0) % letters.count] }
      return Row(id: id, prompt: .text(String(text) + "?"), completion: "[[A>B]]")
    }
    let saying = StageInput(
      name: "verdicts", content: .artifact([rowsFile: FileContent(RowCoding.encode(rows))]),
      seed: 1)
    let larger = StageInput(
      name: "larger",
      content: .source([
        "hidden_size": .int(32), "num_hidden_layers": .int(2), "num_attention_heads": .int(4),
      ]), seed: 5)
    let training = MemoryContext(
      stage: "learn", inputs: ["model": [larger], "data": [saying]])
    let learnt = try SFT.run(
      SFT.Config(values: [
        "max_steps": .int(200), "batch_size": .int(16), "learning_rate": .double(0.01),
      ]), in: training)
    #expect(try #require(training.metrics[.init(step: 200, name: "loss")]) < 0.05)
    let judge = StageInput(name: "judge", try #require(learnt.artifacts["model"]))
    let context = MemoryContext(
      stage: "pairs",
      inputs: ["model": [model], "data": [self.rows(3)], "judge_model": [judge]])
    let config = JudgedPairs.Config(values: [
      "num_generations": .int(2), "max_completion_length": .int(8),
      "keep_truncated": .bool(true), "num_judgments": .int(3), "min_gap": .double(0.2),
      "judge": .map([
        "template": .string("{a}{b}{prompt}?"), "text": .string("reply"),
        "max_completion_length": .int(10),
      ]),
    ])
    let output = try JudgedPairs.run(config, in: context)
    let data = try #require(try output.artifacts["data"]?.files[rowsFile]?.data())
    let kept = try RowCoding.decode(data, name: "rows")
    #expect(kept.count == 3 && kept.allSatisfy { $0.fields["margin"] == "\(1.0 / 3)" })
  }
}
