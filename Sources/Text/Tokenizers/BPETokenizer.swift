public import Foundation
import Synchronization

/// Byte-level byte-pair encoding as GPT-2, SmolLM2, Qwen, Llama 3 and DeepSeek use it.
public final class BPETokenizer: Tokenizer {
  /// What defines the tokenizer; `TokenizerJSON` and GGUF files make one.
  package struct Parts: Sendable {
    package var vocabulary: Vocabulary
    /// Pairs of ids in the order they were learnt, each with the id it becomes.
    package var merges: [(left: Int32, right: Int32, result: Int32)]
    package var added: [AddedToken]
    package var preTokenizer: PreTokenizer
    /// Text is brought to NFC first (Qwen2).
    package var normalizesNFC: Bool
    /// A word that is a token is that token, whatever its merges (Llama 3).
    package var ignoresMerges = false
    /// The id for bytes without their own; nil drops such bytes, as transformers does.
    package var unknown: Int32?

    package init(
      vocabulary: Vocabulary, merges: [(left: Int32, right: Int32, result: Int32)],
      added: [AddedToken], preTokenizer: PreTokenizer, normalizesNFC: Bool,
      ignoresMerges: Bool = false, unknown: Int32? = nil
    ) {
      self.vocabulary = vocabulary
      self.merges = merges
      self.added = added
      self.preTokenizer = preTokenizer
      self.normalizesNFC = normalizesNFC
      self.ignoresMerges = ignoresMerges
      self.unknown = unknown
    }
  }

  package let parts: Parts
  private let originals: [String: Data]
  private let exactMatcher: AddedTokenMatcher
  private let normalizedMatcher: AddedTokenMatcher
  /// Ids of single bytes; -1 for a byte that the vocabulary lacks.
  private let byteIDs: [Int32]
  /// The id of each token's bytes, where merges are ignored.
  private let wholeIDs: [[UInt8]: Int32]
  private let state: Mutex<State>
  /// tokenizer.json, once it was written: checkpoints ask for it again and again.
  private let written = Mutex<Data?>(nil)

  /// Changes while encoding, without changing what comes out.
  private struct State {
    var merger: BPEMerger
    var cache: [UInt128: [Int32]] = [:]
  }

  /// `originals` are the files it was read from, to be written again unchanged.
  package init(_ parts: Parts, originals: [String: Data] = [:]) {
    self.parts = parts
    self.originals = originals
    exactMatcher = AddedTokenMatcher(parts.added.filter { !$0.isNormalized })
    normalizedMatcher = AddedTokenMatcher(parts.added.filter { $0.isNormalized })
    var byteIDs = [Int32](repeating: parts.unknown ?? -1, count: 256)
    let added = Set(parts.added.map { $0.id })
    for (id, bytes) in parts.vocabulary.bytes.enumerated() where bytes.count == 1 {
      if !added.contains(Int32(id)) { byteIDs[Int(bytes[0])] = Int32(id) }
    }
    self.byteIDs = byteIDs
    wholeIDs =
      parts.ignoresMerges ? TokenizerJSON.ids(parts.vocabulary, except: parts.added) : [:]
    var table: [UInt64: BPEMerger.Merge] = [:]
    table.reserveCapacity(parts.merges.count)
    for (rank, merge) in parts.merges.enumerated() {
      table[BPEMerger.key(merge.left, merge.right)] = .init(
        rank: Int32(rank), result: merge.result)
    }
    state = Mutex(State(merger: BPEMerger(merges: table)))
  }

  public var vocabularySize: Int { parts.vocabulary.count }
  public var specialTokens: [AddedToken] { parts.added }
  public func bytes(_ id: Int32) -> [UInt8] { parts.vocabulary.bytes(id) }
  public func token(_ id: Int32) -> String { parts.vocabulary.token(id) }

  public func files() throws -> [String: Data] {
    guard originals["tokenizer.json"] == nil else { return originals }
    let data = written.withLock { written in
      let data = written ?? TokenizerJSON.write(parts)
      written = data
      return data
    }
    return ["tokenizer.json": data]
  }

  public func encode(_ text: String) -> [Int32] {
    state.withLock { state in
      var ids: [Int32] = []
      let utf8 = Array(text.utf8)
      for part in exactMatcher.split(utf8, utf8.indices) {
        switch part {
        case .token(let id): ids.append(id)
        case .text(let range): encodePlain(normalize(utf8[range]), &state, &ids)
        }
      }
      return ids
    }
  }

  private func normalize(_ utf8: ArraySlice<UInt8>) -> [UInt8] {
    parts.normalizesNFC ? CanonicalComposition.nfc(utf8) : Array(utf8)
  }

  private func encodePlain(_ utf8: [UInt8], _ state: inout State, _ ids: inout [Int32]) {
    for part in normalizedMatcher.split(utf8, utf8.indices) {
      switch part {
      case .token(let id): ids.append(id)
      case .text(let range):
        let scalars = ScalarClasses(utf8[range])
        var start = range.lowerBound
        for index in parts.preTokenizer.wordEnds(scalars) {
          let end = scalars.offsets[index]
          ids += encodeWord(utf8[start..<end], &state)
          start = end
        }
      }
    }
  }

  private func encodeWord(_ word: ArraySlice<UInt8>, _ state: inout State) -> [Int32] {
    let key = Self.cacheKey(word)
    if let key, let known = state.cache[key] { return known }
    let ids = merged(word, &state.merger)
    if let key {
      if state.cache.count >= Self.cacheLimit { state.cache.removeAll(keepingCapacity: true) }
      state.cache[key] = ids
    }
    return ids
  }

  private func merged(_ word: ArraySlice<UInt8>, _ merger: inout BPEMerger) -> [Int32] {
    if parts.ignoresMerges, let whole = wholeIDs[Array(word)] { return [whole] }
    return merger.merge(word.map { byteIDs[Int($0)] }.filter { $0 >= 0 })
  }

  private static let cacheLimit = 1 << 15

  /// A word of up to 15 bytes and its length as one number; nil for longer ones.
  private static func cacheKey(_ word: ArraySlice<UInt8>) -> UInt128? {
    guard word.count < 16 else { return nil }
    return word.reduce(UInt128(word.count)) { $0 << 8 | UInt128($1) }
  }
}
