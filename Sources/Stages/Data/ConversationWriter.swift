import Datasets
import JSON
import Neural
import Tasks
import Text

/// Why a template's text of a reply cannot be learnt.
struct UnwrittenTurn: Error {
  let reason: String
}

/// Writes a conversation as a model's chat template does: the prompt, and the reply that follows it.
///
/// The reply is what the template adds when the assistant's message joins the conversation, as TRL
/// finds it: the whole conversation without the prompt (with its generation prompt) that it begins with.
/// It ends with the turn's end token; the text between it and a next turn is not trained on.
struct ConversationWriter {
  private let template: ChatTemplate
  private let format: TextFormat
  /// The template's variables other than the messages.
  let variables: JSONObject

  /// Nil for a model without a chat template.
  init?(_ format: TextFormat, variables: JSONObject = [:]) {
    guard let template = format.chatTemplate else { return nil }
    self.template = template
    self.format = format
    self.variables = variables
  }

  struct Written {
    let row: WrittenRow
    /// What is unusual about it, to follow "N rows".
    var note: String?
  }

  // MARK: Prompts

  /// The text after which the assistant writes; a last message of the assistant is continued.
  func prompt(_ messages: [ChatMessage]) throws -> WrittenPrompt {
    guard messages.last?["role"] == .string("assistant") else {
      let text = try render(messages, addGenerationPrompt: true)
      let opened = Row.openedThoughts(text)
      return WrittenPrompt(text: text, prefix: opened, opening: opened)
    }
    let text = try template.renderContinuing(messages, variables: variables)
    guard messages.count > 1 else { return WrittenPrompt(text: text, prefix: text, opening: "") }
    // The turn begins where an answer without its beginning would, or at the thoughts opened there.
    let fresh = try render(Array(messages.dropLast()), addGenerationPrompt: true)
    let header = text.commonStart(with: fresh)
    let start = header.utf8.count - Row.openedThoughts(header).utf8.count
    return WrittenPrompt(text: text, prefix: text.dropping(start), opening: "")
  }

  private func render(_ messages: [ChatMessage], addGenerationPrompt: Bool) throws -> String {
    try template.render(
      messages, variables: variables, addGenerationPrompt: addGenerationPrompt)
  }

  // MARK: Replies

  /// A conversation and the assistant's reply to it.
  func written(_ messages: [ChatMessage], reply: ChatMessage) throws -> Written {
    let prompt = try prompt(messages)
    let spoken = Spoken(reply)
    if messages.last?["role"] == .string("assistant") {
      return Written(row: raw(spoken.content, after: prompt))
    }
    let whole = try render(messages + [reply], addGenerationPrompt: false)
    if let rest = whole.dropping(prefix: prompt.text) {
      if spoken.isLost(in: rest) { return try withOwnThoughts(spoken, after: prompt) }
      return Written(row: row(rest, after: prompt))
    }
    return try unlike(prompt, whole, messages, spoken)
  }

  /// A reply whose whole conversation does not begin with the prompt.
  private func unlike(
    _ prompt: WrittenPrompt, _ whole: String, _ messages: [ChatMessage], _ spoken: Spoken
  ) throws -> Written {
    let opened = prompt.opening
    if !opened.isEmpty,
      let rest = whole.dropping(prefix: String(prompt.text.dropping(last: opened)))
    {
      // The same tag followed by other white space.
      if let inside = rest.afterTag { return Written(row: row(inside, after: prompt)) }
      if spoken.isLost(in: rest) { return try withOwnThoughts(spoken, after: prompt) }
      // The reply continues the thoughts that the prompt opened, or never closes them.
      return Written(
        row: row(rest, after: prompt),
        note: spoken.endsThoughts
          ? nil
          : "have replies without </think>, and the model's chat template opens <think> in front "
            + "of them: they are trained on as thoughts without an answer")
    }
    let said = try render(messages, addGenerationPrompt: false)
    let start = whole.commonStart(with: prompt.text)
    guard start.utf8.count >= said.utf8.count else {
      throw UnwrittenTurn(
        reason:
          "the model's chat template writes the messages before the reply differently once there "
          + "is a reply, so the prompt cannot be separated; set `chat_template` of the model to "
          + "one of "
          + ChatTemplate.names.joined(separator: ", "))
    }
    let rest = whole.dropping(start.utf8.count)
    if spoken.isLost(in: rest) { return try withOwnThoughts(spoken, after: prompt) }
    // A part that only the generation prompt has, such as an empty block of thoughts, stays in the
    // prompt if the reply follows it unchanged.
    if rest.trimmingStart.utf8.starts(with: spoken.content.trimmingStart.utf8) {
      return Written(row: row(rest, after: prompt))
    }
    let common = WrittenPrompt(text: start, prefix: Row.openedThoughts(start), opening: "")
    return Written(
      row: row(rest, after: common),
      note:
        "are trained on from before the end of the generation prompt, since the model's chat "
        + "template writes it differently once there is a reply")
  }

  /// A reply whose thoughts the template leaves out, as in earlier turns: they are trained on as
  /// they are in the content.
  private func withOwnThoughts(_ spoken: Spoken, after prompt: WrittenPrompt) throws -> Written {
    if let key = spoken.key {
      throw UnwrittenTurn(
        reason:
          "the model's chat template does not write the last message's '\(key)', so its thoughts "
          + "would be lost; set completion_template: \"{completion}\" in the dataset, which writes "
          + "them into the content as <think>...</think>, or remove the key")
    }
    return Written(row: raw(spoken.content, after: prompt))
  }

  /// A text as it is, without the `<think>` that the prompt ends with already.
  private func raw(_ text: String, after prompt: WrittenPrompt) -> WrittenRow {
    var text = text
    if !prompt.opening.isEmpty, let inside = text.afterTag {
      let space = String(prompt.opening.dropFirst("<think>".count))
      text = inside.dropping(space.commonStart(with: inside).utf8.count)
    }
    let end = format.turnEnd?.token
    let ending = end.map {
      format.turnEnd?.ending.dropping(last: format.tokenizer.decode([$0])) ?? ""
    }
    return WrittenRow(
      prompt: prompt, reply: text + (ending ?? ""),
      end: end.map { [$0] } ?? Array(format.eosTokenIDs.prefix(1)))
  }

  /// What the template writes behind the prompt, up to its end token.
  private func row(_ rest: String, after prompt: WrittenPrompt) -> WrittenRow {
    if let end = format.turnEnd, let body = rest.dropping(suffix: end.closing) {
      return raw(body, after: WrittenPrompt(text: prompt.text, prefix: prompt.prefix, opening: ""))
        .with(prompt: prompt)
    }
    // It does not end like other turns, but with another special token, or with none.
    let trimmed = rest.trimmingEnd
    let last = format.tokenizer.specialTokens.filter {
      ($0.isSpecial || format.eosTokenIDs.contains($0.id)) && trimmed.hasSuffix($0.text)
    }.max { $0.text.utf8.count < $1.text.utf8.count }
    guard let last, let body = trimmed.dropping(suffix: last.text) else {
      return WrittenRow(prompt: prompt, reply: rest, end: Array(format.eosTokenIDs.prefix(1)))
    }
    return WrittenRow(prompt: prompt, reply: body, end: [last.id])
  }
}

extension WrittenRow {
  fileprivate func with(prompt: WrittenPrompt) -> WrittenRow {
    WrittenRow(prompt: prompt, reply: reply, end: end)
  }
}

/// The text of an assistant's message, and the part of it that is thoughts.
private struct Spoken {
  let content: String
  /// The key of the thoughts; nil if they are in the content, or if there are none.
  let key: String?
  private let thoughts: String

  init(_ message: ChatMessage) {
    content = message.content ?? ""
    key = Message.thoughtKeys.first { key in
      if case .string(let text)? = message[key] { !text.isEmpty } else { false }
    }
    if let key, case .string(let text)? = message[key] {
      thoughts = text.trimmingStart.trimmingEnd
    } else if content.holds("</think>") {
      let all = Thoughts.only(of: content).trimmingStart
      let inside = all.dropping(suffix: "</think>") ?? all
      thoughts = (inside.afterTag ?? inside).trimmingStart.trimmingEnd
    } else {
      thoughts = ""
    }
  }

  /// Whether the content closes its thoughts, or has none to close.
  var endsThoughts: Bool { content.holds("</think>") || key != nil }

  /// Whether there are thoughts that a text does not hold.
  func isLost(in text: String) -> Bool { !thoughts.isEmpty && !text.contains(thoughts) }
}
