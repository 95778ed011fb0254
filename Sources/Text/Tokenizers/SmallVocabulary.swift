/// What the tokenizers of small models share: their added tokens, at the end of the vocabulary.
public enum SmallVocabulary {
  /// Control tokens: the end of a text, and ChatML's marks.
  public static let specials = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]

  /// The marks of the R1 format, one token each; transformers keeps them when it drops specials.
  public static let tags = ["<think>", "</think>", "<answer>", "</answer>"]

  /// Printable ASCII and the line break.
  public static let alphabet =
    "\n" + String(String.UnicodeScalarView((0x20...0x7E).map { Unicode.Scalar(UInt8($0)) }))

  /// Added tokens with ids from `firstID` on; throws `mismatch` for one of less than two characters
  /// or one that comes twice.
  static func addedTokens(
    _ specials: [String], _ tags: [String], firstID: Int
  ) throws -> [AddedToken] {
    var seen: Set<[UInt8]> = []
    return try (specials + tags).enumerated().map { index, text in
      guard text.unicodeScalars.count > 1 else {
        throw ModelError(
          .mismatch, "the special token '\(text)' must have at least two characters")
      }
      guard seen.insert(Array(text.utf8)).inserted else {
        throw ModelError(.mismatch, "the special token '\(text)' is listed twice")
      }
      return AddedToken(
        id: Int32(firstID + index), text: text, isSpecial: index < specials.count)
    }
  }
}
