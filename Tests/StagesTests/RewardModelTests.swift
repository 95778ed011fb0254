import Datasets
import Foundation
import JSON
import Neural
import Randomness
import Recipes
import Settings
import Tasks
import TestSupport
import Testing
import Trace
import Workflow

@testable import Stages

@Suite("Reward model losses")
struct RewardModelTests {
  /// Tests/Fixtures/reward.json, made by reward.py.
  struct Golden: Decodable {
    struct Pairs: Decodable {
      let chosen, rejected, margins, gradient: [Double]
      let centering, loss: Double
      let metrics: [String: Double]
    }
    struct Labelled: Decodable {
      let scores, gradient: [Double]
      let labels: [Bool]
      let loss: Double
    }
    struct Calibration: Decodable {
      let confidences: [Double]
      let right: [Bool]
      let error: Double
    }
    let pairwise: [Pairs]
    let pointwise: Labelled
    let calibration: Calibration

    static func load() throws -> Golden { try Repository.golden("reward.json") }
  }

  @Test("the pairwise loss, its gradient and its metrics are TRL's")
  func pairwise() throws {
    let golden = try Golden.load().pairwise
    #expect(golden.count == 4)
    for expected in golden {
      let loss = RewardLoss.pairwise(centering: expected.centering)
      let count = expected.chosen.count
      let items = (0..<count).map {
        RewardItem(id: $0, prompt: [], replies: [[1], [2]], margin: expected.margins[$0])
      }
      let scores = zip(expected.chosen, expected.rejected).map { [Float($0), Float($1)] }
      let results = zip(items, scores).map { loss($0, $1) }
      let mean = results.reduce(0) { $0 + $1.loss } / Double(count)
      #expect(abs(mean - expected.loss) < 1e-12)
      for i in 0..<count {
        let gradient = results[i].gradient.map { $0 / Double(count) }
        #expect(abs(gradient[0] - expected.gradient[i]) < 1e-12)
        #expect(abs(gradient[1] - expected.gradient[count + i]) < 1e-12)
      }
      let metrics = rewardMetrics(items, scores, loss: loss)
      #expect(Set(metrics.keys) == Set(expected.metrics.keys))
      // TRL takes accuracy and its mean in 32 bits.
      for (name, value) in expected.metrics {
        #expect(abs(try #require(metrics[name]) - value) < 1e-6, "\(name)")
      }
    }
  }

  @Test("the pointwise loss and its gradient are torch's binary cross-entropy with logits")
  func pointwise() throws {
    let expected = try Golden.load().pointwise
    let items = expected.labels.enumerated().map {
      RewardItem(id: $0, prompt: [], replies: [[1]], label: $1)
    }
    let results = zip(items, expected.scores).map { RewardLoss.pointwise($0, [Float($1)]) }
    let count = Double(items.count)
    #expect(abs(results.reduce(0) { $0 + $1.loss } / count - expected.loss) < 1e-12)
    for (result, gradient) in zip(results, expected.gradient) {
      #expect(abs(result.gradient[0] / count - gradient) < 1e-12)
    }
    #expect(RewardLoss.pointwise(items[0], [800]).loss.isFinite)
    #expect(RewardLoss.pointwise(items[0], [-800]).loss.isFinite)
  }

  @Test("the calibration error is that of Guo et al.")
  func calibration() throws {
    let golden = try Golden.load().calibration
    let error = expectedCalibrationError(golden.confidences, right: golden.right)
    #expect(abs(error - golden.error) < 1e-12)
    #expect(expectedCalibrationError([1, 1, 1, 1], right: [true, true, true, true]) == 0)
    #expect(expectedCalibrationError([1, 1], right: [false, false]) == 1)
  }

  @Test("a tie is not right, whatever the loss")
  func ties() {
    let pair = RewardItem(id: 0, prompt: [], replies: [[1], [2]])
    #expect(!RewardLoss.pairwise(centering: 0).isRight(pair, [1, 1]))
    for label in [true, false] {
      let item = RewardItem(id: 0, prompt: [], replies: [[1]], label: label)
      #expect(!RewardLoss.pointwise.isRight(item, [0]))
      #expect(RewardLoss.pointwise.isRight(item, [label ? 0.1 : -0.1]))
    }
  }

  private func pairs(_ lengths: [(Int, Int)]) -> [RewardItem] {
    lengths.enumerated().map { id, lengths in
      RewardItem(
        id: id, prompt: [1],
        replies: [
          [Int32](repeating: 1, count: lengths.0), [Int32](repeating: 1, count: lengths.1),
        ])
    }
  }

  @Test("balanced pairs have the longer reply chosen as often as not, at every difference")
  func balance() {
    var stream = RandomStream(seed: 4)
    let items = pairs(
      (0..<400).map { _ in
        // Chosen replies are longer, by a lot.
        (1 + Int(stream.uniform() * 40), 1 + Int(stream.uniform() * 25))
      })
    let kept = balanceLengths(items, random: RandomStream(seed: 1))
    #expect(kept.count > 200 && kept.count < items.count)
    #expect(kept.map(\.id) == kept.map(\.id).sorted())
    #expect(kept == balanceLengths(items, random: RandomStream(seed: 1)))
    #expect(kept != balanceLengths(items, random: RandomStream(seed: 2)))
    let differences = kept.map { $0.replies[0].count - $0.replies[1].count }
    for bin in 0..<6 {
      let members = differences.filter { abs($0) >= 1 << bin && abs($0) < 2 << bin }
      #expect(members.count { $0 > 0 } == members.count { $0 < 0 }, "2^\(bin)")
    }
    let ties = items.count { $0.replies[0].count == $0.replies[1].count }
    #expect(differences.count { $0 == 0 } == ties, "pairs of one length stay")
  }

  /// A reward model that learnt a little, as `reward_model` leaves it.
  private func trained(_ text: String) throws -> StageInput {
    func source(_ name: String, _ values: [String: ConfigValue]) -> StageInput {
      StageInput(name: name, content: .source(values), seed: 5)
    }
    let model = source(
      "base",
      ["hidden_size": .int(16), "num_hidden_layers": .int(1), "num_attention_heads": .int(2)])
    let pairs = source(
      "pairs",
      [
        "task": .string("arithmetic"), "size": .int(16),
        "parameters": .map(["max_operands": .int(2), "max_value": .int(9)]),
        "completion_template": .string("<think>{solution}</think>{answer}!"),
        "rejected_template": .string("{answer}?"),
      ])
    let context = MemoryContext(stage: "rm", inputs: ["model": [model], "data": [pairs]])
    let config = RewardModel.Config(values: [
      "max_steps": .int(12), "batch_size": .int(8), "learning_rate": .double(0.02),
      "text": .string(text),
    ])
    let output = try RewardModel.run(config, in: context)
    return StageInput(name: "rm.model", try #require(output.artifacts["model"]))
  }

  @Test("a trained model scores new replies as it learnt, alone as among others")
  func scoring() throws {
    let scorer = try RewardScorer(trained("reply"), precision: .f32)
    let samples = ["1+2=", "4+4=", "1+2="].flatMap { prompt in
      ["<think>x</think>3!", "3?", ""].map { RewardSample(completion: $0, prompt: prompt) }
    }
    let scores = try scorer.scores(samples)
    #expect(scores[0] == scores[6] && scores[1] == scores[7], "one text, one score")
    for start in [0, 3, 6] {
      #expect(try #require(scores[start]) > (try #require(scores[start + 1])))
    }
    for (sample, score) in zip(samples, scores) { #expect(try scorer.scores([sample]) == [score]) }
    #expect(try scorer.scores(samples, budget: 16) == scores)
    let known = scores.compactMap(\.self).map(scorer.normalized)
    #expect(scorer.description.std > 0 && known.allSatisfy { abs($0) < 20 })
  }

  @Test("a model of answers reads nothing else, whether thoughts are in the reply or the prompt")
  func answers() throws {
    let scorer = try RewardScorer(trained("answer"), precision: .f32)
    #expect(scorer.description.text == .answer)
    let samples = [
      RewardSample(completion: "<think>a</think>3!", prompt: "1+2="),
      RewardSample(completion: "<think>quite another</think>3!", prompt: "1+2="),
      RewardSample(completion: "3!", prompt: "1+2="),
      RewardSample(completion: "b</think>3!", prefix: "<think>", prompt: "1+2=<think>"),
      RewardSample(completion: "<think>3!", prompt: "1+2="),
      RewardSample(completion: "", prompt: "1+2="),
    ]
    let scores = try scorer.scores(samples)
    #expect(Set(scores[..<4]).count == 1)
    #expect(scores[4] == scores[5], "open thoughts are no answer")
    #expect(scores[4] != scores[0])
  }

  @Test(
    "reward_funcs takes a reward model by its stage's name, for rows of its types, normalised or not"
  )
  func rewards() throws {
    let model = try trained("reply")
    var plain = RewardSpec()
    plain.rewardModel = "rm"
    plain.types = ["helpful"]
    var normalized = plain
    normalized.name = "helpfulness"
    normalized.normalize = true
    let set = try RewardSet([plain, normalized, "format"], models: [model])
    #expect(set.names == ["rm", "helpfulness", "format"])
    let samples = ["helpful", "reasoning"].map {
      RewardSample(completion: "3!", prompt: "1+2=", fields: ["type": $0])
    }
    let row = Row(id: 1, prompt: .text("1+2="))
    let outcomes = try set.judge(samples.map { JudgedSample(sample: $0, row: row) }, step: 1)
    let scorer = try RewardScorer(model, precision: .f32)
    let score = try #require(try scorer.scores([samples[0]])[0])
    #expect(outcomes[0][0] == .score(score))
    #expect(outcomes[0][1] == .score(scorer.normalized(score)))
    #expect(outcomes[1][0] == nil && outcomes[1][1] == nil, "rows of other types are not scored")
  }

  @Test("a reward model that is not at the input, or is there for nothing, is an error")
  func missing() throws {
    var spec = RewardSpec()
    spec.rewardModel = "helpful"
    let error = #expect(throws: TrainingError.self) { try RewardSet([spec]) }
    #expect(
      error?.description
        == "reward_funcs names the reward model 'helpful', which is not in the input "
        + "reward_model; add reward_model: $helpful")
    let model = try trained("reply")
    #expect(throws: TrainingError.self) { try RewardSet(["format"], models: [model]) }
    spec.command = [CommandWord("./judge.py")]
    #expect(spec.problems.map(\.field) == ["command"])
  }

  @Test("pairs that are all longer on one side balance to none")
  func oneSided() {
    #expect(balanceLengths(pairs([(3, 1), (4, 2)]), random: RandomStream(seed: 1)).isEmpty)
    #expect(balanceLengths(pairs([(3, 1), (1, 4)]), random: RandomStream(seed: 1)).count == 2)
  }
}
