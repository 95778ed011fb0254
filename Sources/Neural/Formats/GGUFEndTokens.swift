import Text

/// The tokens that end a text under GGUF's three names, by their meaning: `eos` ends what the model
/// writes, `eot` a turn, `eom` a message after which the turn continues (a tool call).
///
/// llama.cpp stops at these three and at every token whose text it knows; so a model with more ends
/// needs a name for those only whose texts it does not know.
struct GGUFEndTokens {
  private(set) var text: Int32?
  private(set) var turn: Int32?
  private(set) var message: Int32?

  /// Throws `unsupported` where an end would be lost.
  init(_ model: LanguageModel) throws {
    let ends = model.eosTokenIDs
    func first(among texts: Set<String>) -> Int32? {
      ends.first { texts.contains(model.tokenizer.token($0)) }
    }
    turn = first(among: Self.turns)
    message = first(among: Self.messages)
    // A chat model's text ends where its turn does; `eos` is what programs without the other names read.
    text = model.chatTemplate == nil ? nil : turn
    text = text ?? ends.first { $0 != message } ?? message
    for id in ends where !isEnd(id, model.tokenizer.token(id)) {
      if turn == nil {
        turn = id
      } else if message == nil {
        message = id
      } else {
        throw ModelError(
          .unsupported,
          "llama.cpp would not end at '\(model.tokenizer.token(id))': GGUF has names for three end "
            + "tokens, and this model has more that llama.cpp does not know; export the model as hf"
        )
      }
    }
  }

  /// Whether llama.cpp ends at the token.
  private func isEnd(_ id: Int32, _ token: String) -> Bool {
    [text, turn, message].contains(id) || Self.turns.contains(token)
      || Self.messages.contains(token) || Self.texts.contains(token)
  }

  private static let turns: Set<String> = [
    "<|eot_id|>", "<|im_end|>", "<|end|>", "<end_of_turn>", "<EOT>", "_<EOT>", "[EOT]",
    "<end_of_utterance>", "<turn|>",
  ]

  private static let messages: Set<String> = ["<|eom_id|>"]

  /// Other tokens at which llama.cpp ends, whatever a file says.
  private static let texts: Set<String> = [
    "<|endoftext|>", "<|end_of_text|>", "</s>", "<eos>", "[EOS]",
    "<\u{FF5C}end\u{2581}of\u{2581}sentence\u{FF5C}>", "<|return|>", "<|call|>",
  ]
}
