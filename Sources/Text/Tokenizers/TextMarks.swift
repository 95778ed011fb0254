/// What a tokenizer puts around plain text where a program asks it for special tokens, as
/// `tokenizer(text)` of transformers does and llama.cpp with `add_special`.
///
/// Here nothing is ever added: prompts, rows and texts are encoded as they stand, and a chat template
/// writes what it wants. The marks are read so that a conversion keeps them.
public struct TextMarks: Sendable, Equatable {
  /// The token that begins texts comes first.
  public var bos: Bool
  /// The token that ends texts comes last.
  public var eos: Bool

  public init(bos: Bool = false, eos: Bool = false) {
    self.bos = bos
    self.eos = eos
  }
}
