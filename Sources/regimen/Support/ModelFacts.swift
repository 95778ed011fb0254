import Insight
import JSON
import Neural
import Text

/// What `model info` says about a checkpoint.
struct ModelFacts {
  let facts: [(name: String, value: JSONValue)]

  init(_ model: LanguageModel) {
    let config = model.config
    facts = [
      ("model_type", .string(config.modelType.rawValue)),
      ("head", .string(config.head == .score ? "score" : "language_model")),
      ("parameters", .int(model.parameters.count)),
      ("vocab_size", .int(config.vocabSize)),
      ("hidden_size", .int(config.hiddenSize)),
      ("intermediate_size", .int(config.intermediateSize)),
      ("num_hidden_layers", .int(config.numHiddenLayers)),
      ("num_attention_heads", .int(config.numAttentionHeads)),
      ("num_key_value_heads", .int(config.numKeyValueHeads)),
      ("head_dim", .int(config.headDim)),
      ("max_position_embeddings", .int(config.maxPositionEmbeddings)),
      ("rope_theta", .double(config.ropeTheta)),
      ("rope_scaling", .optional(config.ropeScaling.map { "llama3, factor \($0.factor)" })),
      ("rms_norm_eps", .double(config.rmsNormEps)),
      ("tie_word_embeddings", .bool(config.tieWordEmbeddings)),
      ("tokenizer_size", .int(model.tokenizer.vocabularySize)),
      ("eos_token_ids", .ids(model.eosTokenIDs)),
      ("bos_token_id", .optional(model.bosTokenID.map(Int.init))),
      ("pad_token_id", .optional(model.padTokenID.map(Int.init))),
      ("add_bos_token", .bool(model.marks.bos)),
      ("add_eos_token", .bool(model.marks.eos)),
      ("chat_template", Self.template(model.chatTemplate)),
    ]
  }

  /// `recognised`, or why it is not.
  private static func template(_ template: ChatTemplate?) -> JSONValue {
    guard let template else { return .null }
    do {
      try template.check()
      return .string("recognised")
    } catch {
      return .string("\(error)")
    }
  }
}
