/// One turn of a conversation.
public struct ChatMessage: Sendable, Equatable {
  /// `system`, `user` or `assistant`.
  public var role: String
  public var content: String

  public init(role: String, content: String) {
    self.role = role
    self.content = content
  }
}

/// A chat template: Jinja text, rendered as transformers renders it.
///
/// There are no tools here, and no clock: `tools` is none, `strftime_now` is not defined. A template
/// that needs what this has not is kept, to be exported unchanged, and is an error as soon as it
/// should be rendered.
public struct ChatTemplate: Sendable, Equatable {
  /// The template as transformers reads it.
  public let jinja: String
  private let parsed: Result<JinjaTemplate, JinjaError>
  /// `bos_token` and `eos_token` of the model's tokenizer.
  private var specialTokens: [String: String] = [:]

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

  /// This template for a model whose texts begin and end with these tokens.
  func with(bos: String?, eos: String?) -> ChatTemplate {
    var template = self
    template.specialTokens["bos_token"] = bos
    template.specialTokens["eos_token"] = eos
    return template
  }

  /// Throws `unsupported` if the template cannot be read.
  public func check() throws {
    if case .failure(let error) = parsed { throw Self.unsupported(error) }
  }

  /// The text of a conversation, with the beginning of an answer if `addGenerationPrompt`.
  ///
  /// Throws `invalidText` for a role other than system, user and assistant and for no message at
  /// all, `unsupported` for a template that needs more of Jinja than there is here.
  public func render(_ messages: [ChatMessage], addGenerationPrompt: Bool) throws -> String {
    guard !messages.isEmpty else {
      throw NeuralError(.invalidText, "a conversation without messages has no text")
    }
    for (index, message) in messages.enumerated()
    where !["system", "user", "assistant"].contains(message.role) {
      throw NeuralError(
        .invalidText,
        "message \(index + 1) has the role '\(message.role)'; the roles are system, "
          + "user and assistant")
    }
    var variables = specialTokens.mapValues { JinjaValue.string($0) }
    variables["tools"] = JinjaValue.none
    variables["documents"] = JinjaValue.none
    variables["add_generation_prompt"] = .bool(addGenerationPrompt)
    variables["messages"] = .list(
      messages.map {
        .dictionary([("role", .string($0.role)), ("content", .string($0.content))])
      })
    do {
      return try JinjaRenderer.render(parsed.get(), variables)
    } catch let error as JinjaError {
      throw Self.unsupported(error)
    }
  }

  private static func unsupported(_ error: JinjaError) -> NeuralError {
    let choices = names.joined(separator: ", ")
    return NeuralError(
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
      throw NeuralError(
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
