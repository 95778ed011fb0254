import Foundation
import Testing
import Text

@testable import Neural

@Suite("Models in GGUF files")
struct GGUFModelTests {
  let golden: CheckpointGolden

  init() throws { golden = try CheckpointGolden.load() }

  private func checkpoint(_ kind: String) throws -> Checkpoint {
    try GGUFModel.read(TextFixture.data("tiny-\(kind).gguf"), name: "tiny.gguf")
  }

  @Test("the config is the one that the file was made from")
  func config() throws {
    let llama = try checkpoint("llama")
    #expect(
      llama.config
        == ModelConfig(
          modelType: .llama, vocabSize: 302, hiddenSize: 32, intermediateSize: 64,
          numHiddenLayers: 2, numAttentionHeads: 4, numKeyValueHeads: 2, headDim: 8,
          rmsNormEps: 1e-5, ropeTheta: 50_000, tieWordEmbeddings: true, maxPositionEmbeddings: 128))
    let qwen = try checkpoint("qwen2").config
    #expect(qwen.modelType == .qwen2)
    #expect(qwen.attentionBias)
    #expect(!qwen.tieWordEmbeddings)
    #expect(llama.ids == .init(bos: 0, eos: [2], pad: 0))
    let text = try llama.chatTemplate?.render(
      [ChatMessage(role: "user", content: "x")], addGenerationPrompt: false)
    #expect(text?.hasPrefix("<|im_start|>system\nYou are a helpful AI") == true)
    let qwen3 = try checkpoint("qwen3").config
    #expect(qwen3.modelType == .qwen3)
    #expect(qwen3.headDim == 16 && qwen3.queryKeyNorm)
  }

  @Test("the slow-downs of rotary frequencies give back the scaling that they follow from")
  func ropeFactors() throws {
    let config = try checkpoint("llama3").config
    #expect(config.ropeScaling == RopeScaling(factor: 8, originalMaxPositionEmbeddings: 128))
    let folder = try LanguageModel.load(files: TextFixture.folder("tiny-llama3")).config
    #expect(folder.ropeScaling == config.ropeScaling)
    // Other numbers than Llama 3's cannot be told from the factors alone.
    var data = try TextFixture.data("tiny-llama3.gguf")
    let file = try GGUF(data, name: "m")
    let tensor = try #require(file.tensors.first { $0.name == GGUFModel.ropeFactors })
    let second = tensor.bytes.lowerBound + 4
    data.replaceSubrange(second..<second + 4, with: withUnsafeBytes(of: Float(7)) { Data($0) })
    let error = #expect(throws: ModelError.self) { try GGUFModel.read(data, name: "m") }
    #expect(error?.code == .unsupported)
    #expect(error?.message.contains("are not those of llama3 scaling") == true)
  }

  @Test("one file of several is refused with what to do")
  func split() {
    expectMessage(
      error([("split.count", .u16(3)), ("split.no", .u16(0))]),
      "m.gguf: it is part 1 of 3 of a model; join the parts (llama-gguf-split --merge) and give "
        + "the whole file")
  }

  private func expectMessage(_ error: ModelError?, _ message: String) {
    #expect(error == ModelError(.unsupported, message))
  }

  @Test(
    "weights are those of transformers: rows in their order, numbers as gguf dequantises them",
    arguments: CheckpointGolden.kinds)
  func weights(kind: String) throws {
    let checkpoint = try checkpoint(kind)
    try checkpoint.check()
    let expected = try #require(golden.models[kind])
    #expect(Set(checkpoint.weights.keys) == Set(expected.keys))
    for (name, facts) in expected {
      let weight = try #require(checkpoint.weights[name])
      #expect(weight.tensor.shape == facts.shape)
      let values = Tensor(count: weight.tensor.elements)
      weight.read(values.floats)
      #expect(fnv(values.floats.array) == facts.fnv, "\(name)")
    }
  }

  @Test("the tokenizer has transformers' ids, added tokens and NFC included")
  func tokenizer() throws {
    for (kind, cases) in golden.ids {
      let tokenizer = try checkpoint(kind).tokenizer
      for (text, ids) in cases { #expect(try tokenizer.encode(text) == ids, "\(text.debug)") }
    }
  }

  /// A file whose metadata are those of the tiny model, with changes; it has no tensor but one.
  private func error(_ changes: [(String, GGUFBuilder.Value?)]) -> ModelError? {
    var metadata: [(String, GGUFBuilder.Value)] = [
      ("general.architecture", .string("llama")), ("llama.block_count", .u32(1)),
      ("llama.context_length", .u32(16)), ("llama.embedding_length", .u32(8)),
      ("llama.feed_forward_length", .u32(8)), ("llama.attention.head_count", .u32(2)),
      ("llama.attention.layer_norm_rms_epsilon", .f32(1e-5)),
      ("tokenizer.ggml.model", .string("gpt2")), ("tokenizer.ggml.pre", .string("smollm")),
      ("tokenizer.ggml.tokens", .array([.string("a"), .string("b"), .string("ab")])),
      ("tokenizer.ggml.merges", .array([.string("a b")])),
    ]
    for (key, value) in changes {
      metadata.removeAll { $0.0 == key }
      if let value { metadata.append((key, value)) }
    }
    let builder = GGUFBuilder(
      metadata: metadata, tensors: [.init(name: "token_embd.weight", shape: [8, 3], type: 0)],
      dataBytes: 96)
    return #expect(throws: ModelError.self) {
      try GGUFModel.read(builder.data, name: "m.gguf").check()
    }
  }

  @Test("what the metadata ask for and is not supported is named")
  func unsupported() {
    let cases: [(String, GGUFBuilder.Value?, String)] = [
      ("general.architecture", .string("gemma"), "the architecture 'gemma' is not supported"),
      (
        "llama.rope.scaling.type", .string("yarn"),
        "the metadata key llama.rope.scaling.type requires"
      ),
      ("llama.expert_count", .u32(8), "the metadata key llama.expert_count requires"),
      ("llama.rope.dimension_count", .u32(2), "llama.rope.dimension_count is 2, which differs"),
      ("llama.something_new", .u32(1), "the metadata key llama.something_new requires"),
      (
        "llama.attention.head_count_kv", .array([.u32(1), .u32(2)]),
        "llama.attention.head_count_kv is not one whole number"
      ),
      ("tokenizer.ggml.model", .string("t5"), "the tokenizer model 't5' is not supported"),
      (
        "tokenizer.ggml.model", .string("llama"),
        "the tokenizer model 'llama' (SentencePiece) is supported for single characters only"
      ),
      (
        "tokenizer.ggml.pre", .string("falcon"),
        "the pre-tokenizer 'falcon' (tokenizer.ggml.pre) is not supported; the names here are "
          + "gpt-2, smollm, qwen2, deepseek-r1-qwen, llama-bpe, deepseek-llm, deepseek-coder, "
          + "deepseek-v3, default"
      ),
    ]
    for (key, value, message) in cases {
      let error = error([(key, value)])
      #expect(error?.code == .unsupported)
      #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
    }
  }

  @Test("what is missing or does not fit is named")
  func broken() {
    let cases: [(String, GGUFBuilder.Value?, ModelError.Code, String)] = [
      ("llama.block_count", nil, .brokenFile, "the metadata key llama.block_count is missing"),
      ("llama.attention.head_count", .u32(0), .mismatch, "num_attention_heads is 0"),
      (
        "tokenizer.ggml.merges", nil, .brokenFile,
        "the tokenizer has no merges (tokenizer.ggml.merges), so it cannot form words; convert the "
          + "model again with its tokenizer"
      ),
      (
        "tokenizer.ggml.merges", .array([.string("a c")]), .brokenFile,
        "the merge 'a c' has tokens that are not in the vocabulary"
      ),
      (
        "tokenizer.ggml.token_type", .array([.i32(1)]), .brokenFile,
        "tokenizer.ggml.token_type has 1 of 3 entries"
      ),
      (
        "llama.block_count", .u32(1 << 20), .mismatch,
        "has 1048576 layers, but it contains 1 tensors"
      ),
      (
        "llama.context_length", .u32(16), .mismatch,
        "the tensor 'model.layers.0.input_layernorm.weight' of shape [8] is missing"
      ),
      (
        "llama.embedding_length", .u32(16), .mismatch,
        "'model.embed_tokens.weight' has shape [3, 8]; its config requires [3, 16]"
      ),
    ]
    for (key, value, code, message) in cases {
      let error = error([(key, value)])
      #expect(error?.code == code)
      #expect(error?.message.contains(message) == true, "\(error?.message ?? "") / \(message)")
    }
  }

  @Test("names map to transformers', others to nothing")
  func names() {
    let name = GGUFModel.huggingFaceName
    #expect(name("blk.12.ffn_gate.weight") == "model.layers.12.mlp.gate_proj.weight")
    #expect(name("blk.0.attn_q.bias") == "model.layers.0.self_attn.q_proj.bias")
    for other in ["rope_freqs.weight", "blk.01.attn_q.weight", "blk.0.attn_q", "blk.x.attn_q.bias"]
    {
      #expect(name(other) == nil)
    }
  }
}
