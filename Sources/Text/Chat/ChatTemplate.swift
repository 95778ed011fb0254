import Foundation
public import JSON

/// A chat template: Jinja text, rendered as transformers renders it.
///
/// There is no clock here: `strftime_now` is not defined. A template that needs what this has not is
/// kept, to be exported unchanged, and is an error as soon as it should be rendered.
public struct ChatTemplate: Sendable, Equatable {
  /// The template as transformers reads it.
  public let jinja: String
  private let parsed: Result<JinjaTemplate, JinjaError>
  /// `bos_token`, `eos_token` and similar names of the model's tokenizer; nil: not known.
  private(set) var specialTokens: [String: String]?

  /// The template `jinja`, whether it can be rendered or not.
  public init(_ jinja: String) {
    self.jinja = jinja
    do {
      parsed = .success(try JinjaTemplate(jinja))
    } catch {
      parsed = .failure(error as? JinjaError ?? JinjaError("\(error)"))
    }
  }

  public static func == (a: ChatTemplate, b: ChatTemplate) -> Bool {
    a.jinja.utf8.elementsEqual(b.jinja.utf8) && a.specialTokens == b.specialTokens
  }

  /// This template for a model whose tokenizer names these tokens (`eos_token`: `<|im_end|>`).
  package func with(tokens: [String: String]) -> ChatTemplate {
    var template = self
    template.specialTokens = tokens
    return template
  }

  /// This template for a model whose texts begin and end with these tokens.
  func with(bos: String?, eos: String?) -> ChatTemplate {
    with(tokens: ["bos_token": bos, "eos_token": eos].compactMapValues(\.self))
  }

  /// This template with these tokens, unless it knows its tokens already.
  func named(bos: String?, eos: String?) -> ChatTemplate {
    specialTokens == nil ? with(bos: bos, eos: eos) : self
  }

  /// Throws `unsupported` if the template cannot be read.
  public func check() throws {
    if case .failure(let error) = parsed { throw Self.unsupported(error) }
  }

  /// Whether the template's text holds a name as a whole word, as it must to read a key of that name.
  public func mentions(_ name: String) -> Bool {
    let (text, name) = (Array(jinja.utf8), Array(name.utf8))
    func isWord(_ place: Int) -> Bool {
      text.indices.contains(place)
        && (text[place] == UInt8(ascii: "_") || Unicode.Scalar(text[place]).properties.isAlphabetic
          || (0x30...0x39).contains(text[place]))
    }
    guard !name.isEmpty, name.count <= text.count else { return false }
    return (0...text.count - name.count).contains { place in
      text[place] == name[0] && text[place..<place + name.count].elementsEqual(name)
        && !isWord(place - 1) && !isWord(place + name.count)
    }
  }

  /// The text of a conversation, with the beginning of an answer if `addGenerationPrompt`.
  ///
  /// `variables` are further names that the template may read, such as `tools`. Thoughts reach it as
  /// transformers gives them: under `reasoning_content` and `thinking`, whichever of these and
  /// `reasoning` the message has. A content of several texts reaches a template that knows no such
  /// lists as one text.
  ///
  /// Throws `invalidText` for no message at all, `unsupported` for a template that needs more of
  /// Jinja than there is here, or that refuses the conversation.
  public func render(
    _ messages: [ChatMessage], variables: JSONObject = [:], addGenerationPrompt: Bool
  ) throws -> String {
    guard !messages.isEmpty else {
      throw ModelError(.invalidText, "a conversation without messages has no text")
    }
    let hasParts = messages.contains { if case .array? = $0["content"] { true } else { false } }
    let joins = hasParts && !readsParts
    var names: [String: JinjaValue] = [:]
    names.reserveCapacity((specialTokens?.count ?? 0) + variables.count + 4)
    for (name, token) in specialTokens ?? [:] { names[name] = .string(token) }
    names["tools"] = JinjaValue.none
    names["documents"] = JinjaValue.none
    for variable in variables { names[variable.key] = JinjaValue(variable.value) }
    names["add_generation_prompt"] = .bool(addGenerationPrompt)
    names["messages"] = .list(
      messages.map { message in
        JinjaValue(.object((joins ? message.withOneText : message).withThoughts.members))
      })
    do {
      return try JinjaRenderer.render(parsed.get(), names)
    } catch let error as JinjaError {
      throw Self.unsupported(error)
    }
  }

  /// The text of a conversation up to the end of its last message's content, for the model to go on
  /// from: transformers' `continue_final_message`.
  ///
  /// Throws as `render`, and `invalidText` where the last message has no text, or where the template
  /// does not write it.
  public func renderContinuing(
    _ messages: [ChatMessage], variables: JSONObject = [:]
  ) throws -> String {
    guard var last = messages.last, last.content != nil else {
      throw ModelError(.invalidText, "the last message has no content to continue")
    }
    last = last.withOneText
    last["content"] = .string((last.content ?? "") + Self.mark)
    let text = try render(
      messages.dropLast() + [last], variables: variables, addGenerationPrompt: false)
    let bare = Self.mark.dropLast()
    guard let place = text.range(of: bare, options: .backwards) else {
      throw ModelError(
        .invalidText,
        "the chat template does not write the last message's content, so it cannot be continued")
    }
    let before = String(text[..<place.lowerBound])
    // A template that trims what is said has taken the space behind the mark, too.
    return text[place.lowerBound...].hasPrefix(Self.mark) ? before : before.trimmingEnd
  }

  /// What stands behind the content of an assistant's turn that is text alone: its end token and what
  /// the template puts between turns; nil where the template cannot be rendered.
  func closing() -> String? {
    let turns = [
      ChatMessage(role: "user", content: "question"),
      ChatMessage(role: "assistant", content: String(Self.mark.dropLast())),
    ]
    guard let text = try? render(turns, addGenerationPrompt: false),
      let place = text.range(of: Self.mark.dropLast(), options: .backwards)
    else { return nil }
    return String(text[place.upperBound...])
  }

  /// Stands for where a content ends; the space behind it shows whether a template trims.
  private static let mark = "END_OF_THE_CONTENT "

  /// Whether the template writes the texts of a content that is a list of parts.
  private var readsParts: Bool {
    let part: JSONObject = ["type": "text", "text": .string(Self.mark)]
    let message: JSONObject = ["role": "user", "content": .array([.object(part)])]
    let names = [
      "messages": JinjaValue.list([JinjaValue(.object(message))]),
      "tools": JinjaValue.none, "documents": JinjaValue.none,
      "add_generation_prompt": .bool(false),
    ].merging((specialTokens ?? [:]).mapValues { .string($0) }) { $1 }
    guard let text = try? JinjaRenderer.render(parsed.get(), names) else { return false }
    // A list that is written as it is spelled was not read.
    return text.contains(Self.mark.dropLast()) && !text.contains("'type'")
      && !text.contains("\"type\"")
  }

  private static func unsupported(_ error: JinjaError) -> ModelError {
    let choices = names.joined(separator: ", ")
    return ModelError(
      .unsupported,
      "the model's chat template cannot be rendered here (\(error.reason)); set `chat_template` of "
        + "the model to one of \(choices)")
  }
}

extension ChatTemplate {
  /// The values of the recipe key `chat_template`.
  public static let names = ["chatml", "chatml_smollm2", "chatml_qwen2.5", "none"]

  /// The template of a name in `names`; nil for `none`. Throws `unsupported` for another name.
  public static func named(_ name: String) throws -> ChatTemplate? {
    switch name {
    case "chatml": return chatML(defaultSystem: nil)
    case "chatml_smollm2":
      return chatML(
        defaultSystem: "You are a helpful AI assistant named SmolLM, trained by Hugging Face")
    case "chatml_qwen2.5":
      return chatML(
        defaultSystem: "You are Qwen, created by Alibaba Cloud. You are a helpful assistant.")
    case "none": return nil
    default:
      throw ModelError(
        .unsupported,
        "the chat template '\(name)' does not exist; there are \(names.joined(separator: ", "))")
    }
  }

  /// ChatML in the form of SmolLM2 and Qwen2: every turn is `<|im_start|>ROLE\nCONTENT<|im_end|>\n`,
  /// and a conversation without a system message gets `system`.
  private static func chatML(defaultSystem system: String?) -> ChatTemplate {
    let first = system.map { text in
      "{% if loop.first and messages[0]['role'] != 'system' %}{{ '<|im_start|>system\n\(text)"
        + "<|im_end|>\n' }}{% endif %}"
    }
    return ChatTemplate(
      "{% for message in messages %}\(first ?? "")"
        + "{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}"
        + "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}")
  }
}
