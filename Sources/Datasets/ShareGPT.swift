import JSON

/// Conversations as ShareGPT and its many followers have them: a list of `{"from": "human", "value":
/// "..."}`.
///
/// Speakers are those of the conversations themselves, and of LLaMA-Factory's and axolotl's formats.
enum ShareGPT {
  private static let roles: [String: String] = [
    "human": "user", "user": "user", "gpt": "assistant", "chatgpt": "assistant",
    "assistant": "assistant", "model": "assistant", "bing": "assistant", "bard": "assistant",
    "system": "system", "tool": "tool", "observation": "tool", "function_response": "tool",
    "function_call": "assistant",
  ]

  /// The messages with `role` and `content`; those that have them already stay as they are.
  ///
  /// - Parameter system: a system message outside the conversation.
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
      throw DatasetError("'\(place).from' is \(unknown(speaker))")
    }
    guard let content = message["value"] else {
      throw DatasetError("'\(place)' has no 'value'")
    }
    (message["from"], message["value"]) = (nil, nil)
    (message["role"], message["content"]) = (.string(role), content)
    if name == "function_call" {
      let (text, calls) = try calls(content, at: "\(place).value")
      (message["content"], message["tool_calls"]) = (.string(text), .array(calls))
    }
    return .object(message)
  }

  private static func unknown(_ speaker: JSONValue) -> String {
    guard case .string(let name) = speaker else { return "\(speaker.kind), not a speaker" }
    if name == "function" {
      return "'function', which some files have for a call and others for its result; write "
        + "'function_call' or 'observation'"
    }
    let names = roles.keys.sorted().map { "'\($0)'" }.joined(separator: ", ")
    return "'\(name)', not one of \(names)"
  }

  /// What a call says: a function as JSON text, or a list of some, behind thoughts in `<think>` tags
  /// if there are any.
  ///
  /// - Returns: the thoughts with their tags, and the calls as messages have them.
  private static func calls(
    _ value: JSONValue, at place: String
  ) throws -> (text: String, calls: [JSONValue]) {
    guard case .string(let whole) = value else {
      throw DatasetError("'\(place)' is \(value.kind), not a call as JSON text")
    }
    let bytes = Array(whole.utf8)
    let tag = Array("</think>".utf8)
    let end = bytes.indices.last { bytes[$0...].starts(with: tag) }.map { $0 + tag.count } ?? 0
    let problem = DatasetError(
      #"'\#(place)' is not a call: expected {"name": "...", "arguments": {...}}, or a list of calls"#
    )
    guard let json = try? JSONParser.parse(Array(bytes[end...])) else { throw problem }
    let functions = if case .array(let items) = json { items } else { [json] }
    guard !functions.isEmpty else { throw problem }
    let calls = try functions.map { function in
      guard case .object(let members) = function, case .string? = members["name"],
        members["arguments"] != nil
      else { throw problem }
      return JSONValue.object(["type": .string("function"), "function": function])
    }
    return (bytes[..<end].trimmedText, calls)
  }

  private static func role(of message: JSONValue?) -> String? {
    guard case .object(let message)? = message, case .string(let role)? = message["role"]
    else { return nil }
    return role
  }
}
