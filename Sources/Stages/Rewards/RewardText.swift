import Datasets
import Neural
import Recipes
import Settings
import Tasks
import Text

/// Writes prompts and replies in the tokens that a reward model scores.
struct RewardText {
  /// What of a reply counts.
  enum Part: String, FieldChoice, Codable {
    /// What follows the thoughts; nothing while they are open.
    case answer
    /// All of it.
    case reply
  }

  let model: LanguageModel
  let part: Part

  /// A reply to a row, as a writer writes it.
  func tokens(_ row: Row, _ written: WrittenRow) throws -> (prompt: [Int32], reply: [Int32])? {
    let isText = if case .text = row.prompt { true } else { false }
    return try tokens(
      prompt: written.prompt.text, prefix: written.prompt.prefix, reply: written.reply,
      end: isText ? end(after: written.prompt.text) : written.end)
  }

  /// The end token of a reply: the one that ends turns after a text that holds it, as a conversation
  /// does; else the one that ends texts.
  func end(after prompt: String) -> [Int32] {
    if let token = model.format.turnEnd?.token, prompt.contains(model.tokenizer.decode([token])) {
      return [token]
    }
    return Array(model.eosTokenIDs.prefix(1))
  }

  /// - Parameters:
  ///   - prefix: what of the assistant's turn the prompt ends with, such as `<think>`.
  ///   - end: the end token, if there is one.
  /// - Returns: the tokens of the prompt and of the reply, which is never empty and ends with the end
  ///   token; nil when there is nothing at all to read.
  func tokens(
    prompt: String, prefix: String, reply: String, end: [Int32]
  ) throws -> (prompt: [Int32], reply: [Int32])? {
    let readsAll = part == .reply
    let question = readsAll ? prompt : String(prompt.dropLast(prefix.count))
    let text = readsAll ? reply : Thoughts.removed(from: prefix + reply)
    var tokens = (
      prompt: try model.tokenizer.encode(question),
      reply: try model.tokenizer.encode(text) + end
    )
    // A model without an end token reads an empty reply from the prompt's last token.
    if tokens.reply.isEmpty, let last = tokens.prompt.popLast() { tokens.reply = [last] }
    return tokens.reply.isEmpty ? nil : tokens
  }
}
