import Text

/// Writes a tokenizer as a GGUF file's `tokenizer.ggml` metadata.
///
/// Byte-level BPE is llama.cpp's `gpt2`; bytes are that without merges. Characters are its `llama`
/// (SentencePiece), which begins with single characters and finds nothing here to merge; it writes
/// the space as U+2581.
struct GGUFTokenizerWriter {
  typealias Metadata = [(key: String, value: GGUFWriter.Value)]

  private let model: LanguageModel
  private let marks: TextMarks

  init(_ model: LanguageModel, _ marks: TextMarks) {
    self.model = model
    self.marks = marks
  }

  func metadata() throws -> Metadata {
    if let token = model.tokenizer.specialTokens.first(where: { !$0.edges.isEmpty }) {
      throw ModelError(
        .unsupported,
        "the added token '\(token.text)' takes the space next to it or must be a word, which GGUF "
          + "cannot express; export the model as hf")
    }
    let words: Metadata =
      switch model.tokenizer {
      case let tokenizer as BPETokenizer: try bytePairs(tokenizer)
      case is ByteTokenizer:
        [("model", .string("gpt2")), ("pre", .string("gpt-2")), ("merges", .strings([]))]
      case is CharacterTokenizer: try characters()
      default: throw ModelError(.unsupported, "this tokenizer has no GGUF form; export as hf")
      }
    let tokens: Metadata = [
      ("tokens", .strings(texts)), ("token_type", .i32s(types)),
    ]
    var metadata = (words + tokens + (try ids())).map {
      (key: "tokenizer.ggml.\($0.key)", value: $0.value)
    }
    if model.eosTokenIDs.count > 1 {
      metadata.append((GGUFTokenizer.endIDs, .i32s(model.eosTokenIDs)))
    }
    if let template = model.chatTemplate {
      metadata.append(("tokenizer.chat_template", .string(template.jinja)))
    }
    return metadata
  }

  private func bytePairs(_ tokenizer: BPETokenizer) throws -> Metadata {
    let parts = tokenizer.parts
    guard
      let name = try parts.preTokenizer.name(
        normalizesNFC: parts.normalizesNFC, ignoresMerges: parts.ignoresMerges)
    else {
      throw ModelError(
        .unsupported,
        "llama.cpp has no pre-tokenizer that splits words like this model's tokenizer.json; export "
          + "the model as hf")
    }
    let merges = parts.merges.map {
      "\(parts.vocabulary.token($0.left)) \(parts.vocabulary.token($0.right))"
    }
    return [("model", .string("gpt2")), ("pre", .string(name)), ("merges", .strings(merges))]
  }

  private func characters() throws -> Metadata {
    guard !tokens.contains(Self.space) else {
      throw ModelError(
        .unsupported,
        "an alphabet with '\(Self.space)', which means a space, has no GGUF form; export the model "
          + "as hf")
    }
    return [
      ("model", .string("llama")), ("scores", .f32s(texts.map { _ in 0 })),
      ("add_space_prefix", .bool(false)),
    ]
  }

  /// SentencePiece's spelling of the space.
  static let space = "\u{2581}"

  /// The vocabulary as tokenizer.json spells it.
  private var tokens: [String] {
    (0..<Int32(model.tokenizer.vocabularySize)).map(model.tokenizer.token)
  }

  /// The tokens of every row of the embedding; rows without one have llama.cpp's filler.
  private var texts: [String] {
    let tokens =
      model.tokenizer is CharacterTokenizer
      ? tokens.map { $0 == " " ? Self.space : $0 } : tokens
    return (0..<model.config.vocabSize).map { id in
      id < tokens.count && !tokens[id].isEmpty ? tokens[id] : "[PAD\(id)]"
    }
  }

  /// 1: normal, 3: control, 4: matched before everything else, 5: unused.
  private var types: [Int32] {
    let tokens = tokens
    var types = (0..<model.config.vocabSize).map { id -> Int32 in
      id < tokens.count && !tokens[id].isEmpty ? 1 : 5
    }
    for token in model.tokenizer.specialTokens { types[Int(token.id)] = token.isSpecial ? 3 : 4 }
    return types
  }

  private func ids() throws -> Metadata {
    let ends = try GGUFEndTokens(model)
    let named = [
      ("bos", model.bosTokenID), ("eos", ends.text), ("eot", ends.turn), ("eom", ends.message),
      ("padding", model.padTokenID),
    ]
    let ids: Metadata = named.compactMap { name, id in
      id.map { (key: "\(name)_token_id", value: GGUFWriter.Value.u32(Int($0))) }
    }
    return ids + [
      ("add_bos_token", .bool(marks.bos && model.bosTokenID != nil)),
      ("add_eos_token", .bool(marks.eos && ends.text != nil)),
    ]
  }
}
