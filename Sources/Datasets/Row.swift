public import JSON

/// One row of a dataset, whatever it comes from.
public struct Row: Sendable, Hashable {
  /// Unique in its dataset: the line of a file, the index of a generated problem.
  public var id: Int
  public var prompt: Prompt
  /// What a model is to write after the prompt; of a row of plain text, the text.
  public var completion: String? { didSet { if completion != oldValue { reply = nil } } }
  /// The message whose text `completion` is, where it holds more than that text.
  public private(set) var reply: Message?
  /// A worse reply to the prompt; `completion` is then the better one of a pair.
  public var rejected: String? { didSet { if rejected != oldValue { rejectedReply = nil } } }
  public private(set) var rejectedReply: Message?
  /// Whether the completion is a good one (safe, correct), of rows that are judged one by one.
  public var label: Bool?
  /// Worked steps.
  public var solution: String?
  /// The final answer as it is to be stated.
  public var answer: String?
  /// What the verifier compares with; mostly the same as `answer`.
  public var gold: String?
  /// The name of the verifier that judges completions.
  public var verifier: String?
  /// Whatever else the row has, as the file writes it; `texts` is what most readers want.
  public var fields: [String: JSONValue]
  /// The side of the split that the row is on: `train` or `test`.
  public var split: String

  public init(
    id: Int, prompt: Prompt, completion: String? = nil, rejected: String? = nil,
    label: Bool? = nil, solution: String? = nil, answer: String? = nil, gold: String? = nil,
    verifier: String? = nil,
    fields: [String: JSONValue] = [:], split: String = "train"
  ) {
    self.id = id
    self.prompt = prompt
    self.completion = completion
    self.rejected = rejected
    self.label = label
    self.solution = solution
    self.answer = answer
    self.gold = gold
    self.verifier = verifier
    self.fields = fields
    self.split = split
  }

  /// The fields that are texts, numbers or booleans, as text (`JSONValue.text`).
  public var texts: [String: String] { fields.compactMapValues(\.text) }

  /// The row's variables for its chat template other than the messages: the fields `tools`, a list
  /// or one as JSON
  /// text, and the members of `chat_template_kwargs`.
  ///
  /// - Throws: `DatasetError` for fields of another shape.
  public func templateVariables() throws -> JSONObject {
    try Record(JSONObject(fields.filter { ["tools", "chat_template_kwargs"].contains($0.key) }))
      .templateVariables()
  }

  /// Makes a message the completion.
  public mutating func setCompletion(_ message: Message) {
    completion = message.text
    reply = message.isPlain ? nil : message
  }

  /// Makes a message the worse reply.
  public mutating func setRejected(_ message: Message) {
    rejected = message.text
    rejectedReply = message.isPlain ? nil : message
  }

  /// The part of the assistant's turn that the row's own prompt gives: `<think>` at the end of a text, a
  /// last message of the assistant. What a chat template opens is not in here.
  public var prefix: String {
    switch prompt {
    case .text(let text): Self.openedThoughts(text)
    case .messages(let messages): messages.last.map { $0.role == "assistant" ? $0.text : "" } ?? ""
    }
  }

  /// The `<think>` that a text ends with, and the white space behind it; empty without one.
  public static func openedThoughts(_ text: String) -> String {
    let trimmed = text.reversed().drop { $0.isWhitespace }
    return trimmed.starts(with: "<think>".reversed())
      ? String(text.suffix("<think>".count + text.count - trimmed.count)) : ""
  }
}

/// What a model is given.
public enum Prompt: Sendable, Hashable {
  /// Plain text, tokenized as it is; empty for rows of plain text.
  case text(String)
  /// A conversation, rendered with the model's chat template.
  case messages([Message])

  /// The text, or all that is said, a line a message.
  public var text: String {
    switch self {
    case .text(let text): text
    case .messages(let messages): messages.map(\.content).joined(separator: "\n")
    }
  }

  /// The text, or a conversation as a judge is shown it: who said what, where it is more than one
  /// message.
  public var transcript: String {
    guard case .messages(let messages) = self, messages.count > 1 else { return text }
    return messages.map { message in
      "\(message.role.prefix(1).uppercased())\(message.role.dropFirst()): \(message.content)"
    }.joined(separator: "\n\n")
  }
}
