import Datasets
import Foundation
import Host
import JSON
import Recipes
import Settings
import Tasks
import Testing
import Workflow

@testable import Stages

@Suite("Rewards that judge little or nothing")
struct RewardWatchTests {
  private let model = StageInput(
    name: "base",
    content: .source([
      "hidden_size": .int(16), "num_hidden_layers": .int(1), "num_attention_heads": .int(2),
    ]), seed: 5)

  private func context(_ rows: [Row], resuming: MemoryContext? = nil, stopAfter: Int? = nil)
    -> MemoryContext
  {
    let data = StageInput(
      name: "problems", content: .artifact([rowsFile: FileContent(RowCoding.encode(rows))]),
      seed: 1)
    return MemoryContext(
      stage: "rl", inputs: ["model": [model], "data": [data]], stopAfter: stopAfter,
      resuming: resuming)
  }

  private func train(_ context: MemoryContext, _ values: [String: ConfigValue] = [:]) throws {
    let small: [String: ConfigValue] = [
      "max_steps": .int(2), "prompts_per_step": .int(2), "num_generations": .int(2),
      "max_completion_length": .int(4), "beta": .double(0),
    ]
    _ = try GRPO.run(GRPOConfiguration(values: small.merging(values) { $1 }), in: context)
  }

  private func row(_ id: Int, gold: String?, fields: [String: JSONValue] = [:]) -> Row {
    Row(id: id, prompt: .text("\(id)+1="), gold: gold, verifier: "numeric", fields: fields)
  }

  @Test("rows none of which has a gold answer that can be read fail before anything is sampled")
  func noGold() throws {
    let rows = (0..<4).map { row($0, gold: nil, fields: ["solution_text": "4"]) }
    let context = context(rows)
    let error = #expect(throws: TrainingError.self) { try train(context) }
    #expect(
      error?.message == """
        reward 'accuracy' can score none of its 4 rows: the row has no gold answer, for row 0 of dataset \
        'problems', which has prompt, solution_text; a gold answer is read from a row's `answer`, `gold` or `solution` (there in \\boxed{}, after ####, in $...$ at the end, \
        or as a short text), `fields: { answer: KEY }` of the dataset names another key, and \
        `verifier` says how answers are compared
        """)
    #expect(context.samples.isEmpty && error?.isInputFault == true)
    let drawn = self.context(rows)
    for values: [String: ConfigValue] in [
      [:], ["keep": .string("all"), "min_accuracy": .double(0.1)],
    ] {
      let sampled = #expect(throws: TrainingError.self) {
        try RejectionSampling.run(RejectionSampling.Config(values: values), in: drawn)
      }
      #expect(sampled?.message.contains("can score none of its 4 rows") == true)
      #expect(sampled?.isInputFault == true && drawn.samples.isEmpty)
    }
    let unreadable = #expect(throws: TrainingError.self) {
      try train(self.context([row(0, gold: "about four"), row(1, gold: "")]))
    }
    #expect(unreadable?.message.contains("can score none of its 2 rows") == true)
    let data = self.context(rows)
    let evaluated = #expect(throws: TrainingError.self) {
      try Evaluate.run(Evaluate.Config(values: ["max_completion_length": .int(4)]), in: data)
    }
    #expect(evaluated?.message.contains("can score none of its 4 rows") == true)
    // Other rewards need no gold answers.
    try train(self.context(rows), ["reward_funcs": .list([.string("format")])])
  }

  @Test("a reward that judges a part is told once, and again at the end with its share")
  func part() throws {
    let rows = (0..<4).map { row($0, gold: $0 == 0 ? "1" : nil) }
    let whole = context(rows)
    try train(whole)
    let told = whole.logs.filter { $0.contains("reward 'accuracy' scored") }
    #expect(told.count == 2)
    #expect(told[0].contains(" of 4 completions (") && told[0].contains(" of step 1. "))
    #expect(told[0].contains("abstained, 0 failed; first: the row has no gold answer, for row "))
    #expect(told[1].hasSuffix("in total") && told[1].contains("2 of 8 completions"))
    #expect(whole.metrics[.init(step: 2, name: "rewards_judged")] == 0.25)
    // Counts go on where an interrupted attempt was.
    let first = context(rows, stopAfter: 1)
    #expect(throws: StageStopped.self) { try train(first) }
    let second = context(rows, resuming: first)
    try train(second)
    #expect(second.metrics[.init(step: 2, name: "rewards_judged")] == 0.25)
    let all = context((0..<4).map { row($0, gold: "\($0 + 1)") })
    try train(all)
    #expect(!all.logs.contains { $0.contains("' scored ") })
    #expect(all.metrics[.init(step: 2, name: "rewards_judged")] == nil)
  }

  @Test("a named reward that judged nothing fails the stage, whatever the others gave")
  func nothing() throws {
    let abstaining = """
      while read -r line; do id=${line#*\\"id\\":}; id=${id%%,*}; \
      echo "{\\"id\\": $id, \\"abstain\\": \\"no tests\\"}"; done
      """
    let program = ConfigValue.map([
      "name": .string("tests"),
      "command": .list(["/bin/sh", "-c", abstaining].map { .string($0) }),
    ])
    let context = context((0..<4).map { row($0, gold: "\($0 + 1)") })
    let error = #expect(throws: TrainingError.self) {
      try train(context, ["reward_funcs": .list([.string("accuracy"), program])])
    }
    #expect(
      error?.message.hasPrefix(
        "reward 'tests' scored 0 of 8 completions (8 abstained, 0 failed; first: no tests, for row "
      )
        == true)
    #expect(context.logs.contains { $0.hasPrefix("reward 'tests' scored 0 of 4 completions") })
  }

  @Test("in a stage of one step a reward that leaves much open is told once")
  func oneStep() throws {
    // Every `every`th completion gets a score.
    func logs(every: Int) throws -> (told: Int, failure: TrainingError?) {
      let script = """
        n=0; while read -r line; do n=$((n+1)); id=${line#*\\"id\\":}; id=${id%%,*}; \
        if [ $((n % \(every))) = 0 ]; then echo "{\\"id\\": $id, \\"score\\": 1}"; \
        else echo "{\\"id\\": $id, \\"abstain\\": \\"no tests\\"}"; fi; done
        """
      let program = ConfigValue.map([
        "name": .string("tests"),
        "command": .list(["/bin/sh", "-c", script].map { .string($0) }),
      ])
      let context = context((0..<4).map { row($0, gold: "\($0 + 1)") })
      var failure: TrainingError?
      do {
        try train(
          context, ["max_steps": .int(1), "reward_funcs": .list([.string("accuracy"), program])])
      } catch let error as TrainingError { failure = error }
      return (context.logs.count { $0.contains("reward 'tests' scored") }, failure)
    }
    let some = try logs(every: 2)
    #expect(some.told == 1 && some.failure == nil)
    let none = try logs(every: 100)
    #expect(none.told == 0, "the failure says it")
    #expect(none.failure?.message.hasPrefix("reward 'tests' scored 0 of 4 completions") == true)
  }

  @Test("a reward for other rows is asked nothing and fails nothing")
  func types() throws {
    var spec = RewardSpec("accuracy")
    spec.types = ["math"]
    let rows = [
      row(0, gold: "1", fields: ["type": "math"]), row(1, gold: nil, fields: ["type": "chat"]),
    ]
    try train(
      context(rows),
      ["reward_funcs": .list([spec.configValue, .string("format")])])
  }
}
