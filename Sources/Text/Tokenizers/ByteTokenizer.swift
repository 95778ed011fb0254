public import Foundation

/// One token a byte of UTF-8 (its id is the byte), then the added tokens from id 256 on.
public struct ByteTokenizer: Tokenizer {
  public let specialTokens: [AddedToken]
  private let matcher: AddedTokenMatcher
  private let originals: [String: Data]

  public init(
    specials: [String] = SmallVocabulary.specials, tags: [String] = SmallVocabulary.tags
  ) throws {
    try self.init(added: SmallVocabulary.addedTokens(specials, tags, firstID: 256), originals: [:])
  }

  /// `added` have the ids 256, 257, ...; `originals` are the files it was read from.
  package init(added: [AddedToken], originals: [String: Data]) {
    specialTokens = added
    matcher = AddedTokenMatcher(added)
    self.originals = originals
  }

  public var vocabularySize: Int { 256 + specialTokens.count }

  public func encode(_ text: String) -> [Int32] {
    let utf8 = Array(text.utf8)
    return matcher.split(utf8, utf8.indices).flatMap { part -> [Int32] in
      switch part {
      case .token(let id): [id]
      case .text(let range): utf8[range].map { Int32($0) }
      }
    }
  }

  public func bytes(_ id: Int32) -> [UInt8] {
    if let byte = UInt8(exactly: id) { return [byte] }
    let index = Int(id) - 256
    return specialTokens.indices.contains(index) ? Array(specialTokens[index].text.utf8) : []
  }

  public func token(_ id: Int32) -> String {
    UInt8(exactly: id) == nil
      ? String(decoding: bytes(id), as: UTF8.self) : ByteLevelAlphabet.token(of: bytes(id))
  }

  public func files() throws -> [String: Data] {
    originals.isEmpty ? ["tokenizer.json": TokenizerJSON.write(self)] : originals
  }
}
