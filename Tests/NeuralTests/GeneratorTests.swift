import Randomness
import Testing
import Text

@testable import Neural

@Suite("Generator")
struct GeneratorTests {
  static let vocabulary = 41

  /// Grouped heads with a tied head; an own head and an odd head size; Qwen2's biases;
  /// Qwen3's norms of queries and keys.
  static let configs = [
    ModelConfig(
      vocabSize: vocabulary, hiddenSize: 48, intermediateSize: 80, numHiddenLayers: 2,
      numAttentionHeads: 6, numKeyValueHeads: 2, headDim: 16, tieWordEmbeddings: true,
      initializerRange: 0.2),
    ModelConfig(
      vocabSize: vocabulary, hiddenSize: 30, intermediateSize: 50, numHiddenLayers: 3,
      numAttentionHeads: 3, headDim: 10, tieWordEmbeddings: false, initializerRange: 0.25),
    ModelConfig(
      modelType: .qwen2, vocabSize: vocabulary, hiddenSize: 32, intermediateSize: 64,
      numHiddenLayers: 2, numAttentionHeads: 4, numKeyValueHeads: 1, initializerRange: 0.2),
    ModelConfig(
      modelType: .qwen3, vocabSize: vocabulary, hiddenSize: 24, intermediateSize: 40,
      numHiddenLayers: 2, numAttentionHeads: 4, numKeyValueHeads: 2, headDim: 18,
      initializerRange: 0.2),
  ]

  static func model(_ config: ModelConfig, seed: UInt64 = 1) throws -> LanguageModel {
    let model = LanguageModel(
      config: config, tokenizer: try ByteTokenizer(), chatTemplate: nil, eosTokenIDs: [0],
      seed: seed)
    // Norms and biases off their first values, so that leaving one out would show.
    var stream = RandomStream(seed: seed, 99)
    for entry in model.parameters.entries where !entry.decays {
      let values = model.parameters[entry.name]
      for index in 0..<values.count { values[index] += Float(stream.normal() * 0.3) }
    }
    model.parameters.changed()
    return model
  }

  /// Prompts of the given lengths with the given numbers of samples.
  static func prompts(_ shapes: [(length: Int, samples: Int)], seed: UInt64 = 4)
    -> [GenerationPrompt]
  {
    shapes.enumerated().map { index, shape in
      var stream = RandomStream(seed: seed, UInt64(index))
      return GenerationPrompt(
        tokens: (0..<shape.length).map { _ in
          Int32.random(in: 0..<Int32(vocabulary), using: &stream)
        },
        samples: (0..<shape.samples).map { RandomStream(seed: seed, 7, UInt64(index), UInt64($0)) })
    }
  }

  static let shapes = [(5, 3), (33, 2), (1, 1), (64, 4), (31, 1)]

  /// All completions by prompt and sample.
  static func complete(
    _ model: LanguageModel, _ prompts: [GenerationPrompt], _ options: SamplingOptions,
    maxBatch: Int
  ) -> [Completion] {
    var completions: [Completion] = []
    do {
      try Generator(model: model, maxBatch: maxBatch)
        .generate(prompts, options) { completions.append($0) }
    } catch {
      Issue.record("\(error)")
    }
    return completions.sorted { ($0.prompt, $0.sample) < ($1.prompt, $1.sample) }
  }

  /// What the trainer makes of completions, as one batch of groups.
  static func score(
    _ model: LanguageModel, _ prompts: [GenerationPrompt], _ completions: [Completion],
    temperature: Float
  ) -> [Float] {
    let groups = prompts.indices.map { index in
      (
        prompt: prompts[index].tokens,
        completions: completions.filter { $0.prompt == index }.map(\.tokens)
      )
    }
    return TrainingSession(model: model, optimizer: AdamWOptions())
      .score(PackedBatch.groups(groups), temperature: temperature).logProbs
  }

  @Test(
    "log-probabilities are the trainer's, bit for bit, whatever the batch and the threads",
    arguments: configs, [1, 3, 64])
  func trainerBits(config: ModelConfig, maxBatch: Int) throws {
    let model = try Self.model(config)
    let prompts = Self.prompts(Self.shapes)
    var options = SamplingOptions(maxNewTokens: 40, stopTokens: [0])
    options.temperature = 0.9
    for threads in [1, 2] {
      setThreads(threads)
      let completions = Self.complete(model, prompts, options, maxBatch: maxBatch)
      #expect(completions.count == Self.shapes.reduce(0) { $0 + $1.1 })
      let scores = Self.score(model, prompts, completions, temperature: options.temperature)
      #expect(completions.flatMap(\.logProbs) == scores, "\(threads) threads")
      #expect(completions.flatMap(\.sampledLogProbs) == scores, "\(threads) threads")
    }
  }

  @Test(
    "in bf16 log-probabilities are the trainer's within 0.01 on average",
    .enabled(if: Precision.hasBF16),
    arguments: configs)
  func narrowTrainer(config: ModelConfig) throws {
    let model = try Self.model(config)
    model.precision = .bf16
    let prompts = Self.prompts(Self.shapes)
    let options = SamplingOptions(maxNewTokens: 40, stopTokens: [0])
    let completions = Self.complete(model, prompts, options, maxBatch: 3)
    let scores = Self.score(model, prompts, completions, temperature: 1)
    let differences = zip(completions.flatMap(\.logProbs), scores).map { abs($0 - $1) }
    #expect(differences.reduce(0, +) < 0.01 * Float(differences.count))
    model.precision = .f32
    #expect(
      Self.score(model, prompts, completions, temperature: 1) != scores, "bf16 is not f32")
  }

  @Test("a completion depends on weights, prompt and stream alone", arguments: configs)
  func batchMates(config: ModelConfig) throws {
    let model = try Self.model(config)
    let prompts = Self.prompts(Self.shapes)
    let options = SamplingOptions(maxNewTokens: 36, stopTokens: [1, 2])
    let all = Self.complete(model, prompts, options, maxBatch: 64)
    for maxBatch in [1, 3] {
      #expect(Self.complete(model, prompts, options, maxBatch: maxBatch) == all)
    }
    for (index, prompt) in prompts.enumerated() {
      for (sample, stream) in prompt.samples.enumerated() {
        let alone = Self.complete(
          model, [GenerationPrompt(tokens: prompt.tokens, samples: [stream])], options,
          maxBatch: 1)
        let together = all.first { $0.prompt == index && $0.sample == sample }
        #expect(alone.first?.tokens == together?.tokens)
        #expect(alone.first?.logProbs == together?.logProbs)
      }
    }
  }

  @Test("truncation and penalty leave the trainer's log-probabilities as they are")
  func truncated() throws {
    let model = try Self.model(Self.configs[0])
    let prompts = Self.prompts(Self.shapes)
    let options = SamplingOptions(
      temperature: 1.2, topP: 0.8, topK: 12, minP: 0.02, repetitionPenalty: 1.3, maxNewTokens: 20)
    let completions = Self.complete(model, prompts, options, maxBatch: 5)
    #expect(completions == Self.complete(model, prompts, options, maxBatch: 2))
    let scores = Self.score(model, prompts, completions, temperature: 1.2)
    #expect(completions.flatMap(\.logProbs) == scores)
    #expect(completions.flatMap(\.sampledLogProbs) != scores)
    #expect(completions.allSatisfy { $0.sampledLogProbs.allSatisfy { $0 <= 0 } })
  }

  @Test("a prompt of more rows than a pass, and completions of many blocks, keep the bits")
  func longSequences() throws {
    let model = try Self.model(Self.configs[2])
    let prompts = Self.prompts([(CachedDecoder.passRows + 77, 2), (40, 1), (600, 1)])
    let options = SamplingOptions(maxNewTokens: 150)
    let completions = Self.complete(model, prompts, options, maxBatch: 4)
    #expect(completions.allSatisfy { $0.tokens.count == 150 && $0.finishReason == .length })
    let scores = Self.score(model, prompts, completions, temperature: 1)
    #expect(completions.flatMap(\.logProbs) == scores)
  }

  @Test("temperature 0 takes the token that a full forward pass finds most likely")
  func greedy() throws {
    let model = try Self.model(Self.configs[0])
    let prompts = Self.prompts([(9, 1), (34, 1)])
    let options = SamplingOptions(temperature: 0, maxNewTokens: 12)
    let scorer = Scorer(model: model)
    for completion in Self.complete(model, prompts, options, maxBatch: 2) {
      for (index, token) in completion.tokens.enumerated() {
        let before = prompts[completion.prompt].tokens + completion.tokens[..<index]
        let marks = before.map { _ in false } + [true]
        let scores = scorer.score(
          .sequences((0..<Self.vocabulary).map { (before + [Int32($0)], marks) })
        ).logProbs
        #expect(scores.indices.max { scores[$0] < scores[$1] } == Int(token))
        #expect(abs(completion.logProbs[index] - scores[Int(token)]) < 1e-4)
      }
    }
  }

  @Test("a stop token ends a completion and is part of it")
  func stopTokens() throws {
    let model = try Self.model(Self.configs[0])
    let prompts = Self.prompts([(8, 20)])
    let stops: [Int32] = [3, 11, 17, 29]
    let completions = Self.complete(
      model, prompts, SamplingOptions(maxNewTokens: 30, stopTokens: stops), maxBatch: 8)
    #expect(completions.contains { $0.finishReason == .stop })
    for completion in completions {
      let end = completion.tokens.firstIndex { stops.contains($0) }
      #expect(end == (completion.finishReason == .stop ? completion.tokens.count - 1 : nil))
      #expect(completion.tokens.count <= 30)
      #expect(completion.tokens.count == completion.logProbs.count)
      if completion.finishReason == .length { #expect(completion.tokens.count == 30) }
    }
  }

  @Test("a stop request keeps what has ended, and the generator can go on afterwards")
  func stopRequest() throws {
    let model = try Self.model(Self.configs[0])
    let prompts = Self.prompts([(8, 6), (3, 6)])
    let options = SamplingOptions(maxNewTokens: 10, stopTokens: [3, 5])
    let all = Self.complete(model, prompts, options, maxBatch: 4)
    let generator = Generator(model: model, maxBatch: 4)
    var (polls, kept) = (0, [Completion]())
    try generator.generate(
      prompts, options,
      shouldStop: {
        polls += 1
        return polls > 12
      }, finished: { kept.append($0) })
    #expect(!kept.isEmpty && kept.count < all.count)
    #expect(kept.allSatisfy(all.contains))
    #expect(generator.cache.used == 0)
    var again: [Completion] = []
    try generator.generate(prompts, options) { again.append($0) }
    #expect(again.sorted { ($0.prompt, $0.sample) < ($1.prompt, $1.sample) } == all)
    #expect(generator.cache.used == 0)
  }

  @Test("blocks go back when samples leave, so a small batch needs little memory")
  func memory() throws {
    let model = try Self.model(Self.configs[0])
    let generator = Generator(model: model, maxBatch: 2)
    var count = 0
    try generator.generate(
      Self.prompts([(40, 3), (40, 3), (40, 3), (40, 3)]), SamplingOptions(maxNewTokens: 40)
    ) { _ in count += 1 }
    #expect(count == 12)
    // Two samples of two blocks each, and at most two prompts of two blocks.
    #expect(generator.cache.count <= 8)
  }

  @Test("changed weights are taken up")
  func changedWeights() throws {
    let (model, other) = (
      try Self.model(Self.configs[0]), try Self.model(Self.configs[0], seed: 2)
    )
    let prompts = Self.prompts(Self.shapes)
    let options = SamplingOptions(maxNewTokens: 8)
    let expected = Self.complete(other, prompts, options, maxBatch: 16)
    let generator = Generator(model: model, maxBatch: 16)
    try generator.generate(prompts, options) { _ in }
    model.mix(with: other, share: 1)
    var completions: [Completion] = []
    try generator.generate(prompts, options) { completions.append($0) }
    #expect(
      completions.sorted { ($0.prompt, $0.sample) < ($1.prompt, $1.sample) } == expected)
  }

  @Test("no prompts, no samples and no new tokens are no mistake")
  func nothing() throws {
    let model = try Self.model(Self.configs[0])
    let none = SamplingOptions(maxNewTokens: 0)
    #expect(Self.complete(model, [], SamplingOptions(maxNewTokens: 5), maxBatch: 2).isEmpty)
    #expect(
      Self.complete(model, Self.prompts([(4, 0)]), SamplingOptions(maxNewTokens: 5), maxBatch: 2)
        .isEmpty)
    let completions = Self.complete(model, Self.prompts([(4, 2)]), none, maxBatch: 2)
    #expect(completions.map(\.tokens) == [[], []])
  }
}
