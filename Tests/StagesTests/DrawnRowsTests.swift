import Datasets
import Foundation
import Host
import Neural
import Randomness
import Recipes
import Settings
import TestSupport
import Testing
import Text
import Workflow

@testable import Stages

/// Rows of tasks that are made when they are asked for, held against the same rows kept.
@Suite("Rows made as they are needed")
struct DrawnRowsTests {
  private func model() throws -> LanguageModel {
    var configuration = ModelConfiguration()
    configuration.hiddenSize = 16
    configuration.numHiddenLayers = 1
    configuration.maxPositionEmbeddings = 512
    return try configuration.newModel(name: "base", seed: 1)
  }

  private func task(
    _ name: String, size: Int, weight: Double = 1, _ more: [String: ConfigValue] = [:]
  ) -> StageInput {
    let values: [String: ConfigValue] = [
      "task": .string("arithmetic"), "size": .int(size),
      "completion_template": .string("<think>{solution}</think>{final}"),
    ]
    return StageInput(
      name: name, content: .source(values.merging(more) { $1 }), weight: weight, seed: 3)
  }

  private var inputs: [StageInput] {
    [
      task("many", size: 2300), task("few", size: 30, weight: 0.5),
      task("window", size: 9000, ["offset": .int(50), "limit": .int(2200)]),
    ]
  }

  @Test("prompts are those of the rows, at every place")
  func prompts() throws {
    let model = try model()
    var logs: [String] = []
    let set = try PromptSet(inputs, model: model) { logs.append($0) }
    let rows = try inputs.flatMap { input in try loadRows(input).map { (input.name, $0) } }
    #expect(set.count == 4530 && set.facts.rows == 2048 + 30 + 2048)
    #expect(
      logs.count == 2 && logs[0].hasPrefix("dataset 'many': 2048 of 2300 rows were checked"))
    let places = [0, 2047, 2048, 2299, 2300, 2329, 2330, 4377, 4378, 4529, 2100]
    for (place, prompt) in zip(places, try set.prompts(places)) {
      let (name, row) = rows[place]
      #expect(prompt.row.id == place && prompt.row.dataset == name && prompt.row.row == row)
      #expect(prompt.tokens == (try model.tokenizer.encode(row.prompt.text)))
    }
    #expect(set.count(of: "window") == 2200)
  }

  @Test("prompts of files and of upstream stages are made from their lines, beside a task's")
  func files() throws {
    let folder = try TemporaryFolder()
    let lines = (0..<90).map {
      #"{"prompt": "\#(String(repeating: "x", count: 7 * $0 % 41 + 1))", "answer": \#($0)}"#
    }
    let path = try folder.write("rows.jsonl", lines.joined(separator: "\n").utf8)
    let file = StageInput(name: "file", content: .source(["file": .string(path)]), seed: 1)
    let data = RowCoding.encode(try loadRows(file))
    let stage = StageInput(
      name: "stage", content: .artifact([rowsFile: FileContent(data)]), seed: 1)
    let all = [file, task("few", size: 30), stage]
    let model = try model()
    let set = try PromptSet(all, model: model) { _ in }
    let rows = try all.flatMap { try loadRows($0) }
    #expect(set.count == 210 && set.facts.rows == 210)
    #expect(set.facts.longest?.tokens.count == rows.map { $0.prompt.text.count }.max())
    for (place, prompt) in zip(0..., try set.prompts(0..<210)) {
      #expect(prompt.row.id == place && prompt.row.row == rows[place])
      #expect(prompt.tokens == (try model.tokenizer.encode(rows[place].prompt.text)))
    }
  }

  @Test("steps go through all prompts, or through some in their order")
  func steps() throws {
    let set = try PromptSet(inputs, model: model()) { _ in }
    let all = PromptSteps(set, of: 1000)
    #expect(all.count == 5)
    #expect(try all[1].map(\.row.id) == Array(0..<1000))
    #expect(try all[5].map(\.row.id) == Array(4000..<4530))
    let some = PromptSteps(set, of: 2, chosen: [3, 2290, 4500])
    #expect(some.count == 2)
    #expect(try some[1].map(\.row.id) == [3, 2290])
    #expect(try some[2].map(\.row.id) == [4500])
  }

  @Test("rows in tokens are those that would be kept", arguments: [false, true])
  func tokens(everyToken: Bool) throws {
    let model = try model()
    func data(_ keeping: KeptRows) throws -> TokenizedData {
      try TokenizedData(
        inputs, model: model, scored: everyToken ? .everyToken : .completion, maxLength: 64,
        keeping: keeping, log: { _ in })
    }
    let (drawn, whole) = (try data(.few(measured: false)), try data(.all))
    #expect(whole.kept.count == 4530 && drawn.kept.count == 2048 + 30 + 2048)
    for number in whole.kept.indices { #expect(try drawn.row(number) == whole.kept[number]) }
    var orders = try [drawn, whole].map { try $0.epochPlan(SupervisedOptions(), seed: 2) }
    for step in [1, 2, 400, 600] {
      #expect(orders[0].batch(step: step).rows == orders[1].batch(step: step).rows)
    }
    var packing = SupervisedOptions()
    (packing.packing, packing.maxLength) = (true, 64)
    let measured = try data(.few(measured: true))
    #expect(measured.kept.count == drawn.kept.count)
    let bins = try [measured, whole].map {
      try $0.epochPlan(packing, seed: 2).makeBatches(epoch: 0)
    }
    #expect(bins[0] == bins[1])
  }

  @Test("all rows are looked at where some of the first are near to being left out")
  func unclear() throws {
    var logs: [String] = []
    let data = try TokenizedData(
      [task("many", size: 2300)], model: model(), scored: .completion, maxLength: 9,
      keeping: .few(measured: false), log: { logs.append($0) })
    #expect(data.kept.count < 2300)
    let left = 2300 - data.kept.count
    #expect(logs.contains { $0.hasPrefix("\(left) of 2300 rows are left out") })
  }

  @Test("ten million rows take no more time and memory than ten thousand")
  func many() throws {
    let model = try model()
    let inputs = [task("many", size: 10_000_000)]
    let set = try PromptSet(inputs, model: model) { _ in }
    let cycle = GenerationCycle(stepsPerGeneration: 1, numIterations: 1)
    var plan = try set.plan(cycle: cycle, promptsPerStep: 4, seed: 1)
    #expect(plan.steps(epochs: 1) == 2_500_000)
    #expect(try set.prompts(plan.batch(step: 1).rows).count == 4)
    #expect(set.facts.rows == 2048)
    let data = try TokenizedData(
      inputs, model: model, scored: .completion, maxLength: 128, keeping: .few(measured: false),
      log: { _ in })
    #expect(data.kept.count == 2048)
    #expect(try data.row(9_999_999).scoredCount > 0)
  }

  @Test(
    "items of a reward model are those that would be kept", arguments: ["pairwise", "pointwise"])
  func rewardItems(lossType: String) throws {
    let model = try loadModel(
      StageInput(name: "base", content: .source(["hidden_size": .int(16)]), seed: 1))
    let config = RewardModel.Config(values: ["loss_type": .string(lossType)])
    func data(size: Int) throws -> RewardData {
      try RewardData(
        [task("pairs", size: size, ["rejected_template": .string("{answer}")])], config,
        model: model, balancing: false, drawing: true, seed: 1, log: { _ in })
    }
    let (whole, drawn) = (try data(size: 3000), try data(size: 200_000))
    let each = lossType == "pairwise" ? 1 : 2
    #expect(whole.kept.count == 3000 * each && drawn.kept.count == 2048 * each)
    for number in whole.kept.indices { #expect(try drawn.item(number) == whole.kept[number]) }
    #expect(drawn.metrics["items"] == Double(200_000 * each))
  }
}
