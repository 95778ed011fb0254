import Foundation
import JSON
import Text

/// What of an adapter_config.json decides the arithmetic.
struct AdapterConfig {
  let rank: Int
  /// What B · A is multiplied by.
  let scale: Float
  /// `target_modules` where it is a list; empty for an expression.
  let targets: [String]

  /// The settings in `data`; `name` begins the messages.
  ///
  /// A key that is not known here must be null, false or empty: PEFT gains keys, and each of them
  /// changes something unless it is off.
  static func read(_ data: Data, name: String) throws -> AdapterConfig {
    try Reader(root: JSONParser.parse(data, name: name), name: name).config()
  }

  private struct Reader {
    let root: JSONValue
    let name: String

    func config() throws -> AdapterConfig {
      try checkOthers()
      guard let rank = root["r"]?.int, (1...1 << 16).contains(rank) else {
        throw ModelError(.brokenFile, "\(name): r must be a positive whole number")
      }
      guard let alpha = root["lora_alpha"]?.double, alpha.isFinite else {
        throw ModelError(.brokenFile, "\(name): lora_alpha must be a number")
      }
      let isStabilized = root["use_rslora"]?.bool ?? false
      let divisor = isStabilized ? Double(rank).squareRoot() : Double(rank)
      return AdapterConfig(
        rank: rank, scale: Float(alpha / divisor),
        targets: (root["target_modules"]?.array ?? []).compactMap(\.string))
    }

    private func checkOthers() throws {
      try require("peft_type", ["LORA"])
      try require("task_type", ["CAUSAL_LM"])
      try require("bias", ["none"])
      try require("init_lora_weights", ["gaussian", "orthogonal", "eva"])
      for (key, value) in root.object ?? [:] where !Self.known.contains(key) && !isOff(value) {
        throw ModelError(.unsupported, "\(name): \(key) \(value.line) is not supported")
      }
    }

    /// Throws unless the key is absent, null, true or false, or one of these words.
    private func require(_ key: String, _ words: [String]) throws {
      guard let value = root[key], value.bool == nil else { return }
      guard let word = value.string, words.contains(word) else {
        throw ModelError(
          .unsupported,
          "\(name): \(key) \(value.line) is not supported; \(words.joined(separator: ", ")) is")
      }
    }

    private func isOff(_ value: JSONValue) -> Bool {
      switch value {
      case .null, .bool(false): true
      case .array(let values): values.isEmpty
      case .object(let members): members.isEmpty
      case .string(let text): text.isEmpty
      default: false
      }
    }

    /// Keys that are read above, or that change nothing that is merged.
    private static let known: Set<String> = [
      "peft_type", "task_type", "bias", "init_lora_weights", "r", "lora_alpha", "use_rslora",
      "target_modules", "auto_mapping", "peft_version", "base_model_name_or_path", "revision",
      "inference_mode", "lora_dropout", "layers_pattern", "megatron_core", "qalora_group_size",
      "eva_config",
    ]
  }
}
