import Foundation
import Host
import JSON
import Text

/// Writes what transformers 4 and 5 load; equal models give equal bytes.
struct HuggingFaceWriter {
  let config: ModelConfig
  let ids: ConfigJSON.TokenIDs
  let tokenizer: any Tokenizer
  let chatTemplate: ChatTemplate?

  /// The files by name; `tensors` are written in the order given, and read when they are.
  ///
  /// - Parameter owner: what holds the tensors' memory.
  func files(
    _ tensors: [(name: String, shape: [Int], values: Floats)], as type: ExportType,
    of owner: AnyObject, marks: TextMarks?
  ) throws -> [String: FileContent] {
    var files = try tokenizer.files()
    files["config.json"] = ConfigJSON.write(config, ids, dtype: type.torchName)
    files["generation_config.json"] = ConfigJSON.writeGeneration(ids)
    files["tokenizer_config.json"] = try tokenizerConfig(files["tokenizer_config.json"])
    if let marks { try set(marks, in: &files) }
    if let chatTemplate { files["chat_template.jinja"] = Data(chatTemplate.jinja.utf8) }
    var contents = files.mapValues { FileContent($0) }
    contents["model.safetensors"] = SafetensorsWriter.write(tensors, as: type, of: owner)
    return contents
  }

  /// Makes the tokenizer's files say what is put around plain text, unless they do.
  private func set(_ marks: TextMarks, in files: inout [String: Data]) throws {
    func parsed(_ name: String) throws -> JSONValue {
      try JSONParser.parse(files[name] ?? Data("{}".utf8), name: name)
    }
    func token(_ id: Int32?) -> (text: String, id: Int)? {
      id.map { (tokenizer.token($0), Int($0)) }
    }
    let (json, config) = (try parsed("tokenizer.json"), try parsed("tokenizer_config.json"))
    if PostProcessor.says(marks, tokenizer: json, config: config) { return }
    let changed = PostProcessor.setting(
      marks, tokenizer: json, config: config, bos: token(ids.bos), eos: token(ids.eos.first))
    files["tokenizer.json"] = changed.tokenizer.data
    files["tokenizer_config.json"] = changed.config.data
  }

  /// The tokenizer's own config with what every transformers version needs to read it.
  private func tokenizerConfig(_ original: Data?) throws -> Data {
    // The class that takes everything from tokenizer.json; version 5 knows it by this name too.
    let className = JSONValue.string("PreTrainedTokenizerFast")
    if let original {
      var json = try JSONParser.parse(original, name: "tokenizer_config.json")
      if json["tokenizer_class"]?.string == "TokenizersBackend" {
        json = json.setting("tokenizer_class", className)
      }
      // transformers finds a text's last token by the pad token, which must be config.json's.
      if config.head == .score, let pad = ids.pad {
        json = json.setting("pad_token", .string(tokenizer.token(pad)))
      }
      return json.setting("chat_template", nil).data
    }
    var members: [(key: String, value: JSONValue)] = [
      ("clean_up_tokenization_spaces", .bool(false))
    ]
    for (key, id) in [("bos_token", ids.bos), ("eos_token", ids.eos.first), ("pad_token", ids.pad)]
    {
      if let id { members.append((key, .string(tokenizer.token(id)))) }
    }
    members += [
      ("model_max_length", .int(config.maxPositionEmbeddings)), ("tokenizer_class", className),
    ]
    return JSONValue.object(members.sorted { $0.key < $1.key }).data
  }
}
