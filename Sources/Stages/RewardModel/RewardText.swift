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

  /// - Returns: the tokens of the prompt and of the reply, which is never empty and ends with the
  ///   model's end token.
  func tokens(_ row: Row, reply: String) throws -> (prompt: [Int32], reply: [Int32]) {
    var prompt = try RowWriter(model: model, name: name).prompt(row)
    var text = reply
    if part == .answer {
      // A prompt may have opened the thoughts already.
      let prefix = row.prefix
      text = Thoughts.removed(from: prefix + reply)
      prompt = String(prompt.dropLast(prefix.count))
    }
    var tokens = (
      prompt: try model.tokenizer.encode(prompt),
      reply: try model.tokenizer.encode(text) + model.eosTokenIDs.prefix(1)
    )
    if tokens.reply.isEmpty, let last = tokens.prompt.popLast() { tokens.reply = [last] }
    guard !tokens.reply.isEmpty else {
      throw TrainingError(
        .data, "dataset '\(name)': row \(row.id) is empty, and so cannot be scored; leave it out")
    }
    return tokens
  }
}
