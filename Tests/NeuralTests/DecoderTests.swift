import Randomness
import Testing

@testable import Neural

@Suite("Decoder")
struct DecoderTests {
  /// Head sizes and widths that are no multiple of a vector, and a head size that is not
  /// hidden / heads.
  static let configs = [
    ModelConfig(
      vocabSize: 19, hiddenSize: 20, intermediateSize: 18, numHiddenLayers: 2,
      numAttentionHeads: 4, numKeyValueHeads: 2, headDim: 6, tieWordEmbeddings: true,
      initializerRange: 0.3),
    ModelConfig(
      modelType: .qwen2, vocabSize: 21, hiddenSize: 18, intermediateSize: 37, numHiddenLayers: 2,
      numAttentionHeads: 3, numKeyValueHeads: 1, tieWordEmbeddings: false, initializerRange: 0.3),
    qwen3,
  ]

  private static var qwen3: ModelConfig {
    var config = ModelConfig(
      modelType: .qwen3, vocabSize: 23, hiddenSize: 20, intermediateSize: 27, numHiddenLayers: 2,
      numAttentionHeads: 4, numKeyValueHeads: 2, headDim: 18, tieWordEmbeddings: false,
      initializerRange: 0.3)
    config.ropeScaling = RopeScaling(factor: 8, originalMaxPositionEmbeddings: 64)
    return config
  }

  /// The gradient that a session has after `accumulate`, tensor by tensor.
  static func gradients(_ session: TrainingSession, _ model: LanguageModel) -> [String: [Float]] {
    let all = session.gradientValues
    return Dictionary(
      uniqueKeysWithValues: model.parameters.entries.map { ($0.name, Array(all[$0.range])) })
  }

  @Test("log-probabilities, entropies and gradients are those of transformers and torch")
  func golden() throws {
    for golden in try DecoderFixture.load().models {
      let model = try DecoderFixture.model(golden.model)
      let batch = PackedBatch.sequences(
        DecoderFixture.sequences(vocabulary: model.config.vocabSize))
      let session = TrainingSession(model: model, optimizer: AdamWOptions())
      let scores = session.accumulate(batch, temperature: 0.75, entropies: true) {
        DecoderFixture.coefficients($0.logProbs.count)
      }
      #expect(largestError(scores.logProbs, golden.logProbs) < 1e-5, "\(golden)")
      #expect(largestError(scores.entropies, golden.entropies) < 1e-5, "\(golden)")
      let gradients = Self.gradients(session, model)
      #expect(gradients.count == golden.gradientNorms.count)
      for (name, norm) in golden.gradientNorms {
        let values = try #require(gradients[name])
        let own = values.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
        #expect(abs(own - norm) < 1e-5 * norm, "\(golden) \(name)")
      }
      for (name, values) in golden.gradients {
        #expect(relativeError(try #require(gradients[name]), values) < 2e-5, "\(golden) \(name)")
      }
    }
  }

  @Test("gradients agree with finite differences in double precision", arguments: configs)
  func finiteDifferences(config: ModelConfig) throws {
    let model = try GeneratorTests.model(config)
    let sequences = DecoderFixture.sequences(vocabulary: config.vocabSize)
    let batch = PackedBatch.sequences(sequences)
    let coefficients = DecoderFixture.coefficients(batch.scoredRows.count)
    let session = TrainingSession(model: model, optimizer: AdamWOptions())
    _ = session.accumulate(batch, temperature: 1.25, coefficients: coefficients)
    let gradients = Self.gradients(session, model)
    func loss(_ reference: DecoderReference) -> Double {
      let logProbs = sequences.flatMap {
        reference.logProbs($0.tokens, scored: $0.scored, temperature: 1.25).logProbs
      }
      return zip(logProbs, coefficients).reduce(0) { $0 + $1.0 * Double($1.1) }
    }
    var reference = DecoderReference(model)
    for entry in model.parameters.entries {
      let gradient = try #require(gradients[entry.name])
      let size = (gradient.reduce(0) { $0 + $1 * $1 } / Float(gradient.count)).squareRoot()
      for draw in DecoderFixture.integers(3, seed: entry.range.lowerBound) {
        let (i, step) = (draw % gradient.count, 1e-4)
        let value = reference.weights[entry.name, default: []][i]
        reference.weights[entry.name]?[i] = value + step
        let above = loss(reference)
        reference.weights[entry.name]?[i] = value - step
        let slope = (above - loss(reference)) / (2 * step)
        reference.weights[entry.name]?[i] = value
        let error = abs(Double(gradient[i]) - slope)
        #expect(error < 1e-4 * max(abs(slope), Double(size)), "\(entry.name)[\(i)]")
      }
    }
  }

  @Test("scores agree with the plain decoder in double precision", arguments: configs)
  func reference(config: ModelConfig) throws {
    let model = try GeneratorTests.model(config)
    let sequences = DecoderFixture.sequences(vocabulary: config.vocabSize)
    let scores = Scorer(model: model).score(
      PackedBatch.sequences(sequences), temperature: 0.5, entropies: true)
    let reference = DecoderReference(model)
    let expected = sequences.map {
      reference.logProbs($0.tokens, scored: $0.scored, temperature: 0.5)
    }
    #expect(largestError(scores.logProbs, expected.flatMap(\.logProbs)) < 1e-5)
    #expect(largestError(scores.entropies, expected.flatMap(\.entropies)) < 1e-5)
  }

  /// Prompts and completions around the sizes of key blocks.
  static let groups: [(prompt: [Int32], completions: [[Int32]])] = [
    (5, [3, 1, 40]), (33, [2, 33]), (64, [7]), (1, [1, 1]),
  ].enumerated().map { index, shape in
    let draws = DecoderFixture.integers(shape.0 + shape.1.reduce(0, +), seed: 400 + index)
    var tokens = draws.map { Int32($0 % 18) }[...]
    func take(_ count: Int) -> [Int32] {
      defer { tokens = tokens.dropFirst(count) }
      return Array(tokens.prefix(count))
    }
    return (take(shape.0), shape.1.map(take))
  }

  @Test("a shared prompt gives the values and gradients of separate sequences", arguments: configs)
  func sharedPrefix(config: ModelConfig) throws {
    let model = try GeneratorTests.model(config)
    let separate = Self.groups.flatMap { group in
      group.completions.map { completion in
        (
          tokens: group.prompt + completion,
          scored: group.prompt.map { _ in false } + completion.map { _ in true }
        )
      }
    }
    let results = [PackedBatch.groups(Self.groups), PackedBatch.sequences(separate)].map { batch in
      let session = TrainingSession(model: model, optimizer: AdamWOptions())
      let logProbs = session.accumulate(
        batch, coefficients: DecoderFixture.coefficients(batch.scoredRows.count))
      return (logProbs: logProbs, gradient: session.gradientValues)
    }
    #expect(largestError(results[0].logProbs, results[1].logProbs.map { Double($0) }) < 1e-5)
    #expect(relativeError(results[0].gradient, results[1].gradient.map { Double($0) }) < 1e-5)
  }

  @Test("gradients accumulate: one batch of eight is eight of one", arguments: configs)
  func accumulation(config: ModelConfig) throws {
    let model = try GeneratorTests.model(config)
    let sequences = (0..<8).map { index in
      let tokens = DecoderFixture.integers(3 + 5 * index, seed: 500 + index)
      return (tokens: tokens.map { Int32($0 % 19) }, scored: tokens.map { _ in true })
    }
    let (whole, parts) = (
      TrainingSession(model: model, optimizer: AdamWOptions()),
      TrainingSession(model: model, optimizer: AdamWOptions())
    )
    let count = sequences.reduce(0) { $0 + $1.tokens.count - 1 }
    let logProbs = whole.accumulate(
      .sequences(sequences), coefficients: [Float](repeating: -1 / Float(count), count: count))
    let single = sequences.flatMap { sequence in
      let scored = sequence.tokens.count - 1
      return parts.accumulate(
        .sequences([sequence]),
        coefficients: [Float](repeating: -1 / Float(count), count: scored))
    }
    #expect(logProbs == single, "a sequence's bits do not depend on its batch")
    #expect(
      relativeError(whole.gradientValues, parts.gradientValues.map { Double($0) }) < 1e-5)
    #expect(abs(whole.gradientNorm - parts.gradientNorm) < 1e-5 * parts.gradientNorm)
  }

  @Test("activations that are computed again give the same bits", arguments: configs)
  func recomputation(config: ModelConfig) throws {
    for precision in Precision.allCases where precision == .f32 || Precision.hasBF16 {
      let model = try GeneratorTests.model(config)
      model.precision = precision
      let batch = PackedBatch.groups(Self.groups)
      let coefficients = DecoderFixture.coefficients(batch.scoredRows.count)
      let results = [false, true].map { recomputes in
        let session = TrainingSession(
          model: model, optimizer: AdamWOptions(), recomputesActivations: recomputes)
        let known = session.accumulate(batch, coefficients: coefficients)
        let scores = session.accumulate(batch) { _ in coefficients }
        return (known, scores.logProbs, session.gradientValues)
      }
      #expect(results[0].0 == results[1].0)
      #expect(results[0].1 == results[1].1)
      #expect(results[0].2 == results[1].2)
    }
  }

  @Test("one thread and two give the same bits, as do both ways to a gradient", arguments: configs)
  func threads(config: ModelConfig) throws {
    let batch = PackedBatch.groups(Self.groups)
    let coefficients = DecoderFixture.coefficients(batch.scoredRows.count)
    let results = try [1, 2].map { threads in
      try withThreads(threads) {
        let model = try GeneratorTests.model(config)
        let session = TrainingSession(model: model, optimizer: AdamWOptions())
        let known = session.accumulate(batch, coefficients: coefficients)
        let gradient = session.gradientValues
        let norm = session.update(learningRate: 0.01, maxGradNorm: 1)
        let scores = session.accumulate(batch) { _ in coefficients }
        return (known, gradient, norm, scores.logProbs, session.gradientValues)
      }
    }
    #expect(results[0].0 == results[1].0)
    #expect(results[0].1 == results[1].1)
    #expect(results[0].2 == results[1].2)
    #expect(results[0].3 == results[1].3)
    #expect(results[0].4 == results[1].4)
    let model = try GeneratorTests.model(config)
    let session = TrainingSession(model: model, optimizer: AdamWOptions())
    let scores = session.accumulate(batch) { _ in coefficients }
    #expect(scores.logProbs == results[0].0)
    #expect(session.gradientValues == results[0].1)
    #expect(Scorer(model: model).score(batch).logProbs == results[0].0)
  }

  @Test(
    "blocks of rows from end to end give the bits that products shared out do", arguments: configs)
  func blocks(config: ModelConfig) throws {
    // 601 rows go in blocks on one thread and on two, not on five.
    for precision in Precision.allCases where precision == .f32 || Precision.hasBF16 {
      let sequences = [90, 270, 241].map { length in
        let tokens = DecoderFixture.integers(length, seed: length)
        return (tokens: tokens.map { Int32($0 % 19) }, scored: tokens.map { _ in true })
      }
      let batch = PackedBatch.sequences(sequences)
      let coefficients = DecoderFixture.coefficients(batch.scoredRows.count)
      let results = try [1, 2, 5].map { threads in
        try withThreads(threads) {
          let model = try GeneratorTests.model(config)
          model.precision = precision
          let session = TrainingSession(model: model, optimizer: AdamWOptions())
          return (session.accumulate(batch, coefficients: coefficients), session.gradientValues)
        }
      }
      for result in results.dropFirst() {
        #expect(result.0 == results[0].0, "\(precision)")
        #expect(result.1 == results[0].1, "\(precision)")
      }
    }
  }
}
