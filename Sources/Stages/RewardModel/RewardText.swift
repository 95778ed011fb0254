import Datasets
import Neural
import Recipes
import Tasks

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
  /// The dataset's name, for messages.
  let name: String
  let part: Part

  /// A reply to a row.
  func tokens(_ row: Row, reply: String) throws -> (prompt: [Int32], reply: [Int32]) {
    let prompt = try RowWriter(model: model, name: name).prompt(row)
    guard let tokens = try tokens(prompt: prompt, prefix: row.prefix, reply: reply) else {
      throw TrainingError(
        .data, "dataset '\(name)': row \(row.id) is empty, and so cannot be scored; leave it out")
    }
    return tokens
  }

  /// - Parameter prefix: what of the assistant's turn the prompt ends with, such as `<think>`.
  /// - Returns: the tokens of the prompt and of the reply, which is never empty and ends with the
  ///   model's end token; nil when there is nothing at all to read.
  func tokens(
    prompt: String, prefix: String, reply: String
  ) throws -> (prompt: [Int32], reply: [Int32])? {
    let readsAll = part == .reply
    let question = readsAll ? prompt : String(prompt.dropLast(prefix.count))
    let text = readsAll ? reply : Thoughts.removed(from: prefix + reply)
    var tokens = (
      prompt: try model.tokenizer.encode(question),
      reply: try model.tokenizer.encode(text) + model.eosTokenIDs.prefix(1)
    )
    // A model without an end token reads an empty reply from the prompt's last token.
    if tokens.reply.isEmpty, let last = tokens.prompt.popLast() { tokens.reply = [last] }
    return tokens.reply.isEmpty ? nil : tokens
  }
}
