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

/// A chat template: Jinja text, rendered here if it is one of the forms of ChatML.
///
/// ChatML writes every turn as `<|im_start|>ROLE\nCONTENT<|im_end|>\n`; some models put a system
/// message of their own before a conversation that has none. A template that is neither is kept, to
/// be exported unchanged, and is an error as soon as it should be rendered.
public struct ChatTemplate: Sendable, Equatable {
  /// The template as transformers reads it.
  public let jinja: String
  private let form: Form

  private enum Form: Equatable {
    case chatML(defaultSystem: String?)
    case unknown
  }

  /// The template `jinja`, known or not.
  public init(_ jinja: String) {
    self.jinja = jinja
    if let outline = JinjaOutline(jinja), let found = ChatMLForms.recognise(outline) {
      form = .chatML(defaultSystem: found.defaultSystem)
    } else {
      form = .unknown
    }
  }

  /// The template `jinja`; throws `unsupported` if it cannot be rendered here.
  public static func recognise(_ jinja: String) throws -> ChatTemplate {
    let template = ChatTemplate(jinja)
    try template.check()
    return template
  }

  /// Throws `unsupported` if the template cannot be rendered here.
  public func check() throws {
    guard form == .unknown else { return }
    let choices = Self.names.joined(separator: ", ")
    throw NeuralError(
      .unsupported,
      "the model's chat template is none that is known here; set `chat_template` of "
        + "the model to one of \(choices)")
  }

  /// The system message that a conversation without one gets; nil if it gets none.
  public var defaultSystem: String? {
    if case .chatML(let text) = form { text } else { nil }
  }

  /// The text of a conversation, with the beginning of an answer if `addGenerationPrompt`.
  ///
  /// Throws `invalidText` for a role other than system, user and assistant and for no message at
  /// all, `unsupported` for an unknown template.
  public func render(_ messages: [ChatMessage], addGenerationPrompt: Bool) throws -> String {
    try check()
    guard let first = messages.first else {
      throw NeuralError(.invalidText, "a conversation without messages has no text")
    }
    var text = ""
    if let defaultSystem, first.role != "system" {
      text += Self.turn("system", defaultSystem)
    }
    for (index, message) in messages.enumerated() {
      guard ["system", "user", "assistant"].contains(message.role) else {
        throw NeuralError(
          .invalidText,
          "message \(index + 1) has the role '\(message.role)'; the roles are system, "
            + "user and assistant")
      }
      text += Self.turn(message.role, message.content)
    }
    return addGenerationPrompt ? text + "<|im_start|>assistant\n" : text
  }

  private static func turn(_ role: String, _ content: String) -> String {
    "<|im_start|>\(role)\n\(content)<|im_end|>\n"
  }
}

extension ChatTemplate {
  /// The values of the recipe key `chat_template`.
  public static let names = ["chatml", "chatml_smollm2", "chatml_qwen2.5", "none"]

  /// The template of a name in `names`; nil for `none`. Throws `unsupported` for another name.
  public static func named(_ name: String) throws -> ChatTemplate? {
    switch name {
    case "chatml": return ChatTemplate(ChatMLForms.jinja(defaultSystem: nil))
    case "chatml_smollm2":
      return ChatTemplate(
        ChatMLForms.jinja(
          defaultSystem: "You are a helpful AI assistant named SmolLM, trained by Hugging Face"))
    case "chatml_qwen2.5":
      return ChatTemplate(
        ChatMLForms.jinja(
          defaultSystem: "You are Qwen, created by Alibaba Cloud. You are a helpful assistant."))
    case "none": return nil
    default:
      throw NeuralError(
        .unsupported,
        "the chat template '\(name)' does not exist; there are \(names.joined(separator: ", "))")
    }
  }
}
