import Foundation
import JSON
import TestSupport
import Testing
import Text

@testable import Neural

@Suite("Scalar head")
struct ScoreHeadTests {
  /// The part of Tests/Fixtures/reward.json that is about models.
  struct Golden: Decodable {
    struct Model: Decodable, CustomStringConvertible {
      let model: String
      let scores: [Double]
      let gradientNorms: [String: Double]
      let gradients: [String: [Double]]
      var description: String { model }
    }
    let models: [Model]

    static func load() throws -> Golden { try Repository.golden("reward.json") }
  }

  private static func texts(vocabulary: Int) -> [[Int32]] {
    DecoderFixture.sequences(vocabulary: vocabulary).map(\.tokens)
  }

  private static func separate(_ texts: [[Int32]]) -> PackedBatch {
    .texts(texts.map { (prompt: [], replies: [$0]) })
  }

  @Test("scores and gradients are those of transformers and torch")
  func golden() throws {
    for golden in try Golden.load().models {
      let model = try DecoderFixture.model(golden.model, head: .score)
      let session = TrainingSession(model: model, optimizer: AdamWOptions())
      let batch = Self.separate(Self.texts(vocabulary: model.config.vocabSize))
      let scores = session.accumulate(batch, ScoreHead()) { DecoderFixture.coefficients($0.count) }
      #expect(largestError(scores, golden.scores) < 1e-5, "\(golden)")
      #expect(session.values(batch, ScoreHead()) == scores)
      #expect(Scorer(model: model).values(batch, ScoreHead()) == scores)
      let gradients = DecoderTests.gradients(session, model)
      #expect(Set(gradients.keys) == Set(golden.gradientNorms.keys))
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

  @Test(
    "gradients agree with finite differences in double precision, prompts shared or not",
    arguments: DecoderTests.configs)
  func finiteDifferences(config: ModelConfig) throws {
    let model = try GeneratorTests.model(config).withScoreHead(seed: 3)
    let groups = DecoderTests.groups.map { (prompt: $0.prompt, replies: $0.completions) }
    let session = TrainingSession(model: model, optimizer: AdamWOptions())
    // A loss that is not linear, as real ones are.
    let scores = session.accumulate(.texts(groups), ScoreHead()) { $0.map { 2 * $0 } }
    let gradients = DecoderTests.gradients(session, model)
    var reference = DecoderReference(model)
    let texts = groups.flatMap { group in group.replies.map { group.prompt + $0 } }
    #expect(largestError(scores, texts.map { reference.score($0) }) < 1e-5)
    func loss(_ reference: DecoderReference) -> Double {
      texts.reduce(0) { $0 + pow(reference.score($1), 2) }
    }
    for entry in model.parameters.entries {
      let gradient = try #require(gradients[entry.name])
      let size = (gradient.reduce(0) { $0 + $1 * $1 } / Float(gradient.count)).squareRoot()
      for draw in DecoderFixture.integers(2, seed: entry.range.lowerBound) {
        let (i, step) = (draw % gradient.count, 1e-4)
        let value = reference.weights[entry.name, default: []][i]
        reference.weights[entry.name]?[i] = value + step
        let above = loss(reference)
        reference.weights[entry.name]?[i] = value - step
        let slope = (above - loss(reference)) / (2 * step)
        reference.weights[entry.name]?[i] = value
        let error = abs(Double(gradient[i]) - slope)
        #expect(error < 2e-4 * max(abs(slope), Double(size)), "\(entry.name)[\(i)]")
      }
    }
  }

  @Test("a score does not depend on what else is scored, nor on the number of threads")
  func bits() throws {
    let groups = DecoderTests.groups.map { (prompt: $0.prompt, replies: $0.completions) }
    let all = try [1, 2].map { threads in
      try withThreads(threads) {
        let model = try GeneratorTests.model(DecoderTests.configs[0]).withScoreHead(seed: 3)
        return Scorer(model: model).values(.texts(groups), ScoreHead())
      }
    }
    #expect(all[0] == all[1])
    let model = try GeneratorTests.model(DecoderTests.configs[0]).withScoreHead(seed: 3)
    let alone = groups.flatMap { group in
      group.replies.flatMap { reply in
        Scorer(model: model).values(
          .texts([(prompt: group.prompt, replies: [reply])]), ScoreHead())
      }
    }
    #expect(alone == all[0])
  }

  @Test("a reward model's files give the same model back, and no language model")
  func files() throws {
    let language = try LanguageModel.load(files: TextFixture.folder("tiny-qwen2"))
    let model = language.withScoreHead(seed: 5)
    #expect(model.parameters.array("lm_head.weight") == nil)
    #expect(
      model.parameters.array("model.norm.weight") == language.parameters.array("model.norm.weight"))
    let files = try model.data(dtype: .f32)
    let again = try LanguageModel.load(files: files, head: .score)
    #expect(again.config == model.config)
    #expect(again.parameters.floats.array == model.parameters.floats.array)
    let config = try JSONParser.parse(files["config.json"] ?? Data(), name: "c")
    #expect(config["architectures"]?.array?.first?.string == "Qwen2ForSequenceClassification")
    // Padding must not look like the end of a text.
    let pad = try #require(config["pad_token_id"]?.int)
    #expect(!model.eosTokenIDs.contains(Int32(pad)))
    let tokenizer = try JSONParser.parse(files["tokenizer_config.json"] ?? Data(), name: "t")
    #expect(tokenizer["pad_token"]?.string == model.tokenizer.token(Int32(pad)))

    let error = #expect(throws: ModelError.self) { try LanguageModel.load(files: files) }
    #expect(
      error?.description
        == "the model: it is a reward model, which writes no text; give a language model")
    #expect(throws: ModelError.self) {
      try LanguageModel.load(files: language.data(dtype: .f32), head: .score)
    }
    var two = config.setting("id2label", .object([("0", .string("a")), ("1", .string("b"))]))
    two = two.setting("num_labels", .int(2))
    var wrong = files
    wrong["config.json"] = two.data
    #expect(throws: ModelError.self) { try LanguageModel.load(files: wrong, head: .score) }
  }
}
