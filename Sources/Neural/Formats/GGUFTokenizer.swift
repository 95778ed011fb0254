import Foundation

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

  private func broken(_ text: String) -> NeuralError {
    NeuralError(.brokenFile, "\(file.name): \(text)")
  }

  /// The ids that begin, end and pad a text; a turn's end ends a text as well.
  func ids() -> ConfigJSON.TokenIDs {
    func id(_ key: String) -> Int32? {
      value("\(key)_token_id")?.int.flatMap { Int32(exactly: $0) }
    }
    var eos: [Int32] = []
    for key in ["eos", "eot"] {
      if let id = id(key), !eos.contains(id) { eos.append(id) }
    }
    return .init(bos: id("bos"), eos: eos, pad: id("padding"))
  }

  func tokenizer() throws -> BPETokenizer {
    let model = value("model")?.string ?? "(none)"
    guard model == "gpt2" else {
      throw NeuralError(
        .unsupported,
        "\(file.name): the tokenizer model '\(model)' is not supported; gpt2 "
          + "(byte-level BPE) is")
    }
    let preTokenizer = try preTokenizer()
    guard let tokens = try strings("tokens"), !tokens.isEmpty else {
      throw broken("it has no tokenizer.ggml.tokens")
    }
    guard let merges = try strings("merges"), !merges.isEmpty else {
      throw broken(
        "the tokenizer has no merges (tokenizer.ggml.merges), so it cannot make words; convert "
          + "the model again with its tokenizer")
    }
    let added = try added(tokens)
    let entries = tokens.enumerated().map { (text: $0.element, id: $0.offset) }
    let vocabulary = try TokenizerJSON.vocabulary(entries, added, name: file.name)
    let ids = TokenizerJSON.ids(vocabulary, except: added)
    return BPETokenizer(
      .init(
        vocabulary: vocabulary,
        merges: try merges.map { try TokenizerJSON.merge(pair($0), ids, name: file.name) },
        added: added, preTokenizer: preTokenizer, normalizesNFC: preTokenizer == .qwen2,
        unknown: nil))
  }

  private func preTokenizer() throws -> PreTokenizer {
    let name = value("pre")?.string ?? "default"
    switch name {
    case "gpt-2", "default": return .gpt2
    case "smollm": return .smollm
    case "qwen2": return .qwen2
    default:
      throw NeuralError(
        .unsupported,
        "\(file.name): the pre-tokenizer '\(name)' (tokenizer.ggml.pre) is not "
          + "supported; gpt-2, smollm and qwen2 are")
    }
  }

  /// Tokens of type 3 (control) and 4 (user defined) are matched before everything else.
  private func added(_ tokens: [String]) throws -> [AddedToken] {
    let types = value("token_type")?.array?.map { $0.int ?? 1 } ?? []
    guard types.isEmpty || types.count == tokens.count else {
      throw broken("tokenizer.ggml.token_type has \(types.count) of \(tokens.count) entries")
    }
    return types.indices.filter { types[$0] == 3 || types[$0] == 4 }.map { id in
      AddedToken(id: Int32(id), text: tokens[id], isSpecial: types[id] == 3)
    }
  }

  private func pair(_ merge: String) throws -> (String, String) {
    let parts = merge.split(separator: " ", omittingEmptySubsequences: false)
    guard parts.count == 2 else { throw broken("the merge '\(merge)' is not a pair") }
    return (String(parts[0]), String(parts[1]))
  }
}
