import Foundation
import Text

/// Makes a byte-level BPE tokenizer of a GGUF file's `tokenizer.ggml` metadata.
struct GGUFTokenizer {
  private let file: GGUF

  init(_ file: GGUF) throws { self.file = file }

  private func value(_ key: String) -> GGUFValue? { file.metadata["tokenizer.ggml.\(key)"] }

  private func strings(_ key: String) throws -> [String]? {
    guard let value = value(key) else { return nil }
    let strings = value.array?.compactMap { $0.string }
    guard let strings, strings.count == value.array?.count else {
      throw broken("tokenizer.ggml.\(key) is not a list of strings")
    }
    return strings
  }

  private func broken(_ text: String) -> ModelError {
    ModelError(.brokenFile, "\(file.name): \(text)")
  }

  /// The ids that begin, end and pad a text; a turn's and a message's end end a text as well.
  func ids() -> ConfigJSON.TokenIDs {
    var eos = file.metadata[Self.endIDs]?.array?.compactMap {
      $0.int.flatMap { Int32(exactly: $0) }
    }
    for key in ["eos", "eot", "eom"] {
      if let id = id(key), !(eos ?? []).contains(id) { eos = (eos ?? []) + [id] }
    }
    return .init(bos: id("bos"), eos: eos ?? [], pad: id("padding"))
  }

  private func id(_ key: String) -> Int32? {
    value("\(key)_token_id")?.int.flatMap { Int32(exactly: $0) }
  }

  /// All ids that end a text, in a file that was written here: GGUF has names for three of them, and
  /// llama.cpp knows the others by their texts.
  static let endIDs = "regimen.eos_token_ids"

  /// What llama.cpp puts around plain text: as the keys say, else a first token for SentencePiece and
  /// Llama 3.
  func marks() -> TextMarks {
    let begins = value("model")?.string == "llama" || Self.beginning.contains(pre)
    return TextMarks(
      bos: id("bos") != nil && (value("add_bos_token")?.flag ?? begins),
      eos: id("eos") != nil && (value("add_eos_token")?.flag ?? false))
  }

  /// Pre-tokenizers with which llama.cpp puts a token first.
  private static let beginning = ["llama-bpe", "llama3", "llama-v3"]

  /// llama.cpp's name of the pre-tokenizer; a file without one is cut by its default rules.
  private var pre: String { value("pre")?.string ?? "default" }

  func tokenizer() throws -> any Tokenizer {
    guard let tokens = try strings("tokens"), !tokens.isEmpty else {
      throw broken("it has no tokenizer.ggml.tokens")
    }
    let added = try added(tokens)
    let unused = Set(try types(tokens).enumerated().filter { $0.element == 5 }.map(\.offset))
    let entries = tokens.enumerated().filter { !unused.contains($0.offset) }.map {
      (text: $0.element, id: $0.offset)
    }
    switch value("model")?.string ?? "(none)" {
    case "gpt2": return try bytePairs(entries, added)
    case "llama": return try characters(entries, added)
    case let model:
      throw ModelError(
        .unsupported,
        "\(file.name): the tokenizer model '\(model)' is not supported; gpt2 "
          + "(byte-level BPE) is")
    }
  }

  private func bytePairs(
    _ entries: [(text: String, id: Int)], _ added: [AddedToken]
  ) throws -> any Tokenizer {
    let words = try preTokenizer()
    guard let merges = try strings("merges") else { throw noMerges }
    let vocabulary = try TokenizerJSON.vocabulary(entries, added, name: file.name)
    if merges.isEmpty {
      guard TokenizerJSON.areBytes(entries, added) else { throw noMerges }
      return ByteTokenizer(added: added, originals: [:])
    }
    let ids = TokenizerJSON.ids(vocabulary, except: added)
    return BPETokenizer(
      .init(
        vocabulary: vocabulary,
        merges: try merges.map { try TokenizerJSON.merge(pair($0), ids, name: file.name) },
        added: added, preTokenizer: words.preTokenizer, normalizesNFC: words.normalizesNFC,
        ignoresMerges: words.ignoresMerges, unknown: nil))
  }

  private var noMerges: ModelError {
    broken(
      "the tokenizer has no merges (tokenizer.ggml.merges), so it cannot form words; convert the "
        + "model again with its tokenizer")
  }

  /// SentencePiece over single characters, as models with a character tokenizer are exported.
  private func characters(
    _ entries: [(text: String, id: Int)], _ added: [AddedToken]
  ) throws -> any Tokenizer {
    let plain = entries.dropLast(added.count).map { entry in
      entry.text == GGUFTokenizerWriter.space ? " " : entry.text
    }
    let scalars = plain.compactMap { $0.unicodeScalars.count == 1 ? $0.unicodeScalars.first : nil }
    guard scalars.count == plain.count,
      added.map({ Int($0.id) }) == added.indices.map({ plain.count + $0 })
    else {
      throw ModelError(
        .unsupported,
        "\(file.name): the tokenizer model 'llama' (SentencePiece) is supported for single "
          + "characters only; gpt2 (byte-level BPE) is")
    }
    return try CharacterTokenizer(alphabet: scalars, added: added, originals: [:])
  }

  private func preTokenizer() throws -> PreTokenizer.Named {
    guard let known = try PreTokenizer.named(pre) else {
      throw ModelError(
        .unsupported,
        "\(file.name): the pre-tokenizer '\(pre)' (tokenizer.ggml.pre) is not supported; the names "
          + "here are \(PreTokenizer.names.joined(separator: ", "))")
    }
    return known
  }

  /// Tokens of type 3 (control) and 4 (user defined) are matched before everything else.
  private func added(_ tokens: [String]) throws -> [AddedToken] {
    let types = try types(tokens)
    return types.indices.filter { types[$0] == 3 || types[$0] == 4 }.map { id in
      AddedToken(id: Int32(id), text: tokens[id], isSpecial: types[id] == 3)
    }
  }

  /// 1 for a plain token, 5 for a row of the embedding that no token has.
  private func types(_ tokens: [String]) throws -> [Int] {
    let types = value("token_type")?.array?.map { $0.int ?? 1 } ?? []
    guard types.isEmpty || types.count == tokens.count else {
      throw broken("tokenizer.ggml.token_type has \(types.count) of \(tokens.count) entries")
    }
    return types
  }

  private func pair(_ merge: String) throws -> (String, String) {
    let parts = merge.split(separator: " ", omittingEmptySubsequences: false)
    guard parts.count == 2 else { throw broken("the merge '\(merge)' is not a pair") }
    return (String(parts[0]), String(parts[1]))
  }
}
