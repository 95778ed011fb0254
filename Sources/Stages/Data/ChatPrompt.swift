public import Datasets
public import Neural
import Text

/// A conversation in the form that a model reads, for commands.
public enum ChatPrompt {
  /// The text after which the assistant writes; a last message of the assistant is continued.
  ///
  /// - Throws: `ModelError` for a conversation that the template cannot write.
  public static func text(of chat: ChatFile, for model: LanguageModel) throws -> String? {
    try ConversationWriter(model.format, variables: chat.templateVariables)?
      .prompt(chat.messages.map { ChatMessage($0) }).text
  }

  /// Keys of messages, and of other parts of a conversation, that the model's chat template does
  /// not read.
  public static func unread(of chat: ChatFile, by model: LanguageModel) -> [String] {
    let keys = chat.messages.flatMap(\.furtherKeys) + chat.templateVariables.map(\.key)
    return Set(keys).filter { key in
      let names = Message.thoughtKeys.contains(key) ? Message.thoughtKeys : [key]
      return !names.contains { model.chatTemplate?.mentions($0) == true }
    }.sorted()
  }
}
