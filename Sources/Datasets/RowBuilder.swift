import JSON

/// Puts a row into the words that a model is to see: templates, system prompt, chat.
struct RowBuilder {
  private let systemPrompt: String?
  private let promptTemplate: Template?
  private let completionTemplate: Template?
  private let rejectedTemplate: Template?
  private let label: Bool?
  private let chat: Bool
  private let judging: Judging?
  private let verifier: String?
  /// `type` and `language`, where the entry sets them.
  private let marks: [String: String]

  init(_ options: DatasetOptions) {
    systemPrompt = options.systemPrompt
    promptTemplate = options.promptTemplate.map(PromptTemplates.resolve)
    completionTemplate = options.completionTemplate.map(CompletionTemplates.resolve)
    rejectedTemplate = options.rejectedTemplate.map(CompletionTemplates.resolve)
    label = options.label
    chat = options.chat || options.systemPrompt != nil
    verifier = options.verifier
    judging = Judging(options)
    marks = ["type": options.type, "language": options.language].compactMapValues(\.self)
  }

  func build(_ row: Row) throws -> Row {
    var row = row
    // Both replies are built from the row's original values.
    let rejected = try rejectedTemplate?.filled("rejected_template", values(row))
    let completion = try completion(row)
    // A template makes a text of a message that holds more, even where the text is the same.
    if completionTemplate != nil { row.completion = nil }
    row.completion = completion
    if let rejected {
      row.rejected = nil
      row.rejected = rejected
    }
    // Rows with a label are judged one by one, so a pair's worse reply has no place in them.
    if let label {
      row.label = label
      row.rejected = nil
    }
    if let judging { row = try judging.question(row) }
    row.prompt = try prompt(row.prompt, columns: row.texts)
    if let verifier { row.verifier = verifier }
    row.fields.merge(marks.mapValues(JSONValue.string)) { $1 }
    return row
  }

  /// The row's own completion; else its worked solution with the answer behind `####`, as GSM8K has
  /// it; a template overrides both.
  private func completion(_ row: Row) throws -> String? {
    if let completionTemplate {
      return try completionTemplate.filled("completion_template", values(row))
    }
    if let completion = row.completion { return completion }
    guard let solution = row.solution, let answer = row.answer else { return nil }
    return "\(solution)\n#### \(answer)"
  }

  /// What templates of replies may hold: the row's parts, and its columns where no part has the name.
  private func values(_ row: Row) -> [String: String] {
    let question = question(row.prompt)
    let values = [
      "solution": row.solution, "final": row.answer, "answer": row.answer,
      "completion": row.completion, "rejected": row.rejected, "prompt": question,
      "question": question,
    ]
    return row.texts.merging(values.compactMapValues(\.self)) { $1 }
  }

  /// The text of a prompt, or what the user said last.
  private func question(_ prompt: Prompt) -> String? {
    switch prompt {
    case .text(let text): text
    case .messages(let messages): messages.last { $0.role == "user" }?.content
    }
  }

  private func prompt(_ prompt: Prompt, columns: [String: String]) throws -> Prompt {
    switch prompt {
    case .text(let text):
      let worded = try worded(text, columns)
      guard chat else { return .text(worded) }
      return .messages(withSystemPrompt([Message(role: "user", content: worded)]))
    case .messages(var messages):
      if promptTemplate != nil, let last = messages.lastIndex(where: { $0.role == "user" }) {
        messages[last].content = try worded(messages[last].content, columns)
      }
      return .messages(withSystemPrompt(messages))
    }
  }

  private func worded(_ question: String, _ columns: [String: String]) throws -> String {
    guard let promptTemplate else { return question }
    let own = ["prompt": question, "question": question]
    return try promptTemplate.filled("prompt_template", columns.merging(own) { $1 })
  }

  /// The recipe's system prompt takes the place of a conversation's own.
  private func withSystemPrompt(_ messages: [Message]) -> [Message] {
    guard let systemPrompt else { return messages }
    return [Message(role: "system", content: systemPrompt)]
      + messages.drop { ["system", "developer"].contains($0.role) }
  }
}
