import Foundation
import Randomness
import Testing

@testable import Neural
@testable import Text

@Suite("Rows of the vocabulary that no token has")
struct VocabularyMaskTests {
  /// 263 tokens in 300 rows.
  private static func padded(tied: Bool = false) throws -> LanguageModel {
    try GeneratorTests.model(
      ModelConfig(
        vocabSize: 300, hiddenSize: 48, intermediateSize: 80, numHiddenLayers: 2,
        numAttentionHeads: 6, numKeyValueHeads: 2, headDim: 16, tieWordEmbeddings: tied,
        initializerRange: 0.4))
  }

  private static let prompts = (0..<4).map { index in
    GenerationPrompt(
      tokens: (0..<Int32(5 + 9 * index)).map { ($0 &* 37 &+ 11) % 256 },
      samples: (0..<6).map { RandomStream(seed: 8, UInt64(index), UInt64($0)) })
  }

  @Test("a mask is what lies beyond the tokens, and the gaps between them")
  func ranges() throws {
    #expect(VocabularyMask(try ByteTokenizer(), rows: 263).isEmpty)
    #expect(VocabularyMask(try ByteTokenizer(), rows: 45).isEmpty)
    #expect(VocabularyMask(try ByteTokenizer(), rows: 300).ranges == [263..<300])
    var vocabulary = Vocabulary(count: 0)
    for (id, letter) in ["a", "b", "c", "d"].enumerated() {
      vocabulary.set(id, letter, Array(letter.utf8))
    }
    let end = AddedToken(id: 7, text: "<end>")
    vocabulary.set(7, end.text, Array(end.text.utf8))
    let tokenizer = BPETokenizer(
      .init(
        vocabulary: vocabulary, merges: [], added: [end], preTokenizer: .gpt2,
        normalizesNFC: false))
    #expect(VocabularyMask(tokenizer, rows: 12).ranges == [4..<7, 8..<12])
    for kind in CheckpointGolden.kinds {
      let model = try LanguageModel.load(files: TextFixture.folder("tiny-\(kind)"))
      let beyond = model.tokenizer.vocabularySize..<model.config.vocabSize
      #expect(model.unnamedRows.ranges == (beyond.isEmpty ? [] : [beyond]), "\(kind)")
    }
  }

  static let ways: [SamplingOptions] = [
    SamplingOptions(temperature: 0, maxNewTokens: 24),
    SamplingOptions(temperature: 1, maxNewTokens: 24),
    SamplingOptions(temperature: 3, maxNewTokens: 24),
    SamplingOptions(temperature: 2, topP: 0.9, maxNewTokens: 24),
    SamplingOptions(temperature: 2, topK: 40, maxNewTokens: 24),
    SamplingOptions(temperature: 2, topK: 290, maxNewTokens: 24),
    SamplingOptions(temperature: 2, minP: 0.01, maxNewTokens: 24),
    SamplingOptions(temperature: 2, repetitionPenalty: 1.5, maxNewTokens: 24),
  ]

  @Test("are never sampled, and log-probabilities are the policy's, bit for bit", arguments: ways)
  func sampling(options: SamplingOptions) throws {
    for tied in [false, true] {
      let model = try Self.padded(tied: tied)
      let completions = GeneratorTests.complete(model, Self.prompts, options, maxBatch: 7)
      #expect(completions.flatMap(\.tokens).allSatisfy { $0 < 263 })
      let groups = Self.prompts.indices.map { index in
        (
          prompt: Self.prompts[index].tokens,
          completions: completions.filter { $0.prompt == index }.map(\.tokens)
        )
      }
      let temperature = options.temperature == 0 ? 1 : options.temperature
      let batch = PackedBatch.groups(groups)
      let session = TrainingSession(model: model, optimizer: AdamWOptions(), over: .tokenizer)
      let scores = session.score(batch, temperature: temperature, entropies: true)
      #expect(completions.flatMap(\.logProbs) == scores.logProbs)
      #expect(scores.entropies.allSatisfy { $0.isFinite && $0 > 0 })
      let scorer = Scorer(model: model, over: .tokenizer)
      #expect(scorer.score(batch, temperature: temperature).logProbs == scores.logProbs)
      // The rows are likely ones, were it not for the mask.
      let whole = Scorer(model: model).score(batch, temperature: temperature).logProbs
      #expect(zip(whole, scores.logProbs).allSatisfy { $0 <= $1 + 1e-5 })
      #expect(zip(whole, scores.logProbs).contains { $0 < $1 - 0.01 })
    }
  }

  @Test("the distribution is the whole one, divided by what the tokens have of it")
  func distribution() throws {
    let model = try Self.padded()
    let prompt: [Int32] = [3, 1, 4, 1, 5]
    let all = (0..<Int32(300)).map { [$0] }
    let whole = Scorer(model: model).score(
      .groups([(prompt: prompt, completions: all)]), temperature: 1.5
    ).logProbs.map(Double.init)
    let share = whole[..<263].reduce(0) { $0 + exp($1) }
    #expect(share < 0.95)
    let named = Scorer(model: model, over: .tokenizer).score(
      .groups([(prompt: prompt, completions: Array(all[..<263]))]), temperature: 1.5)
    for (id, own) in named.logProbs.enumerated() {
      #expect(abs(Double(own) - (whole[id] - log(share))) < 2e-5)
    }
  }

  @Test("have no gradient in a policy; the others' sums to nothing a row")
  func gradient() throws {
    let model = try Self.padded()
    let session = TrainingSession(model: model, optimizer: AdamWOptions(), over: .tokenizer)
    let batch = PackedBatch.groups([(prompt: [3, 1, 4], completions: [[1, 5], [9, 2, 6]])])
    let entries = batch.scoredRows.count
    _ = session.accumulate(batch, coefficients: [Float](repeating: -1, count: entries))
    let head = session.gradient.floats[model.parameters.entry("lm_head.weight").range].array
    #expect(head[(263 * 48)...].allSatisfy { $0 == 0 })
    #expect(head[..<(263 * 48)].contains { $0 != 0 })
    // A softmax's derivatives by its logits sum to 0, and so do each column's.
    for column in 0..<48 {
      let sum = stride(from: column, to: 263 * 48, by: 48).reduce(0.0) { $0 + Double(head[$1]) }
      #expect(abs(sum) < 1e-4)
    }
  }
}
