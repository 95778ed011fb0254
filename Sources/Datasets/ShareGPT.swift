/// Conversations as ShareGPT and its many followers have them: a list of `{"from": "human", "value":
/// "..."}`.
enum ShareGPT {
  private static let roles: [String: String] = [
    "human": "user", "user": "user", "gpt": "assistant", "chatgpt": "assistant",
    "assistant": "assistant", "model": "assistant", "bing": "assistant", "bard": "assistant",
    "system": "system", "tool": "tool", "observation": "tool", "function_response": "tool",
  ]

  /// The messages with `role` and `content`; those that have them already stay as they are.
  ///
  /// - Parameter system: a system message beside the conversation.
  static func messages(_ value: JSONValue, key: String, system: String?) throws -> JSONValue {
    guard case .array(let turns) = value else { return value }
    var messages = try turns.enumerated().map { try message($1, at: "\(key)[\($0)]") }
    if let system, !system.isEmpty, role(of: messages.first) != "system" {
      messages.insert(.object(["role": .string("system"), "content": .string(system)]), at: 0)
    }
    return .array(messages)
  }

  private static func message(_ turn: JSONValue, at place: String) throws -> JSONValue {
    guard case .object(var message) = turn, let speaker = message["from"] else { return turn }
    guard case .string(let name) = speaker, let role = roles[name] else {
      let word = if case .string(let name) = speaker { "'\(name)'" } else { speaker.kind }
      let names = roles.keys.sorted().map { "'\($0)'" }.joined(separator: ", ")
      throw DatasetError("'\(place).from' is \(word), none of \(names)")
    }
    guard let content = message["value"] else {
      throw DatasetError("'\(place)' has no 'value'")
    }
    (message["from"], message["value"]) = (nil, nil)
    (message["role"], message["content"]) = (.string(role), content)
    return .object(message)
  }

  private static func role(of message: JSONValue?) -> String? {
    guard case .object(let message)? = message, case .string(let role)? = message["role"]
    else { return nil }
    return role
  }
}
