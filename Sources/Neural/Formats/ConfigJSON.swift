import Foundation
import JSON
import Text

/// config.json of transformers 4 and 5, for the models that `ModelConfig` describes.
///
/// A key that the Llama, Qwen2 or Qwen3 code of transformers reads is an error that names it where it
/// asks for arithmetic that the kernels do not have; keys that transformers ignores are ignored.
struct ConfigJSON {
  /// The token ids of a model; a file may leave out any of them.
  struct TokenIDs: Equatable {
    var bos: Int32?
    /// The tokenizer's own first.
    var eos: [Int32] = []
    var pad: Int32?
    /// The ids that end a text in the order of the file that lists them.
    var listed: [Int32]?

    init(bos: Int32? = nil, eos: [Int32] = [], pad: Int32? = nil, listed: [Int32]? = nil) {
      self.bos = bos
      self.eos = eos
      self.pad = pad
      self.listed = listed
    }
  }

  let root: JSONValue
  private let name: String

  /// The config in `data`; `name` begins the messages.
  static func read(_ data: Data, name: String) throws -> (config: ModelConfig, ids: TokenIDs) {
    let reader = ConfigJSON(root: try JSONParser.parse(data, name: name), name: name)
    let config = try reader.config()
    try config.validate(name)
    return (config, try reader.tokenIDs())
  }

  /// The token ids in a generation_config.json.
  static func readTokenIDs(_ data: Data, name: String) throws -> TokenIDs {
    try ConfigJSON(root: try JSONParser.parse(data, name: name), name: name).tokenIDs()
  }

  private func config() throws -> ModelConfig {
    guard let typeName = root["model_type"]?.string else { throw missing("model_type") }
    guard let type = ModelConfig.ModelType(rawValue: typeName) else {
      let known = ModelConfig.ModelType.allCases.map { $0.rawValue }.joined(separator: ", ")
      throw unsupported("model_type '\(typeName)'", "the models here are \(known)")
    }
    try checkArithmetic()
    let heads = try required("num_attention_heads")
    var config = ModelConfig(
      modelType: type, vocabSize: try required("vocab_size"),
      hiddenSize: try required("hidden_size"),
      intermediateSize: try required("intermediate_size"),
      numHiddenLayers: try required("num_hidden_layers"), numAttentionHeads: heads,
      numKeyValueHeads: type == .llama
        ? try int("num_key_value_heads") ?? heads : try required("num_key_value_heads"),
      headDim: try int("head_dim") ?? (type == .qwen3 ? 128 : nil),
      rmsNormEps: try double("rms_norm_eps") ?? 1e-6,
      tieWordEmbeddings: try bool("tie_word_embeddings") ?? false,
      maxPositionEmbeddings: try int("max_position_embeddings") ?? (type == .llama ? 2048 : 32768),
      initializerRange: try double("initializer_range") ?? 0.02)
    (config.ropeTheta, config.ropeScaling) = try rope(positions: config.maxPositionEmbeddings)
    config.head = try head()
    return config
  }

  /// The head that `architectures` names.
  private func head() throws -> ModelConfig.Head {
    let names = (root["architectures"]?.array ?? []).compactMap(\.string)
    guard names.contains(where: { $0.hasSuffix("ForSequenceClassification") }) else {
      return .languageModel
    }
    let labels = try root["id2label"]?.object?.count ?? int("num_labels") ?? 2
    guard labels == 1 else {
      throw unsupported("a classifier with \(labels) labels", "a reward model has one")
    }
    return .score
  }

  private func tokenIDs() throws -> TokenIDs {
    TokenIDs(
      bos: try ids("bos_token_id").first, eos: try ids("eos_token_id"),
      pad: try ids("pad_token_id").first)
  }
}

// What would change the arithmetic.
extension ConfigJSON {
  private func checkArithmetic() throws {
    if let activation = root["hidden_act"]?.string, activation != "silu" {
      throw unsupported("hidden_act '\(activation)'", "only silu is implemented")
    }
    for key in ["attention_bias", "mlp_bias", "rope_interleaved", "use_qk_norm"] {
      if try bool(key) == true { throw unsupported("\(key) true", "only false is implemented") }
    }
    if root["quantization_config"] != nil {
      throw unsupported("quantization_config", "use the checkpoint in float32 or bfloat16")
    }
    if try double("attention_dropout") ?? 0 != 0 {
      throw unsupported("attention_dropout", "only 0 is implemented")
    }
    try checkWindow()
  }

  private func checkWindow() throws {
    let layers = root["layer_types"]?.array ?? []
    for layer in layers where layer.string != "full_attention" {
      throw unsupported("layer_types \(layer.line)", "only full_attention is implemented")
    }
    guard let window = root["sliding_window"], layers.isEmpty else { return }
    // Qwen2 has a window only where it says so; Llama's code reads no window at all.
    if try bool("use_sliding_window") == true {
      throw unsupported("sliding_window \(window.line)", "only full attention is implemented")
    }
  }
}

// Values by key.
extension ConfigJSON {
  private func required(_ key: String) throws -> Int {
    guard let value = try int(key) else { throw missing(key) }
    return value
  }

  func int(_ key: String) throws -> Int? {
    try typed(key, "a whole number") { $0.int }
  }

  func double(_ key: String) throws -> Double? {
    try typed(key, "a number") { $0.double }
  }

  private func bool(_ key: String) throws -> Bool? {
    try typed(key, "true or false") { $0.bool }
  }

  /// A token id or a list of them; a negative one, as some files write it, stands for none.
  private func ids(_ key: String) throws -> [Int32] {
    let ids: [Int32]? = try typed(key, "a token id or a list of them") { value in
      let values = value.array ?? [value]
      let ids = values.compactMap { $0.int.flatMap { Int32(exactly: $0) } }
      return ids.count == values.count ? ids : nil
    }
    return (ids ?? []).filter { $0 >= 0 }
  }

  private func typed<Value>(
    _ key: String, _ what: String, _ convert: (JSONValue) -> Value?
  ) throws -> Value? {
    guard let value = root[key] else { return nil }
    guard let converted = convert(value) else {
      throw broken("\(key) is \(value.line); it must be \(what)")
    }
    return converted
  }

  func broken(_ text: String) -> ModelError {
    ModelError(.brokenFile, "\(name): \(text)")
  }

  private func missing(_ key: String) -> ModelError { broken("\(key) is missing") }

  func unsupported(_ what: String, _ remedy: String) -> ModelError {
    ModelError(.unsupported, "\(name): \(what) is not supported; \(remedy)")
  }
}

// Writing.
extension ConfigJSON {
  /// config.json for transformers 5 (`rope_parameters`, `dtype`) and 4 (`rope_theta`,
  /// `torch_dtype`).
  static func write(_ config: ModelConfig, _ ids: TokenIDs, dtype: String) -> Data {
    let family =
      switch config.modelType {
      case .llama: "Llama"
      case .qwen2: "Qwen2"
      case .qwen3: "Qwen3"
      }
    let name = family + (config.head == .score ? "ForSequenceClassification" : "ForCausalLM")
    let scaling = config.ropeScaling.map(llama3) ?? [("rope_type", .string("default"))]
    let rope = JSONValue.object([("rope_theta", .double(config.ropeTheta))] + scaling)
    var members: [(key: String, value: JSONValue)] = [
      ("architectures", .array([.string(name)])), ("attention_dropout", .double(0)),
      ("dtype", .string(dtype)), ("head_dim", .int(config.headDim)),
      ("hidden_act", .string("silu")), ("hidden_size", .int(config.hiddenSize)),
      ("initializer_range", .double(config.initializerRange)),
      ("intermediate_size", .int(config.intermediateSize)),
      ("max_position_embeddings", .int(config.maxPositionEmbeddings)),
      ("model_type", .string(config.modelType.rawValue)),
      ("num_attention_heads", .int(config.numAttentionHeads)),
      ("num_hidden_layers", .int(config.numHiddenLayers)),
      ("num_key_value_heads", .int(config.numKeyValueHeads)),
      ("rms_norm_eps", .double(config.rmsNormEps)), ("rope_parameters", rope),
      ("rope_theta", .double(config.ropeTheta)),
      ("tie_word_embeddings", .bool(config.tieWordEmbeddings)), ("torch_dtype", .string(dtype)),
      ("use_cache", .bool(true)), ("vocab_size", .int(config.vocabSize)),
    ]
    members += tokenIDs(ids)
    if config.ropeScaling != nil { members.append(("rope_scaling", .object(scaling))) }
    if config.head == .score {
      members += [
        ("id2label", .object([("0", .string("LABEL_0"))])),
        ("label2id", .object([("LABEL_0", .int(0))])), ("num_labels", .int(1)),
      ]
    }
    switch config.modelType {
    case .llama: members += [("attention_bias", .bool(false)), ("mlp_bias", .bool(false))]
    case .qwen2: members += [("use_sliding_window", .bool(false))]
    case .qwen3:
      members += [("attention_bias", .bool(false)), ("use_sliding_window", .bool(false))]
    }
    return JSONValue.object(members.sorted { $0.key < $1.key }).data
  }

  private static func llama3(_ scaling: RopeScaling) -> [(key: String, value: JSONValue)] {
    [
      ("factor", .double(scaling.factor)), ("high_freq_factor", .double(scaling.highFreqFactor)),
      ("low_freq_factor", .double(scaling.lowFreqFactor)),
      ("original_max_position_embeddings", .int(scaling.originalMaxPositionEmbeddings)),
      ("rope_type", .string("llama3")),
    ]
  }

  /// generation_config.json with every id that ends a text.
  static func writeGeneration(_ ids: TokenIDs) -> Data { JSONValue.object(tokenIDs(ids)).data }

  private static func tokenIDs(_ ids: TokenIDs) -> [(key: String, value: JSONValue)] {
    var members: [(key: String, value: JSONValue)] = []
    if let bos = ids.bos { members.append(("bos_token_id", .int(Int(bos)))) }
    if let first = ids.eos.first {
      let list = JSONValue.array(ids.eos.map { .int(Int($0)) })
      members.append(("eos_token_id", ids.eos.count == 1 ? .int(Int(first)) : list))
    }
    if let pad = ids.pad { members.append(("pad_token_id", .int(Int(pad)))) }
    return members
  }
}
