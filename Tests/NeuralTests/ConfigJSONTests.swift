import Foundation
import JSON
import Testing
import Text

@testable import Neural

@Suite("config.json")
struct ConfigJSONTests {
  private static let base =
    #""model_type":"llama","vocab_size":10,"hidden_size":8,"intermediate_size":16,"#
    + #""num_hidden_layers":1,"num_attention_heads":2"#

  private func read(_ more: String) throws -> (config: ModelConfig, ids: ConfigJSON.TokenIDs) {
    try ConfigJSON.read(Data("{\(Self.base)\(more)}".utf8), name: "m/config.json")
  }

  @Test("what a file leaves out has transformers' defaults")
  func defaults() throws {
    let (config, ids) = try read("")
    #expect(
      config
        == ModelConfig(
          vocabSize: 10, hiddenSize: 8, intermediateSize: 16, numHiddenLayers: 1,
          numAttentionHeads: 2, numKeyValueHeads: 2, headDim: 4, rmsNormEps: 1e-6,
          ropeTheta: 10_000, tieWordEmbeddings: false, maxPositionEmbeddings: 2048,
          initializerRange: 0.02))
    #expect(ids == .init())
  }

  @Test("the keys of transformers 4 and 5 mean the same")
  func generations() throws {
    let old = try read(#","rope_theta":5e5,"rope_scaling":null,"torch_dtype":"bfloat16""#).config
    let new = try read(
      #","rope_parameters":{"rope_theta":500000.0,"rope_type":"default"},"dtype":"bfloat16""#)
    #expect(old == new.config)
    #expect(old.ropeTheta == 500_000)
  }

  private static let llama3 =
    #"{"factor":8.0,"high_freq_factor":4.0,"low_freq_factor":1.0,"#
    + #""original_max_position_embeddings":8192,"rope_type":"llama3"}"#

  @Test("Llama 3's scaling reads alike in both, and is written for both")
  func llama3() throws {
    let old = try read(#","rope_theta":5e5,"rope_scaling":\#(Self.llama3)"#).config
    let new = try read(
      #","rope_parameters":"# + Self.llama3.dropLast() + #","rope_theta":500000.0}"#)
    #expect(old == new.config)
    #expect(old.ropeScaling == RopeScaling(factor: 8))
    let data = ConfigJSON.write(old, .init(), dtype: "float32")
    #expect(try ConfigJSON.read(data, name: "c").config == old)
    let json = try JSONParser.parse(data, name: "c")
    #expect(json["rope_scaling"]?["factor"]?.double == 8)
    #expect(json["rope_parameters"]?["factor"]?.double == 8)
    #expect(json["rope_parameters"]?["rope_theta"]?.double == 5e5)
  }

  @Test("a Qwen3 head is 128 wide unless its config says otherwise, as in transformers")
  func qwen3Heads() throws {
    let text = "{\(Self.base),\"num_key_value_heads\":1}".replacing("llama", with: "qwen3")
    let (config, _) = try ConfigJSON.read(Data(text.utf8), name: "c")
    #expect(config.headDim == 128)
    #expect(config.maxPositionEmbeddings == 32768)
    #expect(config.queryKeyNorm && !config.attentionBias)
  }

  @Test("one end of text or several, and a padding id that stands for none")
  func ids() throws {
    #expect(try read(#","eos_token_id":2,"bos_token_id":1"#).ids == .init(bos: 1, eos: [2]))
    #expect(
      try read(#","eos_token_id":[7,3],"pad_token_id":-1"#).ids == .init(eos: [7, 3], pad: nil))
  }

  @Test("what is written reads as the same config", arguments: ModelConfig.ModelType.allCases)
  func roundTrip(type: ModelConfig.ModelType) throws {
    let config = ModelConfig(
      modelType: type, vocabSize: 302, hiddenSize: 32, intermediateSize: 64, numHiddenLayers: 2,
      numAttentionHeads: 4, numKeyValueHeads: 2, headDim: 16, rmsNormEps: 1e-5,
      ropeTheta: 123_456.5,
      tieWordEmbeddings: type == .llama, maxPositionEmbeddings: 99, initializerRange: 0.03)
    let ids = ConfigJSON.TokenIDs(bos: 1, eos: [2, 0], pad: 3)
    let data = ConfigJSON.write(config, ids, dtype: "float32")
    let (read, readIDs) = try ConfigJSON.read(data, name: "c")
    #expect(read == config)
    #expect(readIDs == ids)
    let json = try JSONParser.parse(data, name: "c")
    #expect(json["rope_theta"]?.double == json["rope_parameters"]?["rope_theta"]?.double)
    #expect(json["dtype"]?.string == json["torch_dtype"]?.string)
    #expect(json.object?.map { $0.key } == json.object?.map { $0.key }.sorted())
  }

  @Test(
    "a key that changes the arithmetic and is not supported is named",
    arguments: [
      (#""hidden_act":"gelu""#, "hidden_act 'gelu'", "only silu is implemented"),
      (#""attention_bias":true"#, "attention_bias true", "only false is implemented"),
      (#""mlp_bias":true"#, "mlp_bias true", "only false is implemented"),
      (
        #""rope_scaling":{"type":"linear","factor":2.0}"#,
        "rope_scaling with rope_type 'linear'", "'default' and 'llama3' are implemented"
      ),
      (
        #""rope_parameters":{"rope_type":"yarn","rope_theta":1e4}"#,
        "rope_parameters with rope_type 'yarn'", "'default' and 'llama3' are implemented"
      ),
      (
        #""partial_rotary_factor":0.5"#, "partial_rotary_factor 0.5", "only whole heads are rotated"
      ),
      (
        #""quantization_config":{"bits":4}"#, "quantization_config",
        "use the checkpoint in float32 or bfloat16"
      ),
      (
        #""sliding_window":32,"use_sliding_window":true"#, "sliding_window 32",
        "only full attention is implemented"
      ),
      (
        #""layer_types":["full_attention","sliding_attention"]"#,
        #"layer_types "sliding_attention""#, "only full_attention is implemented"
      ),
      (#""attention_dropout":0.1"#, "attention_dropout", "only 0 is implemented"),
    ])
  func unsupported(key: String, what: String, remedy: String) {
    expectError(.unsupported, "m/config.json: \(what) is not supported; \(remedy)") {
      _ = try read(",\(key)")
    }
  }

  @Test(
    "values that change nothing are taken",
    arguments: [
      #""hidden_act":"silu""#, #""sliding_window":32"#, #""rope_scaling":{"rope_type":"default"}"#,
      #""sliding_window":4096,"use_sliding_window":false"#, #""attention_dropout":0.0"#,
      #""partial_rotary_factor":1.0"#, #""layer_types":["full_attention"]"#, #""unheard_of":1"#,
    ])
  func harmless(key: String) throws {
    #expect(try read(",\(key)").config == read("").config)
  }

  @Test("missing, mistyped and impossible values are named")
  func broken() {
    let cases: [(String, ModelError.Code, String)] = [
      (#"{"vocab_size":3}"#, .brokenFile, "model_type is missing"),
      (#"{"model_type":"llama"}"#, .brokenFile, "num_attention_heads is missing"),
      (
        #"{"model_type":"gpt2"}"#, .unsupported,
        "model_type 'gpt2' is not supported; the models here are llama, qwen2, qwen3"
      ),
      ("{\(Self.base),\"head_dim\":3}", .mismatch, "head_dim (3) must be even"),
      ("{\(Self.base),\"head_dim\":0}", .mismatch, "head_dim is 0; it must be 1 to 1048576"),
      ("{\(Self.base),\"num_key_value_heads\":3}", .mismatch, "num_attention_heads (2) must be a"),
      ("{\(Self.base),\"rms_norm_eps\":\"x\"}", .brokenFile, "rms_norm_eps is \"x\"; it must be"),
      ("{\(Self.base),\"rms_norm_eps\":0}", .mismatch, "rms_norm_eps is 0.0"),
      (
        "{\(Self.base),\"head_dim\":4.5}", .brokenFile, "head_dim is 4.5; it must be a whole number"
      ),
      ("{\(Self.base),\"eos_token_id\":\"<e>\"}", .brokenFile, "eos_token_id is \"<e>\""),
      ("{\(Self.base),\"rope_scaling\":2}", .brokenFile, "rope_scaling is not an object"),
      (
        "{\(Self.base),\"rope_scaling\":{\"rope_type\":\"llama3\"}}", .brokenFile,
        "rope_scaling.factor must be a number for rope_type 'llama3'"
      ),
      (
        "{\(Self.base),\"rope_scaling\":\(Self.llama3.replacing("8.0", with: "0.5"))}", .mismatch,
        "the factor of llama3 rope scaling is 0.5; it must be 1 or more"
      ),
      (
        "{\(Self.base),\"rope_scaling\":\(Self.llama3.replacing("4.0", with: "1"))}", .mismatch,
        "high_freq_factor (1.0) must be greater than low_freq_factor (1.0), and both positive"
      ),
      ("{\(Self.base)", .brokenFile, "broken JSON at byte"),
    ]
    for (text, code, message) in cases {
      let error = #expect(throws: ModelError.self) {
        try ConfigJSON.read(Data(text.utf8), name: "c.json")
      }
      #expect(error?.code == code)
      #expect(error?.message.hasPrefix("c.json: \(message)") == true, "\(error?.message ?? "")")
    }
  }
}
