import Foundation
import Text

/// Makes a checkpoint of a GGUF file: config from its metadata, tensors under Hugging Face's names.
struct GGUFModel {
  let file: GGUF
  private let architecture: ModelConfig.ModelType

  static func read(_ data: Data, name: String) throws -> Checkpoint {
    try GGUFModel(GGUF(data, name: name)).checkpoint()
  }

  private init(_ file: GGUF) throws {
    self.file = file
    let architecture = file.metadata["general.architecture"]?.string
    guard let known = architecture.flatMap({ ModelConfig.ModelType(rawValue: $0) }) else {
      throw ModelError(
        .unsupported,
        "\(file.name): the architecture '\(architecture ?? "(none)")' is not "
          + "supported; llama, qwen2 and qwen3 are")
    }
    self.architecture = known
    if let parts = file.metadata["split.count"]?.int, parts > 1 {
      let part = (file.metadata["split.no"]?.int ?? 0) + 1
      throw unsupported(
        "it is part \(part) of \(parts) of a model; join the parts (llama-gguf-split --merge) and "
          + "give the whole file")
    }
  }

  private func checkpoint() throws -> Checkpoint {
    let config = try config()
    try config.validate(file.name)
    let tokenizer = try GGUFTokenizer(file)
    return Checkpoint(
      name: file.name, config: config, ids: tokenizer.ids(),
      tokenizer: try tokenizer.tokenizer(), marks: tokenizer.marks(),
      chatTemplate: file.metadata["tokenizer.chat_template"]?.string.map { ChatTemplate($0) },
      weights: try weights(config))
  }

  private func unsupported(_ text: String) -> ModelError {
    ModelError(.unsupported, "\(file.name): \(text)")
  }
}

// Metadata.
extension GGUFModel {
  private func value(_ key: String) -> GGUFValue? {
    file.metadata["\(architecture.rawValue).\(key)"]
  }

  private func required(_ key: String) throws -> Int {
    guard let value = try int(key) else {
      throw ModelError(
        .brokenFile, "\(file.name): the metadata key \(architecture.rawValue).\(key) is missing")
    }
    return value
  }

  private func int(_ key: String) throws -> Int? {
    guard let value = value(key) else { return nil }
    guard let number = value.int else {
      throw unsupported("\(architecture.rawValue).\(key) is not one whole number")
    }
    return number
  }

  /// Keys that are read below or change nothing that is computed.
  private static let known: Set<String> = [
    "block_count", "context_length", "embedding_length", "feed_forward_length", "vocab_size",
    "attention.head_count", "attention.head_count_kv", "attention.layer_norm_rms_epsilon",
    "attention.key_length", "attention.value_length", "rope.freq_base", "rope.dimension_count",
    "rope.scaling.original_context_length",
  ]

  /// Keys that change what is computed unless they have the value given here.
  private static let neutral: [String: Double] = [
    "expert_count": 0, "expert_used_count": 0, "rope.scaling.factor": 1, "rope.scale_linear": 1,
    "attention.sliding_window": 0, "logit_scale": 1, "attention.clamp_kqv": 0,
  ]

  private func checkKeys() throws {
    let prefix = "\(architecture.rawValue)."
    for key in file.metadata.keys.sorted() where key.hasPrefix(prefix) {
      let short = String(key.dropFirst(prefix.count))
      if Self.known.contains(short) { continue }
      if let neutral = Self.neutral[short], value(short)?.double == neutral { continue }
      if short == "rope.scaling.type", value(short)?.string == "none" { continue }
      throw unsupported("the metadata key \(key) requires arithmetic that is not supported")
    }
  }

  private func config() throws -> ModelConfig {
    try checkKeys()
    let heads = try required("attention.head_count")
    let hidden = try required("embedding_length")
    let headDim = try int("attention.key_length") ?? hidden / max(1, heads)
    for key in ["attention.value_length", "rope.dimension_count"] {
      if let size = try int(key), size != headDim {
        throw unsupported(
          "\(architecture.rawValue).\(key) is \(size), which differs from the \(headDim) of a head")
      }
    }
    guard let embedding = tensor("token_embd.weight"), embedding.shape.count == 2 else {
      throw ModelError(.brokenFile, "\(file.name): it has no tensor 'token_embd.weight'")
    }
    var config = ModelConfig(
      modelType: architecture, vocabSize: embedding.shape[0], hiddenSize: hidden,
      intermediateSize: try required("feed_forward_length"),
      numHiddenLayers: try required("block_count"), numAttentionHeads: heads,
      numKeyValueHeads: try int("attention.head_count_kv"), headDim: headDim,
      rmsNormEps: value("attention.layer_norm_rms_epsilon")?.double ?? 1e-5,
      ropeTheta: value("rope.freq_base")?.double ?? 10_000,
      tieWordEmbeddings: tensor("output.weight") == nil,
      maxPositionEmbeddings: try required("context_length"))
    config.ropeScaling = try ropeScaling(config)
    return config
  }

  /// The llama3 scaling whose slow-downs the tensor of frequency factors holds: GGUF stores them in
  /// the place of the numbers that they follow from.
  private func ropeScaling(_ config: ModelConfig) throws -> RopeScaling? {
    guard let tensor = tensor(Self.ropeFactors) else { return nil }
    guard architecture == .llama, tensor.shape == [config.headDim / 2] else {
      throw unsupported("the tensor '\(tensor.name)' of shape \(tensor.shape) is not supported")
    }
    let memory = Tensor(count: tensor.elements)
    tensor.read(memory.floats, from: file.data)
    let factors = memory.floats.array
    let scaling = RopeScaling(
      factor: Double(factors.max() ?? 1),
      originalMaxPositionEmbeddings: try int("rope.scaling.original_context_length") ?? 8192)
    let expected = scaling.factors(headDim: config.headDim, theta: config.ropeTheta)
    guard zip(factors, expected).allSatisfy({ abs($0 - $1) <= 1e-4 * $1 }) else {
      throw unsupported(
        "the factors in '\(tensor.name)' are not those of llama3 scaling with low_freq_factor 1, "
          + "high_freq_factor 4 and an original context of \(scaling.originalMaxPositionEmbeddings)"
          + "; take the model as a Hugging Face folder")
    }
    return scaling
  }

  private func tensor(_ name: String) -> StoredTensor? { file.tensors.first { $0.name == name } }
}

// Tensors.
extension GGUFModel {
  /// The tensor of rotary slow-downs, one a pair; no weight.
  static let ropeFactors = "rope_freqs.weight"

  private static let names = [
    "token_embd.weight": "model.embed_tokens.weight", "output_norm.weight": "model.norm.weight",
    "output.weight": "lm_head.weight",
  ]

  private static let layerNames = [
    "attn_norm": "input_layernorm", "attn_q": "self_attn.q_proj", "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj", "attn_q_norm": "self_attn.q_norm",
    "attn_k_norm": "self_attn.k_norm", "attn_output": "self_attn.o_proj",
    "ffn_norm": "post_attention_layernorm", "ffn_gate": "mlp.gate_proj", "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
  ]

  private func weights(_ config: ModelConfig) throws -> [String: Checkpoint.Weight] {
    var weights: [String: Checkpoint.Weight] = [:]
    for var tensor in file.tensors where tensor.name != Self.ropeFactors {
      guard let name = Self.huggingFaceName(tensor.name) else {
        throw unsupported("the tensor '\(tensor.name)' is not supported")
      }
      tensor.name = name
      weights[name] = .init(tensor: tensor, data: file.data, order: Self.order(name, config))
    }
    return weights
  }

  /// Hugging Face's name of a tensor: `blk.3.attn_q.weight` is `model.layers.3.self_attn.q_proj...`.
  static func huggingFaceName(_ name: String) -> String? {
    if let direct = names[name] { return direct }
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 4, parts[0] == "blk", let layer = Int(parts[1]),
      String(layer) == parts[1], let module = layerNames[String(parts[2])],
      parts[3] == "weight" || parts[3] == "bias"
    else { return nil }
    return "model.layers.\(layer).\(module).\(parts[3])"
  }

  /// GGUF's name of a tensor; nil if it has none.
  static func ggufName(_ name: String) -> String? {
    if let direct = names.first(where: { $0.value == name })?.key { return direct }
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count > 4, parts[0] == "model", parts[1] == "layers", let kind = parts.last,
      let module = layerNames.first(where: {
        $0.value == parts[3..<parts.count - 1].joined(separator: ".")
      })
    else { return nil }
    return "blk.\(parts[2]).\(module.key).\(kind)"
  }

  /// GGUF stores the query and key rows of llama models for rotary pairs that lie side by side;
  /// Hugging Face's pairs are half a head apart.
  static func order(_ name: String, _ config: ModelConfig) -> ((Int) -> Int)? {
    guard config.modelType == .llama,
      name.hasSuffix("q_proj.weight") || name.hasSuffix("k_proj.weight")
    else { return nil }
    let headDim = config.headDim
    return { row in
      let (head, within) = row.quotientAndRemainder(dividingBy: headDim)
      let (half, pair) = within.quotientAndRemainder(dividingBy: headDim / 2)
      return head * headDim + 2 * pair + half
    }
  }
}
