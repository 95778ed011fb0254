import JSON

/// A JSON object read by key; every mistake names the key.
///
/// A key with dots that the object does not have is a path: `reward_model.ground_truth`.
struct Record {
  private let values: JSONObject
  /// What to do about a missing key, behind the message.
  private let remedy: String

  init(_ values: JSONObject, remedy: String = "") {
    self.values = values
    self.remedy = remedy
  }

  subscript(key: String) -> JSONValue? {
    if let value = values[key] { return value }
    guard let dot = key.firstIndex(of: "."), case .object(let inner)? = values[String(key[..<dot])]
    else { return nil }
    return Record(inner)[String(key[key.index(after: dot)...])]
  }

  /// Whether the key is there, with null or a value.
  func has(_ key: String) -> Bool { self[key] != nil }

  /// The keys for messages: `'a', 'b'`, a dozen at most.
  var keyList: String {
    let keys = values.keys.sorted()
    let more = keys.count > 12 ? " and \(keys.count - 12) more" : ""
    return keys.isEmpty ? "none" : keys.prefix(12).map { "'\($0)'" }.joined(separator: ", ") + more
  }

  /// A key that must be there.
  private func value(_ key: String) throws -> JSONValue {
    guard let value = self[key] else {
      throw DatasetError("the key '\(key)' is missing (keys of the line: \(keyList))\(remedy)")
    }
    return value
  }

  private func mistake(_ key: String, _ value: JSONValue, _ due: String) -> DatasetError {
    DatasetError("'\(key)' is \(value.kind), not \(due)")
  }

  /// Absent and null are the same.
  private func isAbsent(_ key: String) -> Bool { self[key].map { $0 == .null } ?? true }

  func text(_ key: String) throws -> String {
    let value = try value(key)
    guard case .string(let text) = value else { throw mistake(key, value, "a string") }
    return text
  }

  /// A string, or a number in its shortest spelling: 43.0 as `43`.
  func scalar(_ key: String) throws -> String {
    let value = try value(key)
    guard let text = value.scalar else { throw mistake(key, value, "a string or a number") }
    return text
  }

  func optionalScalar(_ key: String) throws -> String? {
    isAbsent(key) ? nil : try scalar(key)
  }

  /// The same as it is written: a string or a number.
  func optionalScalarValue(_ key: String) throws -> JSONValue? {
    try optionalScalar(key) == nil ? nil : value(key)
  }

  /// true or 1, false or 0; nil for anything else.
  func flag(_ key: String) -> Bool? {
    switch self[key] {
    case .bool(let flag): flag
    case .number(let spelling):
      switch Double(spelling) {
      case 1: true
      case 0: false
      default: nil
      }
    default: nil
    }
  }

  func optionalText(_ key: String) throws -> String? { isAbsent(key) ? nil : try text(key) }

  /// Turns as LLaMA-Factory has them: a list of pairs, what the user said and what the assistant did.
  func turns(_ key: String) throws -> [Message] {
    guard !isAbsent(key) else { return [] }
    let value = try value(key)
    guard case .array(let pairs) = value else { throw mistake(key, value, "a list of pairs") }
    return try pairs.enumerated().flatMap { i, pair -> [Message] in
      guard case .array(let texts) = pair, texts.count == 2, case .string(let asked) = texts[0],
        case .string(let said) = texts[1]
      else {
        throw DatasetError(
          "'\(key)[\(i)]' is not a pair of texts, the user's and the assistant's")
      }
      return [Message(role: "user", content: asked), Message(role: "assistant", content: said)]
    }
  }

  /// A text or a list of messages.
  func prompt(_ key: String) throws -> Prompt {
    let value = try value(key)
    switch value {
    case .string(let text): return .text(text)
    case .array: return .messages(try messages(key))
    default: throw mistake(key, value, "a string or a list of messages")
    }
  }

  /// Whether a key holds more than one message.
  func isConversation(_ key: String) -> Bool {
    if case .array(let items)? = self[key] { items.count > 1 } else { false }
  }

  func optionalReply(_ key: String) throws -> Message? {
    isAbsent(key) ? nil : try reply(key)
  }

  /// A text, or a list with one message of the assistant.
  func reply(_ key: String) throws -> Message {
    guard case .array? = self[key] else {
      return Message(role: "assistant", content: try text(key))
    }
    let messages = try messages(key)
    guard messages.count == 1, messages[0].role == "assistant" else {
      throw DatasetError("'\(key)' is not one message of the assistant")
    }
    return messages[0]
  }

  /// The variables of a conversation's row for the chat template other than its messages, under
  /// TRL's keys: `tools`, a
  /// list or one written as JSON text, and the members of `chat_template_kwargs`.
  func templateVariables() throws -> JSONObject {
    var variables = JSONObject()
    if let settings = values["chat_template_kwargs"], settings != .null {
      guard case .object(let members) = settings else {
        throw mistake("chat_template_kwargs", settings, "an object")
      }
      variables = members
    }
    guard var tools = values["tools"], tools != .null else { return variables }
    if case .string(let text) = tools {
      guard tools.saysSomething else { return variables }
      guard let parsed = try? JSONParser.parse(Array(text.utf8)) else {
        throw mistake("tools", tools, "a list, nor the JSON text of one")
      }
      tools = parsed
    }
    guard case .array(let items) = tools else { throw mistake("tools", tools, "a list") }
    for (i, item) in items.enumerated() {
      guard case .object = item else { throw mistake("tools[\(i)]", item, "an object") }
    }
    if !items.isEmpty { variables["tools"] = tools }
    return variables
  }

  /// A list of messages, or a dialogue in one text.
  func messages(_ key: String) throws -> [Message] {
    let value = try value(key)
    if case .string(let text) = value {
      guard let turns = Dialogue.messages(text) else {
        throw DatasetError(
          "'\(key)' is neither a list of messages nor a dialogue, "
            + #""\n\nHuman: ...\n\nAssistant: ...""#)
      }
      return turns
    }
    guard case .array(let items) = value, !items.isEmpty else {
      throw DatasetError(
        value == .array([])
          ? "'\(key)' is an empty list; a conversation has at least one message"
          : "'\(key)' is \(value.kind), not a list of messages")
    }
    return try items.enumerated().map { i, item in
      let place = "\(key)[\(i)]"
      guard case .object(let members) = item else { throw mistake(place, item, "a message") }
      return try Message(members, at: place)
    }
  }

  /// A list of strings or numbers.
  func texts(_ key: String) throws -> [String] {
    let value = try value(key)
    guard case .array(let items) = value else { throw mistake(key, value, "a list of strings") }
    return try items.enumerated().map { i, item in
      guard let text = item.scalar else {
        throw mistake("\(key)[\(i)]", item, "a string or a number")
      }
      return text
    }
  }

  /// All values but those of the given keys, as they are.
  func others(than keys: Set<String>) -> [String: JSONValue] {
    values.filter { !keys.contains($0.key) }.dictionary
  }
}
