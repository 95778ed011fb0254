public import JSON

/// One turn of a conversation, with all keys of its file.
public struct Message: Sendable, Hashable {
  /// `system`, `user`, `assistant`, `tool` or whatever else the chat template knows.
  public var role: String
  /// Everything but the role, under the file's keys: `content`, `reasoning_content`, `tool_calls`, ...
  public private(set) var members: JSONObject

  /// The keys under which thoughts are given, in the order in which transformers looks for them.
  public static let thoughtKeys = ["reasoning_content", "thinking", "reasoning"]

  public init(role: String, content: String) {
    self.init(role: role, members: ["content": .string(content)])
  }

  public init(role: String, members: JSONObject) {
    self.role = role
    self.members = members
  }

  /// What is said: the text, or the texts of its parts one behind the other.
  public var content: String {
    get {
      switch members["content"] {
      case .string(let text): return text
      case .array(let parts):
        return parts.map { part in
          if case .object(let part) = part, case .string(let text)? = part["text"] {
            text
          } else {
            ""
          }
        }.joined()
      default: return ""
      }
    }
    set { members["content"] = .string(newValue) }
  }

  /// Thoughts in a separate key.
  public var thoughts: String? {
    for key in Self.thoughtKeys {
      if case .string(let text)? = members[key], !text.isEmpty { return text }
    }
    return nil
  }

  /// The content, after the thoughts in tags if these have a separate key.
  public var text: String {
    thoughts.map { "<think>\n\($0)\n</think>\n\n\(content)" } ?? content
  }

  /// The content, the role, then everything else in its order.
  public var json: JSONValue {
    var object = JSONObject()
    // A message that says nothing at all must show it: no file's message is a role alone.
    object["content"] = members.isEmpty ? JSONValue.null : members["content"]
    object["role"] = .string(role)
    for (key, value) in members { object[key] = value }
    return .object(object)
  }

  /// Keys other than role and content that are not empty: more than white space or an empty list.
  public var furtherKeys: [String] {
    members.filter { $0.key != "content" && $0.value.saysSomething }.keys
  }

  /// Whether the message is a text and nothing else.
  public var isPlain: Bool {
    if case .string? = members["content"] { members.count == 1 } else { false }
  }
}
