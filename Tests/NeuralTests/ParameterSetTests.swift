import Testing
import Text

@testable import Neural

@Suite("Parameters")
struct ParameterSetTests {
  @Test("tensors fill one buffer, and those of one product lie side by side")
  func layout() {
    for config in DecoderTests.configs {
      let parameters = ParameterSet(config: config)
      var end = 0
      for entry in parameters.entries {
        #expect(entry.range.lowerBound == end)
        #expect(entry.range.count == entry.shape.reduce(1, *))
        end = entry.range.upperBound
      }
      #expect(end == parameters.count)
      let hidden = config.hiddenSize
      let projected = (config.numAttentionHeads + 2 * config.numKeyValueHeads) * config.headDim
      let weights = LayerWeights(parameters, layer: 1)
      #expect(weights.queryKeyValue.count == projected * hidden)
      #expect(weights.queryKeyValueBias?.count == (config.attentionBias ? projected : nil))
      #expect(weights.gateUp.count == 2 * config.intermediateSize * hidden)
      #expect(parameters.headWeight.count == config.vocabSize * hidden)
    }
  }

  @Test("names are Hugging Face's")
  func names() {
    let names = ParameterSet(config: DecoderTests.configs[1]).entries.map(\.name)
    #expect(names.first == "model.embed_tokens.weight")
    #expect(names.suffix(2) == ["model.norm.weight", "lm_head.weight"])
    #expect(
      names[1..<13]
        == [
          "input_layernorm.weight", "self_attn.q_proj.weight", "self_attn.k_proj.weight",
          "self_attn.v_proj.weight", "self_attn.q_proj.bias", "self_attn.k_proj.bias",
          "self_attn.v_proj.bias", "self_attn.o_proj.weight", "post_attention_layernorm.weight",
          "mlp.gate_proj.weight", "mlp.up_proj.weight", "mlp.down_proj.weight",
        ].map { "model.layers.0." + $0 }[...])
    #expect(
      !ParameterSet(config: DecoderTests.configs[0]).entries.contains {
        $0.name == "lm_head.weight"
      })
  }

  @Test("a new model's weights have the asked deviation, and are the same for the same seed")
  func initialisation() throws {
    let config = ModelConfig(
      modelType: .qwen2, vocabSize: 300, hiddenSize: 64, intermediateSize: 96, numHiddenLayers: 1,
      numAttentionHeads: 2)
    let make = { (seed: UInt64) in
      LanguageModel(
        config: config, tokenizer: try ByteTokenizer(), chatTemplate: nil, eosTokenIDs: [],
        seed: seed
      ).parameters
    }
    let (parameters, again, other) = (try make(3), try make(3), try make(4))
    let table = try #require(parameters.array("model.embed_tokens.weight"))
    let deviation = (table.reduce(0) { $0 + $1 * $1 } / Float(table.count)).squareRoot()
    #expect(abs(deviation - 0.02) < 0.0005)
    #expect(parameters.array("model.norm.weight") == [Float](repeating: 1, count: 64))
    #expect(
      parameters.array("model.layers.0.self_attn.q_proj.bias") == [Float](repeating: 0, count: 64))
    #expect(parameters.array("no.such.tensor") == nil)
    for entry in parameters.entries {
      #expect(again.array(entry.name) == parameters.array(entry.name))
      let same = other.array(entry.name) == parameters.array(entry.name)
      #expect(same == !entry.decays, "only what is drawn depends on the seed")
    }
  }
}
