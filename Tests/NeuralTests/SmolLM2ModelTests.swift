import Foundation
import Randomness
import Testing

@testable import Neural

/// A real model's numbers beside transformers'; run by `make parity`.
@Suite(
  "SmolLM2's numbers", .serialized,
  .enabled(if: ProcessInfo.processInfo.environment["REGIMEN_SMOLLM2"] != nil))
struct SmolLM2ModelTests {
  struct Golden: Decodable {
    struct Score: Decodable {
      let ids: [Int32]
      let logProbs: [Float]
    }

    struct Greedy: Decodable {
      let prompt: [Int32]
      let ids: [Int32]
      /// From the likeliest logit to the next.
      let gaps: [Float]
    }

    struct FineTuning: Decodable {
      let rate: Double
      let rows: [[[Int32]]]
      let losses: [Double]
      let norms: [Double]
    }

    let scores: [Score]
    let greedy: [Greedy]
    let fineTuning: FineTuning
  }

  let golden: Golden
  let model: LanguageModel

  init() throws {
    golden = try TextFixture.decode("../smollm2_model.json", as: Golden.self)
    model = try LanguageModel.load(
      path: ProcessInfo.processInfo.environment["REGIMEN_SMOLLM2"] ?? "")
  }

  @Test("log-probabilities are within 2e-4 of transformers'")
  func scores() throws {
    let batch = PackedBatch.sequences(
      golden.scores.map { ($0.ids, [Bool](repeating: true, count: $0.ids.count)) })
    let found = Scorer(model: model).score(batch).logProbs
    let expected = golden.scores.flatMap(\.logProbs)
    try #require(found.count == expected.count)
    let worst = zip(found, expected).map { abs($0 - $1) }.max() ?? 0
    #expect(worst < 2e-4, "the largest difference is \(worst)")
  }

  @Test("greedy continuations are transformers', as far as the two best tokens are apart")
  func greedy() throws {
    let generator = Generator(model: model, maxBatch: 4)
    var options = SamplingOptions(maxNewTokens: 24)
    options.temperature = 0
    var found: [Int: [Int32]] = [:]
    try generator.generate(
      golden.greedy.map { GenerationPrompt(tokens: $0.prompt, samples: [.init(seed: 1)]) }, options
    ) { found[$0.prompt] = $0.tokens }
    for (index, example) in golden.greedy.enumerated() {
      let certain = example.gaps.prefix { $0 > 1e-3 }.count
      #expect(certain > 12)
      #expect(found[index]?.prefix(certain) == example.ids.prefix(certain))
    }
  }

  @Test(
    "ten updates have transformers' losses and gradient norms within 1e-3, in bf16 losses in 2e-2",
    arguments: Precision.allCases.filter { $0 == .f32 || Precision.hasBF16 })
  func fineTuning(precision: Precision) throws {
    let golden = golden.fineTuning
    model.precision = precision
    let narrow = precision == .bf16
    let session = TrainingSession(model: model, optimizer: AdamWOptions(weightDecay: 0.01))
    let schedule = LearningRateSchedule.cosine(warmupSteps: 2, floor: 0)
    for (step, rows) in golden.rows.enumerated() {
      let batch = PackedBatch.sequences(
        rows.map { ($0, [Bool](repeating: true, count: $0.count)) })
      let count = batch.scoredTargets.count
      let logProbs = session.accumulate(
        batch, coefficients: [Float](repeating: -1 / Float(count), count: count))
      let loss = -logProbs.reduce(0) { $0 + Double($1) } / Double(count)
      #expect(
        abs(loss / golden.losses[step] - 1) < (narrow ? 2e-2 : 1e-3), "loss of step \(step + 1)")
      let norm = session.update(
        learningRate: golden.rate * schedule.factor(step: step, of: golden.rows.count),
        maxGradNorm: 1)
      // What bf16 rounds off adds up in the weights, and shows in the norm before the loss.
      #expect(
        abs(norm / golden.norms[step] - 1) < (narrow ? 0.15 : 1e-3),
        "gradient norm of step \(step + 1)")
    }
  }
}
