import Datasets
import JSON
import Neural
import Tasks
import Text
import Workflow

/// A prompt as a model reads it.
struct WrittenPrompt {
  let text: String
  /// The part of the assistant's turn that the text ends with: the `<think>` that it opens, or the
  /// message that is to be continued.
  let prefix: String
  /// The part of `prefix` that is not in the row: the `<think>` that the chat template opens.
  let opening: String
}

/// A prompt with a reply to train on.
struct WrittenRow {
  let prompt: WrittenPrompt
  /// The reply without its end token.
  let reply: String
  /// The end token; empty for a model without one.
  let end: [Int32]
}

/// Writes rows for a model: prompts with its chat template, replies as the template writes them.
///
/// It counts what it could not write, for `tell`.
final class RowWriter {
  private let model: LanguageModel
  private let source: RowSource
  /// The number of rows for each note.
  private var notes: [String: Set<Int>] = [:]
  /// Whether the chat template reads a key, for the keys looked up so far.
  private var isRead: [String: Bool] = [:]

  init(model: LanguageModel, source: RowSource) {
    self.model = model
    self.source = source
  }

  /// The row's own prompt, or another question to the model.
  func prompt(_ row: Row, asking other: Prompt? = nil) throws -> WrittenPrompt {
    switch other ?? row.prompt {
    case .text(let text):
      return WrittenPrompt(
        text: text, prefix: other == nil ? Row.openedThoughts(text) : row.prefix, opening: "")
    case .messages(let messages):
      let turns = try turns(row, isAsked: other != nil)
      note(row, messages, turns.variables.map(\.key))
      return try located(row) { try turns.prompt(messages.map(ChatMessage.init)) }
    }
  }

  /// The row with its reply, or with another text in its place.
  ///
  /// - Throws: an error that names dataset, file and row for what the template refuses.
  func written(_ row: Row, reply text: String, message: Message?) throws -> WrittenRow {
    guard case .messages(let messages) = row.prompt else {
      return WrittenRow(
        prompt: try prompt(row), reply: text, end: Array(model.eosTokenIDs.prefix(1)))
    }
    let reply = message ?? Message(role: "assistant", content: text)
    let turns = try turns(row)
    note(row, messages + [reply], turns.variables.map(\.key))
    let written = try located(row) {
      try turns.written(messages.map(ChatMessage.init), reply: ChatMessage(reply))
    }
    if let what = written.note { note(row, what) }
    return written.row
  }

  /// Prompt and completion in tokens, to train on.
  func tokens(_ row: Row) throws -> (prompt: [Int32], completion: [Int32]) {
    guard let completion = row.completion else { throw lacksCompletion(row) }
    try requireWeight(row)
    let isChat = if case .messages = row.prompt { true } else { false }
    // Before it is written: some templates cannot write null.
    if isChat, isSilent(row, completion) { try noteSilence(row) }
    let written = try written(row, reply: completion, message: row.reply)
    if written.reply.isEmpty {
      if isChat {
        try noteSilence(row)
      } else {
        note(row, "have an empty completion: only their end token is trained on")
      }
    }
    return (
      try model.tokenizer.encode(written.prompt.text),
      try model.tokenizer.encode(written.reply) + written.end
    )
  }

  /// Counts the keys that the template does not read, for a row that is not written.
  func pass(_ row: Row) throws {
    guard case .messages(let messages) = row.prompt else { return }
    let variables = try located(row) { try row.templateVariables() }
    note(row, messages + [row.reply].compactMap(\.self), variables.keys)
  }

  /// Logs the notes about rows, a line each.
  func tell(_ log: (String) -> Void) {
    for (note, rows) in notes.sorted(by: { $0.key < $1.key }) {
      log("dataset '\(source.name)': \(rows.count) rows \(note)")
    }
  }

  /// Counts a row for a note, which follows "N rows".
  func note(_ row: Row, _ what: String) { notes[what, default: []].insert(row.id) }

  private func lacksCompletion(_ row: Row) -> TrainingError {
    let remedy =
      if case .array? = row.fields["messages"] {
        "set format: conversational in the dataset's entry to train on its 'messages'"
      } else if let remedy = row.replyRemedy {
        remedy
      } else if row.answer != nil {
        "give the dataset a completion_template, such as \"{answer}\", or rows with completions"
      } else if row.solution != nil {
        "set completion_template: \"{solution}\" in the dataset's entry to train on its solution"
      } else {
        "give the dataset a completion_template, or rows with completions"
      }
    return TrainingError(.data, "\(source.place(row)) has no completion to train on; \(remedy)")
  }

  /// Whether a last message has no text except white space and empty thoughts, so that only the
  /// template's own text would be trained on.
  private func isSilent(_ row: Row, _ completion: String) -> Bool {
    guard completion.firstVisible.map({ $0 == "<" }) ?? true else { return false }
    let said = completion.replacing("<think>", with: "").replacing("</think>", with: "")
    guard said.trimmingStart.isEmpty else { return false }
    return !(row.reply?.members ?? [:]).contains { key, value in
      !["content", "weight", "name", "tool_call_id"].contains(key) && value.saysSomething
        && reads(key)
    }
  }

  /// Throws for a conversation whose last message has nothing to train on; an empty reply of a pair
  /// was chosen by somebody, and is counted.
  private func noteSilence(_ row: Row) throws {
    if row.rejected != nil, row.completion == "", row.reply == nil {
      note(row, "have an empty reply: only their end token is trained on")
      return
    }
    let unread = row.reply?.furtherKeys.filter { $0 != "weight" && !reads($0) } ?? []
    let told =
      unread.isEmpty
      ? "; leave the row out"
      : ", and the model's chat template does not read its "
        + unread.map { "'\($0)'" }.joined(separator: ", ")
        + "; leave the row out, or give a model whose template writes it"
    throw TrainingError(
      .data,
      """
      \(source.place(row)): the last message has no content, so only the template's own text and \
      the end token would be trained on\(told)
      """)
  }

  /// A row cannot end with a message that is not trained on.
  private func requireWeight(_ row: Row) throws {
    guard let weight = row.reply?.members["weight"], weight != .null else { return }
    if case .number(let spelling) = weight, Double(spelling) == 1 { return }
    throw TrainingError(
      .data,
      """
      \(source.place(row)): the last message's 'weight' is not 1, but rows are trained on \
      completely or not at all; remove the key, or leave the row out
      """)
  }

  /// - Parameter isAsked: whether the model is asked something else than the row's prompt.
  private func turns(_ row: Row, isAsked: Bool = false) throws -> ConversationWriter {
    let variables = isAsked ? JSONObject() : try located(row) { try row.templateVariables() }
    guard let writer = ConversationWriter(model.format, variables: variables) else {
      throw TrainingError(
        .model,
        """
        dataset '\(source.name)' contains messages, but the model has no chat template; set \
        chat_template in the recipe's entry of the model
        """)
    }
    return writer
  }

  private func located<Value>(_ row: Row, _ body: () throws -> Value) throws -> Value {
    do {
      return try body()
    } catch let error as ModelError {
      throw TrainingError(.data, "\(source.place(row)): \(error.message)")
    } catch let error as DatasetError {
      throw TrainingError(.data, "\(source.place(row)): \(error.message)")
    } catch let error as UnwrittenTurn {
      throw TrainingError(.data, "\(source.place(row)): \(error.reason)")
    }
  }

  /// Counts keys that the template does not read.
  private func note(_ row: Row, _ messages: [Message], _ variables: [String]) {
    var unread: Set<String> = []
    for key in messages.flatMap(\.furtherKeys) where key != "weight" && !reads(key) {
      unread.insert("have messages with '\(key)', which the model's chat template does not read")
    }
    for key in variables where !reads(key) {
      unread.insert("have '\(key)', which the model's chat template does not read")
    }
    for what in unread { note(row, what) }
  }

  private func reads(_ key: String) -> Bool {
    if let known = isRead[key] { return known }
    let names = Message.thoughtKeys.contains(key) ? Message.thoughtKeys : [key]
    let found = names.contains { model.chatTemplate?.mentions($0) == true }
    isRead[key] = found
    return found
  }
}

extension Row {
  /// How to use a column that looks like the reply; nil if there is none.
  var replyRemedy: String? {
    let names = ["response", "output", "reply", "target", "assistant", "chosen"]
    let key = names.first { name in
      switch fields[name] {
      case .string?: true
      case .array(let items)?: !items.isEmpty
      default: false
      }
    }
    return key.map {
      "set fields: { completion: \($0) } in the dataset's entry to use its '\($0)' as the "
        + "completion"
    }
  }
}

extension ChatMessage {
  init(_ message: Message) {
    self.init(JSONObject(members: [("role", .string(message.role))] + message.members))
  }
}
