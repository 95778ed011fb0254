import AllocationCounter
import Host
import Testing
import Text

@testable import Neural

@Suite("Training session")
struct TrainingSessionTests {
  /// Ten updates as decoder.py makes them.
  static func train(
    _ session: TrainingSession, _ batch: PackedBatch, steps: Range<Int>
  ) -> (losses: [Double], norms: [Double]) {
    let count = batch.scoredRows.count
    let schedule = LearningRateSchedule.cosine(warmupSteps: 2, floor: 0.125)
    var (losses, norms) = ([Double](), [Double]())
    for step in steps {
      let logProbs = session.accumulate(
        batch, coefficients: [Float](repeating: -1 / Float(count), count: count))
      losses.append(-logProbs.reduce(0) { $0 + Double($1) } / Double(count))
      norms.append(
        session.update(
          learningRate: 0.0078125 * schedule.factor(step: step, of: 10), maxGradNorm: 1))
    }
    return (losses, norms)
  }

  static let options = AdamWOptions(beta2: 0.95, weightDecay: 0.125)

  private func batch(_ model: LanguageModel) -> PackedBatch {
    .sequences(DecoderFixture.sequences(vocabulary: model.config.vocabSize))
  }

  @Test("ten updates with a cosine schedule, clipping and decay are torch's")
  func golden() throws {
    for golden in try DecoderFixture.load().models {
      let model = try DecoderFixture.model(golden.model)
      let session = TrainingSession(model: model, optimizer: Self.options)
      let (losses, norms) = Self.train(session, batch(model), steps: 0..<10)
      for (own, theirs) in zip(losses, golden.training.losses) {
        #expect(abs(own - theirs) < 1e-5 * theirs, "\(golden)")
      }
      for (own, theirs) in zip(norms, golden.training.gradientNorms) {
        #expect(abs(own - theirs) < 1e-4 * theirs, "\(golden)")
      }
      let last = session.score(batch(model)).logProbs
      #expect(largestError(last, golden.training.logProbs) < 1e-4, "\(golden)")
      #expect(session.step == 10)
    }
  }

  @Test("training goes on from saved weights and state with the same bits")
  func restore() throws {
    let straight = try DecoderFixture.model("qwen2, tied")
    let session = TrainingSession(model: straight, optimizer: Self.options)
    let before = Self.train(session, batch(straight), steps: 0..<4)
    let (weights, state) = (straight.parameters.floats.array, try session.optimizerState.data())
    let after = Self.train(session, batch(straight), steps: 4..<10)
    #expect(before.losses.count == 4)

    let resumed = try DecoderFixture.model("qwen2, tied")
    resumed.parameters.floats.copy(from: weights)
    resumed.parameters.changed()
    let second = TrainingSession(model: resumed, optimizer: Self.options)
    try second.restore(optimizerState: state)
    let again = Self.train(second, batch(resumed), steps: 4..<10)
    #expect(again.losses == after.losses)
    #expect(again.norms == after.norms)
    #expect(resumed.parameters.floats.array == straight.parameters.floats.array)
    #expect(try second.optimizerState.data() == session.optimizerState.data())
  }

  @Test("the state of another model is refused")
  func mismatch() throws {
    let small = try DecoderFixture.model("qwen2, tied")
    let large = try DecoderFixture.model("llama, tied")
    let state = try TrainingSession(model: small, optimizer: AdamWOptions()).optimizerState.data()
    let session = TrainingSession(model: large, optimizer: AdamWOptions())
    #expect(throws: ModelError.self) { try session.restore(optimizerState: state) }
    #expect(throws: ModelError.self) { try session.restore(optimizerState: state.prefix(9)) }
  }

  @Test("an update whose gradient is not finite changes nothing and clears the gradient")
  func notFinite() throws {
    let model = try DecoderFixture.model("llama, tied")
    let batch = batch(model)
    let session = TrainingSession(model: model, optimizer: AdamWOptions())
    let before = model.parameters.floats.array
    var coefficients = [Float](repeating: 1, count: batch.scoredRows.count)
    coefficients[3] = .nan
    _ = session.accumulate(batch, coefficients: coefficients)
    #expect(session.update(learningRate: 0.1).isNaN)
    #expect(model.parameters.floats.array == before)
    #expect(session.gradientNorm == 0)
    #expect(session.step == 0)
  }

  @Test("an error in the loss leaves no gradient behind")
  func lossThrows() throws {
    struct Refused: Error {}
    let model = try DecoderFixture.model("llama, tied")
    let session = TrainingSession(model: model, optimizer: AdamWOptions())
    #expect(throws: Refused.self) {
      _ = try session.accumulate(batch(model)) { _ in throw Refused() }
    }
    #expect(session.gradientNorm == 0)
  }

  @Test("a batch with nothing scored gives a gradient of zero")
  func nothingScored() throws {
    let model = try DecoderFixture.model("llama, untied")
    let session = TrainingSession(model: model, optimizer: AdamWOptions())
    let batch = PackedBatch.sequences([(tokens: [1, 2, 3], scored: [true, false, false])])
    #expect(session.accumulate(batch, coefficients: []) == [])
    #expect(session.gradientNorm == 0)
  }

  @Test("batches of every size share one workspace")
  func growing() throws {
    let model = try DecoderFixture.model("llama, untied")
    let session = TrainingSession(model: model, optimizer: AdamWOptions())
    let sequences = DecoderFixture.sequences(vocabulary: 45)
    for chosen in [[0], [2], [1], [0, 1, 2, 3], [3]] {
      let batch = PackedBatch.sequences(chosen.map { sequences[$0] })
      let fresh = TrainingSession(model: model, optimizer: AdamWOptions())
      #expect(session.score(batch).logProbs == fresh.score(batch).logProbs)
    }
  }

  @Test(
    "an update of a shape that was seen takes no memory of the size of activations",
    arguments: [false, true])
  func allocations(recomputes: Bool) throws {
    for precision in Precision.allCases where precision == .f32 || Precision.hasBF16 {
      let model = try GeneratorTests.model(DecoderTests.configs[0])
      model.precision = precision
      let session = TrainingSession(
        model: model, optimizer: AdamWOptions(), recomputesActivations: recomputes)
      let sequences = (0..<32).map { index in
        let tokens = DecoderFixture.integers(96, seed: 700 + index)
        return (tokens: tokens.map { Int32($0 % 19) }, scored: tokens.map { _ in true })
      }
      let batch = PackedBatch.sequences(sequences)
      let coefficients = DecoderFixture.coefficients(batch.scoredRows.count)
      let smallest = batch.count * model.config.hiddenSize * MemoryLayout<Float>.stride / 2
      func update() {
        _ = session.accumulate(batch, coefficients: coefficients)
        _ = session.accumulate(batch) { _ in coefficients }
        _ = session.update(learningRate: 1e-3, maxGradNorm: 1)
      }
      func count() -> Int {
        allocations_count(smallest)
        update()
        return allocations_counted()
      }
      #expect(count() > 0, "the workspace is made")
      #expect(count() == 0)
    }
  }
}
