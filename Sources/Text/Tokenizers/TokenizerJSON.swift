package import Foundation
package import JSON

/// Reads the tokenizer.json of the `tokenizers` library: byte-level BPE, and the forms in which the
/// byte and character tokenizers are written. Whatever it does not know is an error that names it.
package struct TokenizerJSON {
  private let root: JSONValue
  private let name: String
  private let originals: [String: Data]

  /// The tokenizer in `data`; `name` begins the messages, `originals` are written again unchanged.
  static func read(
    _ data: Data, name: String, originals: [String: Data]
  ) throws -> any Tokenizer {
    try read(JSONParser.parse(data, name: name), name: name, originals: originals)
  }

  /// The tokenizer in a file that has been parsed.
  package static func read(
    _ root: JSONValue, name: String, originals: [String: Data]
  ) throws -> any Tokenizer {
    try TokenizerJSON(root: root, name: name, originals: originals).tokenizer()
  }

  private func unsupported(_ text: String) -> ModelError {
    ModelError(.unsupported, "\(name): \(text) is not supported")
  }

  private func broken(_ text: String) -> ModelError {
    ModelError(.brokenFile, "\(name): \(text)")
  }

  private func tokenizer() throws -> any Tokenizer {
    let model = root["model"]
    let added = try addedTokens()
    switch model?["type"]?.string {
    case "BPE": return try bytePairs(added)
    case "WordLevel": return try characters(added)
    case let type?: throw unsupported("the model type '\(type)'")
    case nil where model?["merges"] != nil: return try bytePairs(added)
    case nil: throw broken("it has no model")
    }
  }

  private func addedTokens() throws -> [AddedToken] {
    let tokens = try (root["added_tokens"]?.array ?? []).map { token in
      guard let id = token["id"]?.int, let text = token["content"]?.string, !text.isEmpty else {
        throw broken("an added token lacks its id or content")
      }
      return AddedToken(
        id: Int32(try checked(id, text)), text: text, isSpecial: token["special"]?.bool ?? false,
        isNormalized: token["normalized"]?.bool ?? false, edges: edges(token))
    }
    return tokens.sorted { $0.id < $1.id }
  }

  private func edges(_ token: JSONValue) -> AddedToken.Edges {
    Self.edges.reduce(into: []) { edges, edge in
      if token[edge.key]?.bool == true { edges.insert(edge.value) }
    }
  }

  /// tokenizer.json's keys.
  static let edges: [(key: String, value: AddedToken.Edges)] = [
    ("single_word", .isWord), ("lstrip", .stripsLeft), ("rstrip", .stripsRight),
  ]

  /// The vocabulary as the model lists it.
  private func entries() throws -> [(text: String, id: Int)] {
    guard let vocabulary = root["model"]?["vocab"]?.object else {
      throw broken("the model has no vocabulary")
    }
    var seen = Set<Int>(minimumCapacity: vocabulary.count)
    return try vocabulary.map { key, value in
      guard let id = value.int else { throw broken("the id of '\(key)' is not a whole number") }
      guard seen.insert(try checked(id, key)).inserted else {
        throw broken("the id \(id) belongs to two tokens, '\(key)' is one of them")
      }
      return (key, id)
    }
  }

  private func checked(_ id: Int, _ text: String) throws -> Int {
    guard (0..<Self.largestVocabulary).contains(id) else {
      throw broken(
        "the id of '\(text)' is \(id); ids must be 0 to \(Self.largestVocabulary - 1)")
    }
    return id
  }

  private static let largestVocabulary = 1 << 20
}

// Byte-level BPE.
extension TokenizerJSON {
  private func bytePairs(_ added: [AddedToken]) throws -> any Tokenizer {
    try checkBytePairOptions()
    let entries = try entries()
    guard let merges = root["model"]?["merges"]?.array, !merges.isEmpty else {
      return try bytesOnly(entries, added)
    }
    let preTokenizer = try preTokenizer()
    let vocabulary = try Self.vocabulary(entries, added, name: name)
    let ids = Self.ids(vocabulary, except: added)
    let unknown = try unknownID(ids)
    return BPETokenizer(
      .init(
        vocabulary: vocabulary,
        merges: try merges.map { try Self.merge(try pair($0), ids, name: name) },
        added: added, preTokenizer: preTokenizer, normalizesNFC: try normalizesNFC(),
        ignoresMerges: root["model"]?["ignore_merges"]?.bool == true, unknown: unknown),
      originals: originals)
  }

  private func checkBytePairOptions() throws {
    let model = root["model"]
    for key in ["continuing_subword_prefix", "end_of_word_suffix"] {
      if model?[key] != nil, model?[key]?.string != "" { throw unsupported("'\(key)'") }
    }
    for key in ["byte_fallback", "fuse_unk"] where model?[key]?.bool == true {
      throw unsupported("'\(key)'")
    }
    if let dropout = model?["dropout"], dropout.double != 0 { throw unsupported("'dropout'") }
    let decoder = root["decoder"]?["type"]?.string
    guard decoder == "ByteLevel" else {
      throw unsupported("the decoder '\(decoder ?? "none")' of a BPE model")
    }
  }

  private func unknownID(_ ids: [[UInt8]: Int32]) throws -> Int32? {
    guard let text = root["model"]?["unk_token"]?.string else { return nil }
    guard let id = ids[Array(text.utf8)] else {
      throw broken("unk_token '\(text)' is not in the vocabulary")
    }
    return id
  }

  private func normalizesNFC() throws -> Bool {
    guard let normalizer = root["normalizer"] else { return false }
    let steps = normalizer["normalizers"]?.array ?? [normalizer]
    for step in steps where step["type"]?.string != "NFC" {
      throw unsupported("the normalizer '\(step["type"]?.string ?? step.line)'")
    }
    return !steps.isEmpty
  }

  private func pair(_ merge: JSONValue) throws -> (String, String) {
    if let parts = merge.array, parts.count == 2, let left = parts[0].string,
      let right = parts[1].string
    {
      return (left, right)
    }
    let parts = (merge.string ?? "").split(separator: " ", omittingEmptySubsequences: false)
    guard parts.count == 2 else { throw broken("the merge \(merge.line) is not a pair") }
    return (String(parts[0]), String(parts[1]))
  }

  /// A BPE model without merges: the byte tokenizer if it has the 256 bytes and no more.
  private func bytesOnly(
    _ entries: [(text: String, id: Int)], _ added: [AddedToken]
  ) throws -> any Tokenizer {
    guard Self.areBytes(entries, added)
    else {
      throw broken(
        "the BPE model has no merges, so it cannot form words; use a tokenizer.json with merges")
    }
    return ByteTokenizer(added: added, originals: originals)
  }
}

extension TokenizerJSON {
  /// Whether a vocabulary is the 256 bytes in order, then the added tokens.
  package static func areBytes(_ entries: [(text: String, id: Int)], _ added: [AddedToken]) -> Bool
  {
    let addedIDs = Set(added.map { Int($0.id) })
    let plain = entries.filter { !addedIDs.contains($0.id) }
    return plain.count == 256
      && plain.allSatisfy {
        ByteLevelAlphabet.bytes(of: $0.text).map { $0.map { Int($0) } } == [$0.id]
      }
      && added.map({ Int($0.id) }) == added.indices.map({ 256 + $0 })
  }
}

// Pre-tokenizers.
extension TokenizerJSON {
  private func preTokenizer() throws -> PreTokenizer {
    guard let outer = root["pre_tokenizer"] else { throw unsupported("BPE without pre-tokenizer") }
    let steps = outer["pretokenizers"]?.array ?? [outer]
    guard let last = steps.last, last["type"]?.string == "ByteLevel" else {
      throw unsupported("the pre-tokenizer \(outer.line)")
    }
    guard last["add_prefix_space"]?.bool == false else { throw unsupported("'add_prefix_space'") }
    return PreTokenizer(
      steps: try steps.dropLast().map(split), endsWithGPT2: last["use_regex"]?.bool ?? true)
  }

  private func split(_ step: JSONValue) throws -> SplitExpression {
    switch step["type"]?.string {
    case "Digits" where step["individual_digits"]?.bool == true: return .digits
    case "Split" where step["behavior"]?.string == "Isolated" && step["invert"]?.bool != true:
      guard let expression = step["pattern"]?["Regex"]?.string else { fallthrough }
      do {
        return try SplitExpression(expression)
      } catch let failure as PatternParser.Failure {
        throw unsupported("\(failure.reason), in the pre-tokenizer's expression '\(expression)',")
      }
    default: throw unsupported("the pre-tokenizer \(step.line)")
    }
  }
}

// The character tokenizer.
extension TokenizerJSON {
  private func characters(_ added: [AddedToken]) throws -> any Tokenizer {
    let model = root["model"]
    let addedIDs = Set(added.map { Int($0.id) })
    let plain = try entries().filter { !addedIDs.contains($0.id) }.sorted { $0.id < $1.id }
    let scalars = plain.compactMap { entry in
      entry.text.unicodeScalars.count == 1 ? entry.text.unicodeScalars.first : nil
    }
    guard scalars.count == plain.count, plain.map({ $0.id }) == Array(plain.indices),
      added.map({ Int($0.id) }) == added.indices.map({ plain.count + $0 }),
      root["pre_tokenizer"]?["pattern"]?["Regex"]?.string == Self.anyCharacter
    else { throw unsupported("a WordLevel model of other words than characters") }
    if let unknown = model?["unk_token"]?.string,
      try entries().contains(where: { $0.text.utf8.elementsEqual(unknown.utf8) })
    {
      throw unsupported("the unk_token '\(unknown)' of a WordLevel model")
    }
    return try CharacterTokenizer(alphabet: scalars, added: added, originals: originals)
  }

  /// The expression that cuts text into characters.
  static let anyCharacter = #"[\s\S]"#
}

// Shared with GGUF files, which hold the same lists.
extension TokenizerJSON {
  /// The vocabulary of `entries` and `added`; throws where the two disagree about an id.
  package static func vocabulary(
    _ entries: [(text: String, id: Int)], _ added: [AddedToken], name: String
  ) throws -> Vocabulary {
    var vocabulary = Vocabulary(count: entries.count)
    for (text, id) in entries {
      vocabulary.set(id, text, ByteLevelAlphabet.bytes(of: text) ?? Array(text.utf8))
    }
    for token in added {
      let known = vocabulary.token(token.id)
      guard known.isEmpty || known.utf8.elementsEqual(token.text.utf8) else {
        throw ModelError(
          .brokenFile,
          "\(name): the id \(token.id) belongs to '\(known)' in the vocabulary and to "
            + "'\(token.text)' among the added tokens")
      }
      vocabulary.set(Int(token.id), token.text, Array(token.text.utf8))
    }
    return vocabulary
  }

  /// The id of each token's bytes.
  package static func ids(_ vocabulary: Vocabulary, except added: [AddedToken]) -> [[UInt8]: Int32]
  {
    var ids: [[UInt8]: Int32] = [:]
    ids.reserveCapacity(vocabulary.count)
    for token in added { ids[vocabulary.bytes(token.id)] = token.id }
    let addedIDs = Set(added.map { Int($0.id) })
    for (id, bytes) in vocabulary.bytes.enumerated() where !bytes.isEmpty {
      if !addedIDs.contains(id) { ids[bytes] = Int32(id) }
    }
    return ids
  }

  /// The ids of a merge; throws if one of its tokens or their union is not in the vocabulary.
  package static func merge(
    _ pair: (String, String), _ ids: [[UInt8]: Int32], name: String
  ) throws -> (left: Int32, right: Int32, result: Int32) {
    guard let left = ByteLevelAlphabet.bytes(of: pair.0),
      let right = ByteLevelAlphabet.bytes(of: pair.1),
      let leftID = ids[left], let rightID = ids[right], let result = ids[left + right]
    else {
      throw ModelError(
        .brokenFile,
        "\(name): the merge '\(pair.0) \(pair.1)' has tokens that are not in the vocabulary")
    }
    return (leftID, rightID, result)
  }
}
