import Foundation
import JSON

/// Writes tokenizer.json as the `tokenizers` library reads it, with the same ids for every text.
extension TokenizerJSON {
  /// Byte-level BPE, for a tokenizer that came from elsewhere (a GGUF file).
  static func write(_ parts: BPETokenizer.Parts) -> Data {
    let added = Set(parts.added.map { $0.id })
    let spellings = parts.vocabulary.spellings.enumerated().compactMap { id, text in
      text.map { (key: $0, value: JSONValue.int(id)) }
    }
    let merges = parts.merges.map { merge in
      JSONValue.array([
        .string(parts.vocabulary.token(merge.left)), .string(parts.vocabulary.token(merge.right)),
      ])
    }
    let unknown = parts.unknown.map { JSONValue.string(parts.vocabulary.token($0)) }
    let model = bpe(
      vocabulary: spellings, merges: merges, unknown: unknown ?? .null,
      ignoresMerges: parts.ignoresMerges)
    assert(added.count == parts.added.count, "two added tokens share an id")
    return file(
      parts.added, normalizer: parts.normalizesNFC ? .object([("type", .string("NFC"))]) : .null,
      preTokenizer: preTokenizer(parts.preTokenizer), decoder: byteLevel(usesExpression: true),
      model: model)
  }

  /// The byte tokenizer: BPE without merges.
  static func write(_ tokenizer: ByteTokenizer) -> Data {
    let ids = 0..<Int32(tokenizer.vocabularySize)
    let vocabulary = ids.map { (key: tokenizer.token($0), value: JSONValue.int(Int($0))) }
    return file(
      tokenizer.specialTokens, normalizer: .null, preTokenizer: byteLevel(usesExpression: false),
      decoder: byteLevel(usesExpression: true),
      model: bpe(vocabulary: vocabulary, merges: [], unknown: .null))
  }

  /// The character tokenizer: a word level model over a split into characters. Its unk_token is not
  /// in the vocabulary, so that an unknown character is an error there as here.
  static func write(_ tokenizer: CharacterTokenizer) -> Data {
    let ids = 0..<Int32(tokenizer.vocabularySize)
    let vocabulary = ids.map { (key: tokenizer.token($0), value: JSONValue.int(Int($0))) }
    let unknown = tokenizer.specialTokens.contains { $0.text == "<unk>" } ? "<none>" : "<unk>"
    return file(
      tokenizer.specialTokens, normalizer: .null, preTokenizer: split(anyCharacter),
      decoder: .object([("type", .string("Fuse"))]),
      model: .object([
        ("type", .string("WordLevel")), ("vocab", .object(JSONObject(members: vocabulary))),
        ("unk_token", .string(unknown)),
      ]))
  }

  private static func file(
    _ added: [AddedToken], normalizer: JSONValue, preTokenizer: JSONValue, decoder: JSONValue,
    model: JSONValue
  ) -> Data {
    JSONValue.object([
      ("version", .string("1.0")), ("truncation", .null), ("padding", .null),
      ("added_tokens", .array(added.map(addedToken))), ("normalizer", normalizer),
      ("pre_tokenizer", preTokenizer), ("post_processor", .null), ("decoder", decoder),
      ("model", model),
    ]).data
  }

  private static func addedToken(_ token: AddedToken) -> JSONValue {
    var members: [(key: String, value: JSONValue)] = [
      ("id", .int(Int(token.id))), ("content", .string(token.text)),
    ]
    for (key, edge) in Self.edges { members.append((key, .bool(token.edges.contains(edge)))) }
    members += [
      ("normalized", .bool(token.isNormalized)), ("special", .bool(token.isSpecial)),
    ]
    return .object(JSONObject(members: members))
  }

  private static func bpe(
    vocabulary: [(key: String, value: JSONValue)], merges: [JSONValue], unknown: JSONValue,
    ignoresMerges: Bool = false
  ) -> JSONValue {
    .object([
      ("type", .string("BPE")), ("dropout", .null), ("unk_token", unknown),
      ("continuing_subword_prefix", .null), ("end_of_word_suffix", .null),
      ("fuse_unk", .bool(false)), ("byte_fallback", .bool(false)),
      ("ignore_merges", .bool(ignoresMerges)),
      ("vocab", .object(JSONObject(members: vocabulary))), ("merges", .array(merges)),
    ])
  }

  private static func preTokenizer(_ kind: PreTokenizer) -> JSONValue {
    let steps = kind.steps.map { step in
      step == .digits
        ? .object([("type", .string("Digits")), ("individual_digits", .bool(true))])
        : split(step.source)
    }
    let last = byteLevel(usesExpression: kind.endsWithGPT2)
    return steps.isEmpty ? last : sequence(steps + [last])
  }

  private static func sequence(_ steps: [JSONValue]) -> JSONValue {
    .object([("type", .string("Sequence")), ("pretokenizers", .array(steps))])
  }

  private static func split(_ expression: String) -> JSONValue {
    .object([
      ("type", .string("Split")), ("pattern", .object([("Regex", .string(expression))])),
      ("behavior", .string("Isolated")), ("invert", .bool(false)),
    ])
  }

  private static func byteLevel(usesExpression: Bool) -> JSONValue {
    .object([
      ("type", .string("ByteLevel")), ("add_prefix_space", .bool(false)),
      ("trim_offsets", .bool(false)), ("use_regex", .bool(usesExpression)),
    ])
  }
}
