import Foundation
import TestSupport
import Text

@testable import Neural

/// Tests/Fixtures/decoder.json, made by decoder.py, and the models and batches it is about.
struct DecoderFixture: Decodable {
  struct Model: Decodable, CustomStringConvertible {
    let model: String
    let logProbs, entropies: [Double]
    let gradientNorms: [String: Double]
    let gradients: [String: [Double]]
    let training: Training

    var description: String { model }
  }

  struct Training: Decodable {
    let losses, gradientNorms, logProbs: [Double]
  }

  struct Schedule: Decodable {
    let shape: String
    let warmup, total: Int
    let floor: Double
    let factors: [Double]
  }

  let models: [Model]
  let schedules: [Schedule]

  static func load() throws -> DecoderFixture { try Repository.golden("decoder.json") }
}

extension DecoderFixture {
  /// 0..<4096 from place and seed, by the steps that decoder.py takes.
  static func integers(_ count: Int, seed: Int) -> [Int] {
    (0..<count).map { i in
      var h = UInt32(truncatingIfNeeded: i &* 2_654_435_761 &+ seed &* 40503 &+ 1)
      h = (h ^ h >> 16) &* 2_246_822_519
      h = (h ^ h >> 13) &* 3_266_489_917
      return Int((h ^ h >> 16) & 0xFFF)
    }
  }

  /// The model of a case's name, with the weights of decoder.py.
  static func model(
    _ name: String, head: ModelConfig.Head = .languageModel
  ) throws -> LanguageModel {
    let tied = name.hasSuffix(", tied")
    var config = config(String(name.prefix { !" ,".contains($0) }), tied: tied)
    if name.hasPrefix("llama scaled") {
      config.ropeScaling = RopeScaling(factor: 8, originalMaxPositionEmbeddings: 64)
    }
    config.head = head
    let model = LanguageModel(
      config: config, tokenizer: try ByteTokenizer(), chatTemplate: nil, eosTokenIDs: [], seed: 0)
    let entries = model.parameters.entries.sorted { $0.name < $1.name }
    for (seed, entry) in entries.enumerated() {
      let draws = integers(entry.range.count, seed: seed).map { Float($0) / 4096 - 0.5 }
      let values = model.parameters[entry.name]
      let (isNorm, isTable) = (
        entry.name.hasSuffix("norm.weight"), entry.name.contains("embed_tokens")
      )
      for (i, draw) in draws.enumerated() {
        values[i] = isNorm ? 1 + draw / 2 : isTable ? draw : draw / 2
      }
    }
    model.parameters.changed()
    return model
  }

  /// The sizes of decoder.py's models.
  private static func config(_ family: String, tied: Bool) -> ModelConfig {
    switch family {
    case "llama":
      ModelConfig(
        vocabSize: 45, hiddenSize: 32, intermediateSize: 40, numHiddenLayers: 2,
        numAttentionHeads: 4, numKeyValueHeads: 2, rmsNormEps: 1e-5, tieWordEmbeddings: tied)
    case "qwen2":
      ModelConfig(
        modelType: .qwen2, vocabSize: 50, hiddenSize: 24, intermediateSize: 56,
        numHiddenLayers: 2, numAttentionHeads: 6, numKeyValueHeads: 1, rmsNormEps: 1e-6,
        ropeTheta: 1_000_000, tieWordEmbeddings: tied)
    default:
      ModelConfig(
        modelType: .qwen3, vocabSize: 47, hiddenSize: 24, intermediateSize: 44,
        numHiddenLayers: 2, numAttentionHeads: 4, numKeyValueHeads: 2, headDim: 10,
        rmsNormEps: 1e-6, ropeTheta: 1_000_000, tieWordEmbeddings: tied)
    }
  }

  /// The sequences of decoder.py and which of their tokens are scored.
  static func sequences(vocabulary: Int) -> [(tokens: [Int32], scored: [Bool])] {
    [23, 2, 37, 9].enumerated().map { i, count in
      (
        integers(count, seed: 100 + i).map { Int32($0 % vocabulary) },
        integers(count, seed: 200 + i).map { $0 % 4 != 0 }
      )
    }
  }

  /// d loss / d log-probability of the golden gradients.
  static func coefficients(_ count: Int) -> [Float] {
    integers(count, seed: 300).map { Float($0) / 4096 - 0.5 }
  }
}
