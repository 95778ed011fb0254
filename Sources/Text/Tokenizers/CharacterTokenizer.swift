public import Foundation

/// One token a character (Unicode scalar) of an alphabet, then the added tokens.
public struct CharacterTokenizer: Tokenizer {
  /// The characters in order of their ids, from 0 on.
  public let alphabet: [Unicode.Scalar]
  public let specialTokens: [AddedToken]
  private let ids: [Unicode.Scalar: Int32]
  private let matcher: AddedTokenMatcher
  private let originals: [String: Data]

  /// Throws `mismatch` for a character or an added token that comes twice.
  public init(
    alphabet: String = SmallVocabulary.alphabet,
    specials: [String] = SmallVocabulary.specials, tags: [String] = SmallVocabulary.tags
  ) throws {
    let scalars = Array(alphabet.unicodeScalars)
    try self.init(
      alphabet: scalars,
      added: SmallVocabulary.addedTokens(specials, tags, firstID: scalars.count), originals: [:])
  }

  /// `added` have the ids that follow the alphabet's; `originals` are the files it was read from.
  package init(alphabet: [Unicode.Scalar], added: [AddedToken], originals: [String: Data]) throws {
    var ids: [Unicode.Scalar: Int32] = [:]
    for (id, scalar) in alphabet.enumerated() {
      guard ids.updateValue(Int32(id), forKey: scalar) == nil else {
        throw ModelError(.mismatch, "the alphabet has \(Self.describe(scalar)) twice")
      }
    }
    self.alphabet = alphabet
    self.ids = ids
    specialTokens = added
    matcher = AddedTokenMatcher(added)
    self.originals = originals
  }

  public var vocabularySize: Int { alphabet.count + specialTokens.count }

  public func encode(_ text: String) throws -> [Int32] {
    let utf8 = Array(text.utf8)
    return try matcher.split(utf8, utf8.indices).flatMap { part -> [Int32] in
      switch part {
      case .token(let id): [id]
      case .text(let range):
        try String(decoding: utf8[range], as: UTF8.self).unicodeScalars.map(id)
      }
    }
  }

  private func id(_ scalar: Unicode.Scalar) throws -> Int32 {
    guard let id = ids[scalar] else {
      throw ModelError(
        .invalidText,
        "the character tokenizer has no \(Self.describe(scalar)) in its alphabet of "
          + "\(alphabet.count) characters; add it to the alphabet or take the byte tokenizer")
    }
    return id
  }

  private static func describe(_ scalar: Unicode.Scalar) -> String {
    let hex = String(scalar.value, radix: 16, uppercase: true)
    return "'\(scalar)' (U+\(String(repeating: "0", count: max(0, 4 - hex.count)))\(hex))"
  }

  public func bytes(_ id: Int32) -> [UInt8] { Array(token(id).utf8) }

  public func token(_ id: Int32) -> String {
    let index = Int(id) - alphabet.count
    if alphabet.indices.contains(Int(id)) { return String(alphabet[Int(id)]) }
    return specialTokens.indices.contains(index) ? specialTokens[index].text : ""
  }

  public func files() throws -> [String: Data] {
    originals.isEmpty ? ["tokenizer.json": TokenizerJSON.write(self)] : originals
  }
}
