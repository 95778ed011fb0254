import Foundation
import JSON
import Text

/// Reads what transformers saves: a folder, or an artifact's files by name.
struct HuggingFaceFolder {
  /// The bytes of a file; nil if there is no file of that name.
  typealias Reader = (String) throws -> Data?

  private let name: String
  private let file: Reader

  /// The checkpoint whose files `file` gives; `name` begins the messages.
  static func read(name: String, file: @escaping Reader) throws -> Checkpoint {
    try HuggingFaceFolder(name: name, file: file).checkpoint()
  }

  /// The tokenizer alone.
  static func readTokenizer(name: String, file: @escaping Reader) throws -> any Tokenizer {
    try HuggingFaceFolder(name: name, file: file).tokenizer(nil).tokenizer
  }

  private func required(_ path: String, _ remedy: String) throws -> Data {
    if let data = try file(path) { return data }
    if let adapter = try file(Adapters.configFile) {
      let base = try JSONParser.parse(adapter, name: "\(name)/\(Adapters.configFile)")[
        "base_model_name_or_path"]?.string
      throw ModelError(
        .missingFile,
        "\(name): it contains adapters of \(base ?? "a model that it does not name"); give that "
          + "model, and this folder as its "
          + "adapter (in a recipe { path: BASE, adapter: \(name) }, for a command "
          + "--model BASE --adapter \(name))")
    }
    throw ModelError(.missingFile, "\(name): there is no \(path); \(remedy)")
  }

  private func checkpoint() throws -> Checkpoint {
    let configData = try required("config.json", "give a folder that transformers saved")
    let (config, configIDs) = try ConfigJSON.read(configData, name: "\(name)/config.json")
    let tokenizerConfig = try file("tokenizer_config.json").map {
      (data: $0, json: try JSONParser.parse($0, name: "\(name)/tokenizer_config.json"))
    }
    let (tokenizer, marks) = try tokenizer(tokenizerConfig)
    let ids = try ids(configIDs, tokenizerConfig?.json, tokenizer)
    var template = try chatTemplate(tokenizerConfig?.json)
    if let json = tokenizerConfig?.json {
      template = template?.with(tokens: Self.tokens(json, ids, tokenizer))
    }
    return Checkpoint(
      name: name, config: config, ids: ids, tokenizer: tokenizer, marks: marks,
      chatTemplate: template,
      weights: try weights(config))
  }

  private func tokenizer(
    _ config: (data: Data, json: JSONValue)?
  ) throws -> (tokenizer: any Tokenizer, marks: TextMarks) {
    let data = try required(
      "tokenizer.json", "save the tokenizer with transformers' fast tokenizers to get one")
    var originals = ["tokenizer.json": data]
    originals["tokenizer_config.json"] = config?.data
    let path = "\(name)/tokenizer.json"
    let json = try JSONParser.parse(data, name: path)
    return (
      try TokenizerJSON.read(json, name: path, originals: originals),
      PostProcessor.marks(json)
    )
  }

  /// The tokens that tokenizer_config.json names, as templates read them: `eos_token`, `pad_token`.
  /// A null one is absent; for a missing one the ids of the other files decide.
  private static func tokens(
    _ config: JSONValue, _ ids: ConfigJSON.TokenIDs, _ tokenizer: any Tokenizer
  ) -> [String: String] {
    var tokens = ["bos_token": ids.bos, "eos_token": ids.eos.first]
      .compactMapValues { $0.map(tokenizer.token) }
    for (key, value) in config.object ?? [:] where key.hasSuffix("_token") {
      tokens[key] = value.string ?? value["content"]?.string
    }
    return tokens
  }

  /// generation_config.json's ids count first, then config.json's, then the tokenizer's tokens. What
  /// ends a text is the tokenizer's `eos_token`; the others that are listed stop a generation, too.
  private func ids(
    _ config: ConfigJSON.TokenIDs, _ tokenizerConfig: JSONValue?, _ tokenizer: any Tokenizer
  ) throws -> ConfigJSON.TokenIDs {
    func named(_ key: String) -> Int32? {
      let value = tokenizerConfig?[key]
      return (value?.string ?? value?["content"]?.string).flatMap { tokenizer.specialTokenID($0) }
    }
    let generation = try file("generation_config.json").map {
      try ConfigJSON.readTokenIDs($0, name: "\(name)/generation_config.json")
    }
    var eos = generation?.eos ?? []
    if eos.isEmpty { eos = config.eos }
    let own = named("eos_token").map { [$0] } ?? []
    if eos.isEmpty { eos = own }
    return .init(
      bos: generation?.bos ?? config.bos ?? named("bos_token"),
      eos: own + eos.filter { !own.contains($0) },
      pad: generation?.pad ?? config.pad ?? named("pad_token"), listed: eos)
  }

  private func chatTemplate(_ tokenizerConfig: JSONValue?) throws -> ChatTemplate? {
    if let data = try file("chat_template.jinja") {
      guard let text = String(data: data, encoding: .utf8) else {
        throw ModelError(.brokenFile, "\(name)/chat_template.jinja is not UTF-8")
      }
      return ChatTemplate(text)
    }
    guard let template = tokenizerConfig?["chat_template"] else { return nil }
    if let text = template.string { return ChatTemplate(text) }
    // Several by name: the default one counts, as in transformers.
    let texts = (template.array ?? []).filter { $0["name"]?.string == "default" }
    return texts.first?["template"]?.string.map { ChatTemplate($0) }
  }
}

// Weights.
extension HuggingFaceFolder {
  private func weights(_ config: ModelConfig) throws -> [String: Checkpoint.Weight] {
    var weights: [String: Checkpoint.Weight] = [:]
    for (shard, data) in try shards() {
      for tensor in try Safetensors(data, name: "\(name)/\(shard)").tensors {
        // A buffer of old checkpoints, which transformers does not read either.
        if tensor.name.hasSuffix("rotary_emb.inv_freq") { continue }
        guard weights.updateValue(.init(tensor: tensor, data: data), forKey: tensor.name) == nil
        else {
          throw ModelError(.brokenFile, "\(name): the tensor '\(tensor.name)' is in two files")
        }
      }
    }
    if config.tieWordEmbeddings { try dropTiedHead(&weights) }
    return weights
  }

  /// The files that hold the weights, in order of their names.
  private func shards() throws -> [(name: String, data: Data)] {
    if let data = try file("model.safetensors") { return [("model.safetensors", data)] }
    guard let data = try file(Self.indexName) else {
      throw ModelError(
        .missingFile,
        "\(name): there is no model.safetensors and no \(Self.indexName); save the model "
          + "as safetensors")
    }
    return try index(data).sorted { $0.key < $1.key }.map { shard, tensors in
      guard let data = try file(shard) else {
        throw ModelError(
          .missingFile,
          "\(name): there is no \(shard), which by \(Self.indexName) holds \(tensors.count) tensors "
            + "('\(tensors.min() ?? "")' first); the folder is incomplete, so fetch it again")
      }
      let held = Set(try Safetensors(data, name: "\(name)/\(shard)").tensors.map(\.name))
      if let missing = tensors.filter({ !held.contains($0) }).min() {
        throw ModelError(
          .brokenFile,
          "\(name)/\(shard): it does not hold '\(missing)', which \(Self.indexName) says it does")
      }
      return (shard, data)
    }
  }

  private static let indexName = "model.safetensors.index.json"

  /// The tensors of each file that the index names.
  private func index(_ data: Data) throws -> [String: [String]] {
    let index = try JSONParser.parse(data, name: "\(name)/\(Self.indexName)")
    var shards: [String: [String]] = [:]
    for (tensor, shard) in index["weight_map"]?.object ?? [:] {
      guard let shard = shard.string, !shard.contains("/"), !shard.contains("\\") else {
        shards = [:]
        break
      }
      shards[shard, default: []].append(tensor)
    }
    guard !shards.isEmpty else {
      throw ModelError(
        .brokenFile, "\(name)/\(Self.indexName): its weight_map names no files here")
    }
    return shards
  }

  /// A tied head that is stored as well is left out, if it is the embedding.
  private func dropTiedHead(_ weights: inout [String: Checkpoint.Weight]) throws {
    guard let head = weights.removeValue(forKey: "lm_head.weight") else { return }
    guard let embedding = weights["model.embed_tokens.weight"],
      head.tensor.shape == embedding.tensor.shape, head.tensor.type == embedding.tensor.type,
      head.bytes == embedding.bytes
    else {
      throw ModelError(
        .mismatch,
        "\(name): tie_word_embeddings is true, but lm_head.weight differs from "
          + "model.embed_tokens.weight")
    }
  }
}
