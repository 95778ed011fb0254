import Foundation
import TestSupport
import Testing
import Text

@testable import Neural

@Suite("GGUF files that are written")
struct GGUFExportTests {
  @Test("a model that was written reads as it was, bit for bit", arguments: CheckpointGolden.kinds)
  func roundTrip(kind: String) throws {
    let model = try LanguageModel.load(files: TextFixture.folder("tiny-\(kind)"))
    // The folder's weights are bfloat16.
    for dtype in [GGUFType.f32, .bf16] {
      let data = try model.gguf(dtype: dtype)
      let copy = try TextFixture.model(gguf: data)
      #expect(copy.parameters.floats.array == model.parameters.floats.array)
      #expect(copy.config == model.config)
      #expect(copy.eosTokenIDs == model.eosTokenIDs)
      #expect([copy.bosTokenID, copy.padTokenID] == [model.bosTokenID, model.padTokenID])
      #expect(copy.chatTemplate?.jinja == model.chatTemplate?.jinja)
      for text in try #require(CheckpointGolden.load().ids[kind]).keys {
        #expect(try copy.tokenizer.encode(text) == model.tokenizer.encode(text))
      }
      #expect(try copy.gguf(dtype: dtype) == data)
    }
  }

  @Test("matrices take the type asked for, vectors stay; rows of no whole blocks are F16")
  func types() throws {
    let model = try LanguageModel.load(files: TextFixture.folder("tiny-qwen2"))
    for dtype in GGUFType.allCases {
      let file = try GGUF(model.gguf(dtype: dtype), name: "m")
      for tensor in file.tensors {
        let isVector = tensor.shape.count == 1
        #expect(tensor.type == (isVector ? .f32 : dtype.elementType), "\(tensor.name)")
      }
      #expect(file.metadata["general.file_type"]?.int == Int(dtype.fileType))
    }
    // Width 24: no whole block of 32.
    let narrow = LanguageModel(
      config: ModelConfig(
        vocabSize: 300, hiddenSize: 24, intermediateSize: 32, numHiddenLayers: 1,
        numAttentionHeads: 2), tokenizer: try ByteTokenizer(), chatTemplate: nil, eosTokenIDs: [],
      seed: 1)
    let file = try GGUF(narrow.gguf(dtype: .q80), name: "m")
    #expect(file.tensors.first { $0.name == "token_embd.weight" }?.type == .f16)
  }

  @Test("Q8_0 holds each row as it is quantised, in the order of the file")
  func quantised() throws {
    let model = try LanguageModel.load(files: TextFixture.folder("tiny-llama"))
    let copy = try TextFixture.model(gguf: model.gguf(dtype: .q80))
    for entry in model.parameters.entries {
      let (own, other) = (model.parameters[entry.name].array, copy.parameters[entry.name].array)
      guard entry.shape.count > 1 else {
        #expect(own == other)
        continue
      }
      for block in 0..<own.count / 32 {
        let range = block * 32..<block * 32 + 32
        let largest = own[range].map(abs).max() ?? 0
        let error = zip(own[range], other[range]).map { abs($0 - $1) }.max() ?? 0
        // Half a step, and what the scale loses as half precision.
        #expect(error <= largest * (0.5 / 127 + 0x1p-11), "\(entry.name)")
      }
    }
  }

  @Test("bytes and characters are tokens in GGUF, too")
  func smallTokenizers() throws {
    let config = ModelConfig(
      vocabSize: 300, hiddenSize: 32, intermediateSize: 32, numHiddenLayers: 1,
      numAttentionHeads: 2)
    let alphabet = "ab 数\n=é"
    let tokenizers: [any Tokenizer] = [
      try ByteTokenizer(), try CharacterTokenizer(alphabet: alphabet),
    ]
    for tokenizer in tokenizers {
      let model = LanguageModel(
        config: config, tokenizer: tokenizer, chatTemplate: try ChatTemplate.named("chatml"),
        eosTokenIDs: [2], seed: 1)
      let copy = try TextFixture.model(gguf: model.gguf(dtype: .f32))
      let text = "ab ba<think>数é</think>\n<|im_end|>"
      #expect(try copy.tokenizer.encode(text) == tokenizer.encode(text))
      #expect(copy.tokenizer.vocabularySize == tokenizer.vocabularySize)
      #expect(copy.tokenizer.decode(try tokenizer.encode(text)) == text)
      #expect(copy.tokenizer.specialTokens == tokenizer.specialTokens)
    }
  }

  @Test("what has no form in GGUF is an error that says what to do")
  func refused() throws {
    let reward = try DecoderFixture.model("llama, tied", head: .score)
    expectError(.unsupported, "a reward model has no GGUF form; export it as hf") {
      _ = try reward.gguf(dtype: .f32)
    }
    var config = ModelConfig(
      modelType: .qwen3, vocabSize: 300, hiddenSize: 32, intermediateSize: 32,
      numHiddenLayers: 1, numAttentionHeads: 2)
    config.ropeScaling = RopeScaling(factor: 8)
    func model(_ config: ModelConfig, _ tokenizer: any Tokenizer) -> LanguageModel {
      LanguageModel(
        config: config, tokenizer: tokenizer, chatTemplate: nil, eosTokenIDs: [], seed: 1)
    }
    expectError(
      .unsupported,
      "llama.cpp stretches rotary frequencies of llama models only, not of qwen3; export the model "
        + "as hf"
    ) { _ = try model(config, ByteTokenizer()).gguf(dtype: .f32) }
    config.ropeScaling = nil
    config.vocabSize = 800
    expectError(
      .unsupported,
      "llama.cpp has no pre-tokenizer that splits words like this model's tokenizer.json; export "
        + "the model as hf"
    ) { _ = try model(config, TextFixture.tokenizer("o200k")).gguf(dtype: .f32) }
    expectError(
      .unsupported,
      "an alphabet with '\u{2581}', which means a space, has no GGUF form; export the model as hf"
    ) {
      _ = try model(config, CharacterTokenizer(alphabet: "a\u{2581}")).gguf(dtype: .f32)
    }
  }
}
