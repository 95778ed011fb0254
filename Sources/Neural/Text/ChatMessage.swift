/// A value that a chat template can read.
public indirect enum ChatValue: Sendable, Equatable {
  case none
  case bool(Bool)
  /// As it is spelled in JSON.
  case number(String)
  case string(String)
  case list([ChatValue])
  case dictionary([Member])

  public struct Member: Sendable, Equatable {
    public var key: String
    public var value: ChatValue

    public init(_ key: String, _ value: ChatValue) {
      self.key = key
      self.value = value
    }
  }
}

/// One turn of a conversation: a role, a content and whatever else a template may read.
public struct ChatMessage: Sendable, Equatable {
  public private(set) var members: [ChatValue.Member]

  public init(_ members: [ChatValue.Member]) { self.members = members }

  public init(role: String, content: String) {
    members = [.init("role", .string(role)), .init("content", .string(content))]
  }

  /// The value under a key; nil removes it.
  public subscript(key: String) -> ChatValue? {
    get { members.first { $0.key == key }?.value }
    set {
      let place = members.firstIndex { $0.key == key }
      switch (place, newValue) {
      case (let place?, let value?): members[place].value = value
      case (let place?, nil): members.remove(at: place)
      case (nil, let value?): members.append(.init(key, value))
      case (nil, nil): break
      }
    }
  }

  /// The content as one text; nil where there is none.
  public var content: String? {
    switch self["content"] {
    case .string(let text): return text
    case .list(let parts):
      return parts.map { part in
        if case .dictionary(let part) = part,
          case .string(let text)? = part.first(where: { $0.key == "text" })?.value
        {
          text
        } else {
          ""
        }
      }.joined()
    default: return nil
    }
  }

  /// The message with its texts in one.
  var withOneText: ChatMessage {
    guard case .list? = self["content"], let content else { return self }
    var message = self
    message["content"] = .string(content)
    return message
  }

  /// The message with its thoughts under the names that templates read, whichever name they came
  /// under: as transformers' `_alias_reasoning_fields`.
  var withThoughts: ChatMessage {
    let names = ["reasoning_content", "thinking", "reasoning"]
    guard let thoughts = names.lazy.compactMap({ self[$0] }).first(where: { $0 != .none })
    else { return self }
    var message = self
    if message["thinking"] == nil { message.members.insert(.init("thinking", thoughts), at: 0) }
    message["reasoning_content"] = thoughts
    return message
  }
}

extension JinjaValue {
  init(_ value: ChatValue) {
    switch value {
    case .none: self = .none
    case .bool(let flag): self = .bool(flag)
    case .number(let spelling): self = .number(spelling)
    case .string(let text): self = .string(text)
    case .list(let items): self = .list(items.map { JinjaValue($0) })
    case .dictionary(let members):
      self = .dictionary(members.map { ($0.key, JinjaValue($0.value)) })
    }
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
