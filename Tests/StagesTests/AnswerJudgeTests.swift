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

@Suite("Judging whether answers are correct")
struct AnswerJudgeTests {
  /// Goes by the length of the completion up to its first quotation mark, by what five leaves of it: 0
  /// is no answer at all, 1 left open, 2 and 3 correct, 4 wrong.
  static let byLength = [
    "/bin/sh", "-c",
    """
    while read -r line; do id=${line#*\\"id\\":}; id=${id%%,*}; \
    c=${line#*\\"completion\\":\\"}; c=${c%%\\"*}; case $((${#c} % 5)) in \
    0) s='"none": 0';; 1) s='"abstain": "one"';; 4) s='"score": 0';; *) s='"score": 1';; esac; \
    printf '{"id": %s, %s}\\n' "$id" "$s"; done
    """,
  ]

  static let command = ConfigValue.map(["command": .list(byLength.map { ConfigValue.string($0) })])

  private let model = StageInput(
    name: "base",
    content: .source([
      "hidden_size": .int(16), "num_hidden_layers": .int(1), "num_attention_heads": .int(2),
    ]), seed: 5)

  private func dataset(_ name: String, _ rows: [Row]) -> StageInput {
    StageInput(
      name: name, content: .artifact([rowsFile: FileContent(RowCoding.encode(rows))]), seed: 1)
  }

  private func sample(
    _ values: [String: ConfigValue], _ rows: [Row], judge: StageInput? = nil
  ) throws -> (rows: [Row], context: MemoryContext) {
    var inputs = ["model": [model], "data": [dataset("problems", rows)]]
    inputs["judge_model"] = judge.map { [$0] }
    let context = MemoryContext(stage: "rejection", inputs: inputs)
    let config = RejectionSampling.Config(
      values: [
        "num_generations": .int(4), "max_completion_length": .int(6), "dedupe": .bool(false),
        "keep_truncated": .bool(true),
      ].merging(values) { $1 })
    let output = try RejectionSampling.run(config, in: context)
    let data = try #require(try output.artifacts["data"]?.files[rowsFile]?.data())
    return (try RowCoding.decode(data, name: "rows"), context)
  }

  private let sums = (0..<8).map { id in
    Row(id: id, prompt: .text("\(id)+1="), gold: "\(id + 1)", verifier: "numeric")
  }

  @Test("a program's word is the accuracy: of what is kept, of the share, and of what is stored")
  func program() throws {
    let (kept, context) = try sample(["judge": Self.command], sums)
    let samples = context.samples.map(\.value)
    #expect(samples.count == 32)
    /// As the program counts.
    func outcome(_ sample: Sample) -> (name: String, score: Double?) {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.withoutEscapingSlashes]
      let json = (try? encoder.encode(sample.completion.text)).map {
        String(decoding: $0, as: UTF8.self)
      }
      let length = json?.dropFirst().prefix { $0 != "\"" }.utf8.count ?? 0
      switch length % 5 {
      case 0: return ("error", nil)
      case 1: return ("abstain", nil)
      case 4: return ("score", 0)
      default: return ("score", 1)
      }
    }
    let outcomes = samples.map(outcome)
    for (sample, outcome) in zip(samples, outcomes) {
      #expect(sample.rewards["accuracy"]?.name == outcome.name, "\(sample.completion.text)")
      #expect(sample.rewards["accuracy"]?.score == outcome.score)
    }
    for name in ["score", "abstain", "error"] {
      #expect(outcomes.contains { $0.name == name }, "\(name): or the test does not show it")
    }
    let correct = outcomes.count { $0.score == 1 }
    #expect(kept.count == correct && correct > 0)
    for row in kept {
      let group = zip(samples, outcomes).filter { $0.0.promptID == row.id && $0.1.name != "error" }
      let share = Double(group.count { $0.1.score == 1 }) / Double(group.count)
      #expect(row.fields["accuracy"] == "\(share)")
    }
    let metrics = Dictionary(
      uniqueKeysWithValues: context.metrics.map { ($0.key.name, $0.value) })
    let abstained = Double(outcomes.count { $0.name == "abstain" })
    let errors = Double(outcomes.count { $0.name == "error" })
    #expect(metrics["judge/undecided"] == abstained && metrics["judge/errors"] == errors)
    #expect(metrics["dropped/undecided"] == abstained && metrics["dropped/reward_error"] == errors)
    #expect(
      metrics["judge/correct"] == Double(correct) / Double(outcomes.count { $0.score != nil }))
    #expect(metrics["rewards/accuracy/abstained"] == abstained)
    let agreed = zip(samples, outcomes).compactMap { sample, outcome -> Bool? in
      outcome.score.map { score in
        let rule = AccuracyReward().score(
          RewardSample(
            completion: sample.completion.text, gold: "\(sample.promptID + 1)", verifier: "numeric")
        )
        return (rule == .score(1)) == (score == 1)
      }
    }
    #expect(
      metrics["judge/rule_agreement"] == Double(agreed.count { $0 }) / Double(agreed.count))
  }

  @Test("a model that is asked in words sees the right answer, and its last verdict counts")
  func askedModel() throws {
    let judge = try learntJudge()
    let problems = (0..<6).map { id in
      Row(id: id, prompt: .text("p\(id)"), gold: id % 2 == 0 ? "Y" : "N", verifier: "numeric")
    }
    let asking: [String: ConfigValue] = [
      "template": .string("{prompt}{completion}{gold}"), "text": .string("reply"),
      "max_completion_length": .int(16),
    ]
    let (kept, context) = try sample(["judge": .map(asking)], problems, judge: judge)
    #expect(kept.count == 12 && kept.allSatisfy { $0.id % 2 == 0 })
    #expect(kept.allSatisfy { $0.fields["accuracy"] == "1.0" })
    let metrics = Dictionary(
      uniqueKeysWithValues: context.metrics.map { ($0.key.name, $0.value) })
    #expect(metrics["judge/correct"] == 0.5 && metrics["dropped/wrong"] == 12)
    // The verdicts do not depend on how the prompts are dealt to steps.
    let again = try sample(
      ["judge": .map(asking), "prompts_per_step": .int(6), "generation_batch_size": .int(3)],
      problems, judge: judge)
    #expect(again.rows == kept)
    // Cut before its verdict, or without an answer to compare with, nothing is decided.
    for (more, gold) in [(["max_completion_length": ConfigValue.int(3)], "Y"), ([:], nil)] {
      let rows = problems.map { Row(id: $0.id, prompt: $0.prompt, gold: gold) }
      let error = #expect(throws: TrainingError.self) {
        try sample(["judge": .map(asking.merging(more) { $1 })], rows, judge: judge)
      }
      #expect("\(error as Any)".contains("dropped/undecided 24"))
    }
  }

  /// A model that has learnt to say [[CORRECT]] after a Y and [[INCORRECT]] after an N.
  private func learntJudge() throws -> StageInput {
    // All that an untrained model may write.
    let pieces =
      (32..<127).map { String(UnicodeScalar(UInt8($0))) }
      + ["\n", "<think>", "</think>", "<answer>", "</answer>"]
    let rows = (0..<512).map { id in
      let text = (0..<2 + id % 8).map { pieces[(id * 31 + $0 * $0 * 7 + $0) % pieces.count] }
      let isRight = id % 2 == 0
      return Row(
        id: id, prompt: .text("p\(id % 10)" + text.joined() + (isRight ? "Y" : "N")),
        completion: isRight ? "[[CORRECT]]" : "[[INCORRECT]]")
    }
    let larger = StageInput(
      name: "larger",
      content: .source([
        "hidden_size": .int(32), "num_hidden_layers": .int(2), "num_attention_heads": .int(4),
      ]), seed: 5)
    let training = MemoryContext(
      stage: "learn", inputs: ["model": [larger], "data": [dataset("verdicts", rows)]])
    let learnt = try SFT.run(
      SFT.Config(values: [
        "max_steps": .int(400), "batch_size": .int(16), "learning_rate": .double(0.01),
      ]), in: training)
    #expect(try #require(training.metrics[.init(step: 400, name: "loss")]) < 0.02)
    return StageInput(name: "judge", try #require(learnt.artifacts["model"]))
  }

  @Test("the last verdict counts, and one label is not taken for the other")
  func verdicts() {
    for (text, verdict) in [
      ("[[CORRECT]]", true), ("[[INCORRECT]]", false),
      ("Not [[CORRECT]], so [[INCORRECT]].", false),
      ("[[INCORRECT]]? No: [[CORRECT]]", true), ("CORRECT", nil), ("[CORRECT]", nil), ("", nil),
      ("[[correct]]", nil),
    ] as [(String, Bool?)] {
      #expect(AnswerJudgeSpec.verdict(in: text) == verdict, "\(text)")
    }
  }

  @Test("texts are put into the question as they are")
  func question() throws {
    var spec = AnswerJudgeSpec()
    spec.template = "{prompt}|{completion}"
    #expect(
      try spec.question(prompt: "{completion}", gold: nil, completion: "{gold")
        == "{completion}|{gold")
    spec.template = "reference"
    #expect(spec.problems == [])
    #expect(try spec.question(prompt: "P", gold: nil, completion: "C") == nil)
    let text = try spec.question(prompt: "P", gold: "G", completion: "[[CORRECT]]") ?? ""
    #expect(text.contains("<reference_answer>\nG\n</reference_answer>\n\n<reply>\n[[CORRECT]]\n"))
  }

  @Test("a judge's mistakes in a recipe are told")
  func problems() {
    func problems(_ values: [String: ConfigValue]) -> [String] {
      RejectionSampling.Config(values: ["judge": .map(values)]).problems
        .map { "\($0.field): \($0.message)" }
    }
    let file = ConfigValue.list([.string("./judge.py")])
    #expect(problems([:]) == ["judge: needs one of command and template"])
    #expect(
      problems(["command": file, "template": .string("reference")])
        == ["judge: needs one of command and template"])
    #expect(
      problems(["template": .string("{prompt} {gold}")])
        == [
          "judge.template: has no {completion} and is not a built-in template; there is 'reference'"
        ])
    #expect(
      problems(["template": .string("{prompt} {completion} {golden}")]).first?
        .contains("unknown placeholder '{golden}'") == true)
    #expect(
      problems(["command": file, "chat": .bool(true)]) == ["judge.chat: needs template"])
    #expect(
      problems(["command": .list([.string("judge")])]).first?.hasPrefix("judge.command") == true)
    #expect(problems(["command": file]) == [])
    #expect(RejectionSampling.Config(values: [:]).problems == [])
  }

  @Test("a template needs a model, and a model a template")
  func incomplete() throws {
    for (values, judge, words) in [
      (["judge": .map(["template": .string("reference")])], nil, "add judge_model: $NAME"),
      (["judge": Self.command], model, "judge_model is not used"),
      ([:], model, "judge_model is not used"),
    ] as [([String: ConfigValue], StageInput?, String)] {
      let error = #expect(throws: TrainingError.self) {
        try sample(values, sums, judge: judge)
      }
      #expect("\(error as Any)".contains(words))
    }
  }
}
