/// A JSON object read by key; every mistake names the key.
struct Record {
  private let values: [String: JSONValue]

  init(_ values: [String: JSONValue]) { self.values = values }

  /// A key that must be there.
  private func value(_ key: String) throws -> JSONValue {
    guard let value = values[key] else {
      let keys = values.keys.sorted().prefix(12)
      let found = keys.isEmpty ? "none" : keys.map { "'\($0)'" }.joined(separator: ", ")
      throw DatasetError("the key '\(key)' is missing (keys of the line: \(found))")
    }
    return value
  }

  private func mistake(_ key: String, _ value: JSONValue, _ due: String) -> DatasetError {
    DatasetError("'\(key)' is \(value.kind), not \(due)")
  }

  /// Absent and null are the same.
  private func isAbsent(_ key: String) -> Bool { values[key].map { $0 == .null } ?? true }

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

  /// true or 1, false or 0; nil for anything else, which is then a field like others.
  func flag(_ key: String) -> Bool? {
    switch values[key] {
    case .bool(let flag): flag
    case .number("1"): true
    case .number("0"): false
    default: nil
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

  func optionalCompletion(_ key: String) throws -> String? {
    isAbsent(key) ? nil : try completion(key)
  }

  /// A text, or a list with one message of the assistant.
  func completion(_ key: String) throws -> String {
    guard case .array? = values[key] else { return try text(key) }
    let messages = try messages(key)
    guard messages.count == 1, messages[0].role == "assistant" else {
      throw DatasetError("'\(key)' is not one message of the assistant")
    }
    return messages[0].content
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
      throw mistake(key, value, "a list of messages with one at least")
    }
    return try items.enumerated().map { i, item in
      let place = "\(key)[\(i)]"
      guard case .object(let message) = item else { throw mistake(place, item, "a message") }
      guard case .string(let role)? = message["role"], Self.roles.contains(role) else {
        let roles = Self.roles.map { "'\($0)'" }.joined(separator: ", ")
        throw DatasetError("'\(place).role' is none of \(roles)")
      }
      guard case .string(let content)? = message["content"] else {
        throw DatasetError(
          "'\(place).content' is \(message["content"]?.kind ?? "missing"), not a string")
      }
      return Message(role: role, content: content)
    }
  }

  private static let roles = ["system", "user", "assistant", "tool"]

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
    values.filter { !keys.contains($0.key) }
  }
}
