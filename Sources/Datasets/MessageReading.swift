import JSON

extension Message {
  /// A message of a file with all its keys. The chat template decides their meaning, but keys that
  /// every template reads in the same way must have the shapes that templates expect: anything else
  /// would be written as nothing. A key with null counts as absent, as in transformers: templates
  /// would write it as `None`.
  ///
  /// - Throws: `DatasetError` that names the key.
  init(_ members: JSONObject, at place: String) throws {
    guard case .string(let role)? = members["role"], !role.isEmpty else {
      throw DatasetError("'\(place).role' is \(members["role"]?.kind ?? "missing"), not a role")
    }
    try Self.checkContent(members, place)
    for key in Self.thoughtKeys + ["name", "tool_call_id"] {
      try Self.requireText(members[key], "\(place).\(key)")
    }
    try Self.checkCalls(members["tool_calls"], "\(place).tool_calls")
    self.init(role: role, members: members.filter { $0.key != "role" && $0.value != .null })
  }

  private static func checkContent(_ members: JSONObject, _ place: String) throws {
    switch members["content"] {
    case nil where members.count > 1, .null?, .string?: break
    case .array(let parts)?:
      for (i, part) in parts.enumerated() { try check(part, "\(place).content[\(i)]") }
    case let other:
      throw DatasetError(
        "'\(place).content' is \(other?.kind ?? "missing"), not a string or a list of texts")
    }
  }

  /// Throws unless a part of a message's content is a text.
  private static func check(_ part: JSONValue, _ place: String) throws {
    guard case .object(let members) = part else {
      throw DatasetError("'\(place)' is \(part.kind), not a content part with a type")
    }
    guard case .string("text")? = members["type"] else {
      let type = if case .string(let name)? = members["type"] { "'\(name)'" } else { "missing" }
      throw DatasetError("'\(place).type' is \(type); only parts of type 'text' can be used here")
    }
    guard case .string? = members["text"] else {
      throw DatasetError("'\(place).text' is \(members["text"]?.kind ?? "missing"), not a string")
    }
  }

  /// Throws for what is there and no string.
  private static func requireText(
    _ value: JSONValue?, _ place: @autoclosure () -> String
  ) throws {
    switch value {
    case nil, .null?, .string?: break
    case let other?: throw DatasetError("'\(place())' is \(other.kind), not a string")
    }
  }

  /// Throws unless calls are a list of `{"function": {"name": ..., "arguments": ...}}`, or of functions
  /// without that key.
  private static func checkCalls(
    _ value: JSONValue?, _ place: @autoclosure () -> String
  ) throws {
    guard let value, value != .null else { return }
    let place = place()
    guard case .array(let calls) = value else {
      throw DatasetError("'\(place)' is \(value.kind), not a list of calls")
    }
    for (i, call) in calls.enumerated() {
      guard case .object(let members) = call else {
        throw DatasetError("'\(place)[\(i)]' is \(call.kind), not a call")
      }
      try checkCall(members, "\(place)[\(i)]")
    }
  }

  private static func checkCall(_ call: JSONObject, _ place: String) throws {
    var (function, place) = (call, place)
    if let inner = call["function"] {
      place += ".function"
      guard case .object(let members) = inner else {
        throw DatasetError("'\(place)' is \(inner.kind), not an object")
      }
      function = members
    }
    guard case .string? = function["name"] else {
      throw DatasetError("'\(place).name' is \(function["name"]?.kind ?? "missing"), not a string")
    }
    switch function["arguments"] {
    case nil, .null?, .string?, .object?: break
    case let other?:
      throw DatasetError("'\(place).arguments' is \(other.kind), not an object or JSON text")
    }
  }
}
