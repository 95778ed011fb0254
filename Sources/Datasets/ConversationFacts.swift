public import Host
import JSON

/// What a file's rows say in messages, as far as it decides how they are read.
public struct ConversationFacts: Sendable, Equatable {
  /// Whether there are messages at all, or dialogues in one text.
  public private(set) var hasMessages = false
  /// Whether messages hold more than a role and a text, or come with tools.
  public private(set) var hasMore = false
  /// Whether a prompt ends with a message of the assistant.
  public private(set) var continues = false
  /// Whether messages have keys with null.
  public private(set) var hasNulls = false

  public init() {}

  /// Looks through a file; lines that cannot be read count for nothing.
  ///
  /// - Parameters:
  ///   - prompt: the key of the prompts.
  ///   - alpaca: how Alpaca's rows are read, for a file that holds such.
  public init(
    path: String, prompt: String, alpaca: DatasetOptions? = nil, in files: any FileAccess
  ) throws {
    let reader = alpaca.map { RowReader($0.format, $0.fields) }
    let marks = [#""role""#, "Human:"].map { Array($0.utf8) }
    let mayHold: (UnsafeBufferPointer<UInt8>) -> Bool = { line in
      reader != nil || marks.contains { line.holds($0) }
    }
    try JSONLines(path, in: files).read(where: mayHold) { _, value in
      guard case .success(.object(let object)) = value else { return }
      for (key, value) in object { note(value, isPrompt: key == prompt) }
      if let reader, case .messages? = try? reader.row(.object(object), line: 0).prompt {
        (hasMessages, hasMore) = (true, true)
      }
      if hasMessages, object["tools"] != nil || object["chat_template_kwargs"] != nil {
        hasMore = true
      }
      if hasMessages, hasMore, continues, hasNulls { throw JSONLines.Enough() }
    }
  }

  private mutating func note(_ value: JSONValue, isPrompt: Bool) {
    if case .string(let text) = value, Dialogue.messages(text) != nil { hasMessages = true }
    guard case .array(let items) = value else { return }
    for case .object(let message) in items where message["role"] != nil {
      hasMessages = true
      hasMore = hasMore || message.contains { !["role", "content"].contains($0.key) }
      hasNulls = hasNulls || message.contains { $0.value == .null }
    }
    if isPrompt, case .object(let last)? = items.last, last["role"] == .string("assistant") {
      continues = true
    }
  }
}

extension UnsafeBufferPointer<UInt8> {
  /// Whether other bytes stand somewhere in these.
  func holds(_ part: [UInt8]) -> Bool {
    guard let first = part.first, part.count <= count else { return part.isEmpty }
    return (0...count - part.count).contains { place in
      self[place] == first && part.indices.allSatisfy { self[place + $0] == part[$0] }
    }
  }
}
