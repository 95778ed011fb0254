public import Foundation

/// A token that is matched in text before everything else.
public struct AddedToken: Sendable, Equatable {
  public let id: Int32
  public let text: String
  /// A control token (bos, eos, a role marker), rather than a word like `<think>`; transformers
  /// drops the former when it decodes with `skip_special_tokens`.
  public let isSpecial: Bool
  /// Matched in normalised text, after the tokens that are not.
  public let isNormalized: Bool
  /// What of the text around it belongs to it, or keeps it from being found.
  public let edges: Edges

  /// tokenizer.json's `lstrip`, `rstrip` and `single_word`.
  public struct Edges: OptionSet, Sendable, Hashable {
    public let rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Whitespace before it vanishes.
    public static let stripsLeft = Edges(rawValue: 1)
    /// Whitespace after it vanishes.
    public static let stripsRight = Edges(rawValue: 2)
    /// Found only where no letter, digit or underscore touches it.
    public static let isWord = Edges(rawValue: 4)
  }

  public init(
    id: Int32, text: String, isSpecial: Bool = true, isNormalized: Bool = false, edges: Edges = []
  ) {
    self.id = id
    self.text = text
    self.isSpecial = isSpecial
    self.isNormalized = isNormalized
    self.edges = edges
  }
}

/// Text to token ids and back.
public protocol Tokenizer: Sendable {
  /// One more than the largest id.
  var vocabularySize: Int { get }

  /// The tokens matched before everything else, in order of their ids.
  var specialTokens: [AddedToken] { get }

  /// The ids of a text: special tokens in it are recognised, none are added.
  ///
  /// Throws `invalidText` for a character that the vocabulary cannot spell.
  func encode(_ text: String) throws -> [Int32]

  /// The bytes that a token stands for; empty for an id outside the vocabulary.
  func bytes(_ id: Int32) -> [UInt8]

  /// The token as tokenizer.json spells it, as `convert_ids_to_tokens` of transformers gives it.
  func token(_ id: Int32) -> String

  /// The files that make transformers tokenize the same way: tokenizer.json, and what of
  /// tokenizer_config.json came with it.
  func files() throws -> [String: Data]
}

extension Tokenizer {
  /// The text of `ids`, special tokens included; bytes that are not UTF-8, such as the first half
  /// of a character, become U+FFFD.
  public func decode(_ ids: [Int32]) -> String {
    var all: [UInt8] = []
    for id in ids { all += bytes(id) }
    return String(decoding: all, as: UTF8.self)
  }

  /// The id of the special token `text`.
  public func specialTokenID(_ text: String) -> Int32? {
    specialTokens.first { $0.text.utf8.elementsEqual(text.utf8) }?.id
  }
}
