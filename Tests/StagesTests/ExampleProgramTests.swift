import Datasets
import Foundation
import JSON
import Recipes
import Settings
import Tasks
import TestSupport
import Testing
import Trace

@testable import Stages

@Suite("The programs of examples/")
struct ExampleProgramTests {
  private static let folder = Repository.root.appending(path: "examples").path

  private func judge(_ words: String...) -> CommandJudge {
    let command =
      ["python3", "-B"] + words.map { $0.hasSuffix(".py") ? "\(Self.folder)/\($0)" : $0 }
    return CommandJudge(command.map(CommandWord.init), name: "example", timeout: 30)
  }

  private func samples(_ texts: [String], _ row: Row) -> [JudgedSample] {
    texts.map {
      JudgedSample(
        sample: RewardSample(completion: $0, prompt: "rendered", tokens: [1, 2, 3]), row: row)
    }
  }

  @Test("a program runs the tests of its row")
  func tests() throws {
    let test = JSONValue.object([
      "args": .array([.number("1"), .number("2")]), "result": .number("3"),
    ])
    let other = JSONValue.object([
      "args": .array([.number("0"), .number("5")]), "result": .number("5"),
    ])
    let row = Row(id: 1, prompt: .text("p"), fields: ["tests": .array([test, other])])
    let texts = [
      "<think>hm</think>```python\ndef solve(a, b):\n  return a + b\n```",
      "def solve(a, b): return 3", "no code", "def solve(a, b):\n  while True: pass",
    ]
    let program = judge("reward.py")
    #expect(
      try program.judge(samples(texts, row), in: .none)
        == [.score(1), .score(0.5), .score(0), .score(0)])
    #expect(
      try program.judge(samples(["x"], Row(id: 2, prompt: .text("p"))), in: .none)
        == [.abstain("the row has no tests")])
  }

  @Test("functions written for TRL give the same, alone and in a group, of texts and messages")
  func functions() throws {
    let plain = Row(id: 1, prompt: .text("p"), gold: "4")
    let chat = Row(
      id: 2, prompt: .messages([Message(role: "user", content: "2+2?")]), solution: "4", gold: "4")
    let texts = ["it is 4", "it is 5, no: 6", "four"]
    let scores: [RewardOutcome] = [.score(1), .score(0), .score(0)]
    for row in [plain, chat] {
      let program = judge("trl_reward.py", "rewards.py", "last_number")
      #expect(try program.judge(samples(texts, row), in: .none) == scores)
      #expect(try program.judge(group: samples(texts, row), in: .none) == scores)
      let shortest = judge("trl_reward.py", "rewards.py", "shortest")
      #expect(
        try shortest.judge(group: samples(texts, row), in: .none)
          == [.score(0), .score(0), .score(1)])
    }
    let odd = Row(id: 3, prompt: .text("p"), gold: "four")
    let program = judge("trl_reward.py", "rewards.py", "last_number")
    #expect(
      try program.judge(samples(["4"], odd), in: .none)
        == [.abstain("the function gave no reward")])
    #expect(
      try program.judge(group: samples(["4", "x"], odd), in: .none)
        == [.abstain("the program gave no score"), .score(0)])
  }

  /// The call is GRPOTrainer's, of TRL 1.16: these arguments and no others.
  @Test("a function is called as GRPOTrainer calls it")
  func call() throws {
    let folder = try TemporaryFolder()
    let text = """
      import json
      import helper
      async def check(prompts, completions, completion_ids, trainer_state, log_extra, log_metric, **columns):
          print("not an answer")
          log_metric("m", 1.0)
          assert prompts == [[{"role": "user", "content": "q"}]] * 2, prompts
          assert completions == [[{"role": "assistant", "content": c}] for c in "ab"], completions
          assert completion_ids == [[1, 2, 3]] * 2
          assert columns == {"tests": [[{"in": 1}]] * 2, "ok": [True] * 2, "none": [None] * 2,
                             "answer": ["4"] * 2}, columns
          return [helper.one, float("nan")]
      def fails(completions, **columns):
          raise KeyError("tests")
      def short(completions, **columns):
          return []
      """
    let own = try folder.write("own.py", text.utf8)
    try folder.write("helper.py", "one = 1".utf8)
    let row = Row(
      id: 1, prompt: .messages([Message(role: "user", content: "q")]), answer: "4", gold: "4",
      fields: [
        "tests": .array([.object(["in": .number("1")])]), "ok": .bool(true), "none": .null,
      ])
    func ask(_ function: String) throws -> [RewardOutcome] {
      let command = [
        "python3", "-B", "\(Self.folder)/trl_reward.py", own, function,
      ]
      return try CommandJudge(command.map(CommandWord.init), name: "own", timeout: 30)
        .judge(group: samples(["a", "b"], row), in: .none)
    }
    #expect(try ask("check") == [.score(1), .abstain("the program gave no score")])
    #expect(try ask("fails") == Array(repeating: .error("KeyError: 'tests'"), count: 2))
    #expect(
      try ask("short")
        == Array(
          repeating: .error("ValueError: the function gave 0 rewards for 2 completions"), count: 2))
  }
}
