import Datasets
import JSON
import Recipes
import Settings
import Tasks
import Testing
import Trace
import Workflow

@testable import Stages

@Suite("Which rewards judge which rows")
struct RewardSetTests {
  private func sample(_ text: String, type: String?, tokens: Int = 3) -> JudgedSample {
    JudgedSample(
      sample: RewardSample(
        completion: text, gold: "42", verifier: "numeric",
        fields: type.map { ["type": $0] } ?? [:], tokens: [Int32](repeating: 1, count: tokens)),
      row: Row(id: 1, prompt: .text("p")))
  }

  private func spec(
    _ name: String, weight: Double? = nil, types: [String]? = nil, from: Int = 1, until: Int? = nil
  ) -> RewardSpec {
    var spec = RewardSpec(name)
    (spec.weight, spec.types, spec.fromStep, spec.untilStep) = (weight, types, from, until)
    return spec
  }

  @Test("a reward judges the types and steps that it is for, and no others")
  func routes() throws {
    let set = try RewardSet([
      spec("accuracy", types: ["reasoning"]), "tag_count",
      spec("format", types: ["helpful", "harmless"], from: 3, until: 4),
    ])
    let samples = [
      sample("42", type: "reasoning"), sample("42", type: "helpful"), sample("42", type: nil),
    ]
    #expect(
      try set.judge(samples, step: 2)
        == [[.score(1), .score(0), nil], [nil, .score(0), nil], [nil, .score(0), nil]])
    for step in 3...4 {
      #expect(try set.judge(samples, step: step)[1] == [nil, .score(0), .score(0)])
      #expect(try set.judge(samples, step: step)[0] == [.score(1), .score(0), nil])
    }
    #expect(try set.judge(samples, step: 5)[1] == [nil, .score(0), nil])
  }

  @Test("one reward may have several entries, each with its weight for its steps")
  func weights() throws {
    let set = try RewardSet([
      spec("accuracy", weight: 2, until: 9), spec("accuracy", weight: 0.5, from: 10), "format",
    ])
    #expect(set.names == ["accuracy", "format"])
    let outcomes = try set.judge([sample("42", type: nil)], step: 3)[0]
    #expect(outcomes == [.score(1), .score(0)])
    #expect(set.total(outcomes.map { $0?.score }, type: nil, step: 3) == 2)
    #expect(set.total([1, 1], type: nil, step: 10) == 1.5)
    #expect(try RewardSet(["accuracy"], weights: [0.25]).total([1], type: nil, step: 1) == 0.25)
    #expect(set.total([nil, nil], type: nil, step: 1) == nil)
  }

  @Test("rewards that compare a group see all of it, and are made again from what is stored")
  func groups() throws {
    let set = try RewardSet(["accuracy", "length"])
    let group = [
      sample("42", type: nil, tokens: 2), sample("42", type: nil, tokens: 6),
      sample("7", type: nil, tokens: 4),
    ]
    let alone = try set.judge(group, step: 1)
    #expect(alone == [[.score(1), nil], [.score(1), nil], [.score(0), nil]])
    let compared = try set.compare(group, alone, step: 1)
    #expect(
      compared == [[.score(1), .score(0.5)], [.score(1), .score(-0.5)], [.score(0), .score(0)]])
    let stored = compared.map(set.named)
    #expect(stored[0]["length"]?.score == 0.5)
    #expect(stored.map { set.outcomes($0, type: nil, step: 1) } == alone)
    #expect(set.outcomes(["length": .score(1)], type: nil, step: 1) == nil)
  }

  @Test("types without rows and rows without rewards are mistakes")
  func types() throws {
    let set = try RewardSet([spec("accuracy", types: ["reasonig"])])
    #expect {
      try set.check(types: ["reasoning"])
    } throws: {
      "\($0)" == "reward 'accuracy' is for rows of type 'reasonig'; did you mean 'reasoning'?"
    }
    #expect {
      try set.check(types: [nil])
    } throws: {
      "\($0)".hasSuffix("no row has a type: set `type` in the datasets' entries")
    }
    let one = try RewardSet([spec("accuracy", types: ["reasoning"])])
    #expect {
      try one.check(types: ["reasoning", nil])
    } throws: {
      "\($0)".hasPrefix("no reward applies to rows without a type")
    }
    try one.check(types: ["reasoning"])
  }

  @Test(
    "entries that cannot work are refused where they stand",
    arguments: [
      (["acuracy"], "reward_funcs[0].name", "no reward named 'acuracy'; did you mean 'accuracy'?"),
      ([], "reward_funcs", "needs at least one reward"),
      (
        ["format", "format"], "reward_funcs[1]",
        "'format' appears twice for the same rows and steps; give one of them other types or steps"
      ),
    ] as [([RewardSpec], String, String)])
  func problems(specs: [RewardSpec], field: String, message: String) {
    #expect(RewardSpec.problems(specs, weights: nil) == [ConfigProblem(field, message)])
  }

  @Test("parameters, weights and commands are checked")
  func details() {
    var cosine = RewardSpec("cosine")
    cosine.parameters = ["max_lenn": 5]
    #expect(
      cosine.problems == [
        ConfigProblem(
          "parameters", "reward 'cosine' has no parameter 'max_lenn'; did you mean 'max_len'?")
      ])
    cosine.parameters = ["max_len": -5]
    #expect(cosine.problems.map(\.field) == ["parameters"])
    var command = RewardSpec()
    #expect(command.problems.map(\.message) == ["'name', 'command' or 'reward_model' is needed"])
    command.command = [CommandWord("judge")]
    #expect(command.problems.map(\.field) == ["command"])
    command.command = [CommandWord("python3"), CommandWord("/a/judge.py")]
    #expect(command.problems.isEmpty && command.label == "judge")
    let split = [spec("format", until: 4), spec("format", from: 5)]
    #expect(RewardSpec.problems(split, weights: nil).isEmpty)
    #expect(RewardSpec.problems(split, weights: [1]).map(\.field) == ["reward_weights"])
    #expect(
      RewardSpec.problems([spec("format", weight: 1)], weights: [1]).map(\.field)
        == ["reward_weights"])
    #expect(spec("format", from: 5, until: 4).problems.map(\.field) == ["until_step"])
    #expect(spec("format", types: []).problems.map(\.field) == ["types"])
  }
}
