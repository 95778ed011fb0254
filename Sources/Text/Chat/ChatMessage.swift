public import JSON

/// One turn of a conversation: a role, a content and whatever else a template may read.
public struct ChatMessage: Sendable, Equatable {
  public private(set) var members: JSONObject

  public init(_ members: JSONObject) { self.members = members }

  public init(role: String, content: String) {
    members = ["role": .string(role), "content": .string(content)]
  }

  /// The value under a key; nil removes it.
  public subscript(key: String) -> JSONValue? {
    get { members[key] }
    set { members[key] = newValue }
  }

  /// The content as one text; nil where there is none.
  public var content: String? {
    switch self["content"] {
    case .string(let text): return text
    case .array(let parts): return parts.map { $0["text"]?.string ?? "" }.joined()
    default: return nil
    }
  }

  /// The message with its texts in one.
  var withOneText: ChatMessage {
    guard case .array? = self["content"], let content else { return self }
    var message = self
    message["content"] = .string(content)
    return message
  }

  /// The message with its thoughts under the names that templates read, whichever name they came
  /// under: as transformers' `_alias_reasoning_fields`.
  var withThoughts: ChatMessage {
    let names = ["reasoning_content", "thinking", "reasoning"]
    guard let thoughts = names.lazy.compactMap({ self[$0] }).first(where: { $0 != .null })
    else { return self }
    var members = members
    if members["thinking"] == nil {
      members = JSONObject(members: [("thinking", thoughts)] + members)
    }
    members["reasoning_content"] = thoughts
    return ChatMessage(members)
  }
}

extension String {
  /// The text without the white space at its end, as Python counts it.
  var trimmingEnd: String {
    let kept = unicodeScalars.reversed().drop {
      $0.properties.isWhitespace || (0x1C...0x1F).contains($0.value)
    }
    return String(String.UnicodeScalarView(kept.reversed()))
  }
}
