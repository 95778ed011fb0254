import Foundation
import Host
import JSON
import TestSupport
import Testing
import Text

@testable import Neural

@Suite("Hugging Face folders")
struct HuggingFaceFolderTests {
  let golden: CheckpointGolden

  init() throws { golden = try CheckpointGolden.load() }

  @Test("a folder that transformers saved is read whole", arguments: CheckpointGolden.kinds)
  func reading(kind: String) throws {
    let model = try LanguageModel.load(files: TextFixture.folder("tiny-\(kind)"))
    #expect(model.config.modelType.rawValue == (kind == "llama3" ? "llama" : kind))
    #expect(model.config.ropeTheta == 50_000)
    // generation_config.json has one more than config.json.
    #expect(model.eosTokenIDs == [2, 0])
    #expect(model.bosTokenID == 0)
    #expect(model.padTokenID == 0)
    #expect(try model.chatTemplate?.check() != nil)
    let cases = try #require(golden.ids[kind])
    for (text, ids) in cases { #expect(try model.tokenizer.encode(text) == ids) }
    let facts = try #require(golden.folders[kind])
    #expect(Set(model.parameters.entries.map { $0.name }) == Set(facts.keys))
    for entry in model.parameters.entries {
      #expect(entry.shape == facts[entry.name]?.shape)
      #expect(model.parameters.array(entry.name).map(fnv) == facts[entry.name]?.fnv)
    }
  }

  @Test("what was loaded is written as it was: same weights, tokenizer byte for byte")
  func writing() throws {
    let original = try TextFixture.folder("tiny-qwen2")
    let model = try LanguageModel.load(files: original)
    let files = try model.data(dtype: .bf16)
    #expect(Set(files.keys) == Set(original.keys))
    #expect(files["tokenizer.json"] == original["tokenizer.json"])
    #expect(files["chat_template.jinja"] == original["chat_template.jinja"])
    // The name that transformers 4 knows the class by, and nothing else, is another.
    let tokenizerConfig = try #require(files["tokenizer_config.json"])
    let changed = try JSONParser.parse(tokenizerConfig, name: "t")
    let before = try JSONParser.parse(original["tokenizer_config.json"] ?? Data(), name: "t")
    #expect(changed["tokenizer_class"]?.string == "PreTrainedTokenizerFast")
    #expect(
      changed.setting("tokenizer_class", nil).line == before.setting("tokenizer_class", nil).line)
    #expect(try model.data(dtype: .bf16) == files)
    let again = try LanguageModel.load(files: files)
    #expect(again.parameters.floats.array == model.parameters.floats.array)
    #expect(again.config == model.config)
    #expect(again.eosTokenIDs == model.eosTokenIDs)
  }

  @Test("float32 keeps every bit", arguments: CheckpointGolden.kinds)
  func float32(kind: String) throws {
    let data = try TextFixture.data("tiny-\(kind).gguf")
    let folder = try TemporaryFolder()
    let path = try folder.write("tiny.gguf", data)
    let model = try LanguageModel.load(path: path)
    let files = try model.data(dtype: .f32)
    for (name, data) in files { try folder.write(name, data) }
    let copy = try LanguageModel.load(path: folder.path)
    #expect(copy.parameters.floats.array == model.parameters.floats.array)
    #expect(copy.config == model.config)
    #expect(copy.chatTemplate?.jinja == model.chatTemplate?.jinja)
    #expect([copy.bosTokenID, copy.padTokenID] == [model.bosTokenID, model.padTokenID])
    let cases = try #require(golden.ids[kind])
    for (text, ids) in cases { #expect(try copy.tokenizer.encode(text) == ids) }
    #expect(try copy.data(dtype: .f32) == files)
    for source in [path, folder.path] {
      let tokenizer = try LanguageModel.loadTokenizer(path: source, in: LocalFiles())
      #expect(tokenizer.vocabularySize == model.tokenizer.vocabularySize)
    }
  }

  @Test("a model with a small tokenizer of ours comes back from its files")
  func smallTokenizers() throws {
    for tokenizer: any Tokenizer in [try ByteTokenizer(), try CharacterTokenizer()] {
      let config = ModelConfig(
        vocabSize: tokenizer.vocabularySize, hiddenSize: 8, intermediateSize: 8,
        numHiddenLayers: 1, numAttentionHeads: 2)
      let eos = ["<|im_end|>", "<|endoftext|>"].compactMap(tokenizer.specialTokenID)
      let model = LanguageModel(
        config: config, tokenizer: tokenizer, chatTemplate: try ChatTemplate.named("chatml"),
        eosTokenIDs: eos, seed: 3)
      let files = try model.data(dtype: .f32)
      let copy = try LanguageModel.load(files: files)
      #expect(copy.eosTokenIDs == eos)
      #expect(copy.config == config)
      #expect(copy.chatTemplate == model.chatTemplate)
      #expect(try copy.tokenizer.encode("a b<think>") == tokenizer.encode("a b<think>"))
      #expect(copy.parameters.floats.array == model.parameters.floats.array)
      #expect(try copy.data(dtype: .f32) == files)
    }
  }

  @Test("weights in several files are put together")
  func shards() throws {
    var files = try TextFixture.folder("tiny-llama")
    let whole = try LanguageModel.load(files: files)
    files["model.safetensors"] = nil
    var map: [(key: String, value: JSONValue)] = []
    let half = whole.parameters.entries.count / 2
    for (name, entries) in [
      ("a.safetensors", whole.parameters.entries.prefix(half)),
      ("b.safetensors", whole.parameters.entries.suffix(from: half)),
    ] {
      files[name] = try SafetensorsWriter.data(
        entries.map { ($0.name, $0.shape, whole.parameters.floats[$0.range]) }, as: .f32)
      map += entries.map { (key: $0.name, value: JSONValue.string(name)) }
    }
    files["model.safetensors.index.json"] = JSONValue.object([("weight_map", .object(map))]).data
    let model = try LanguageModel.load(files: files)
    #expect(model.parameters.floats.array == whole.parameters.floats.array)
    files["b.safetensors"] = nil
    let lost = whole.parameters.entries.count - half
    let first = whole.parameters.entries[half...].map(\.name).min() ?? ""
    expectError(
      .missingFile,
      "m: there is no b.safetensors, which by model.safetensors.index.json holds \(lost) tensors "
        + "('\(first)' first); the folder is incomplete, so fetch it again"
    ) { _ = try LanguageModel.load(files: files, name: "m") }
    files["b.safetensors"] = files["a.safetensors"]
    expectError(
      .brokenFile,
      "m/b.safetensors: it does not hold '\(first)', which model.safetensors.index.json says it does"
    ) { _ = try LanguageModel.load(files: files, name: "m") }
    files["model.safetensors.index.json"] = Data(#"{"weight_map":{"x":"../x"}}"#.utf8)
    expectError(
      .brokenFile, "m/model.safetensors.index.json: its weight_map names no files here"
    ) { _ = try LanguageModel.load(files: files, name: "m") }
  }

  /// The tiny llama folder with other tensors beside or instead of its own.
  private func folder(
    adding tensors: [(name: String, shape: [Int])], without name: String = ""
  ) throws -> [String: Data] {
    var files = try TextFixture.folder("tiny-llama")
    let model = try LanguageModel.load(files: files)
    let zeros = Tensor(count: tensors.map { $0.shape.reduce(1, *) }.max() ?? 0)
    let own = model.parameters.entries.filter { $0.name != name }.map {
      (name: $0.name, shape: $0.shape, values: model.parameters.floats[$0.range])
    }
    let more = tensors.map {
      (name: $0.name, shape: $0.shape, values: zeros.floats[0..<$0.shape.reduce(1, *)])
    }
    files["model.safetensors"] = try SafetensorsWriter.data(own + more, as: .f32)
    return files
  }

  @Test("missing, extra and misshapen tensors are named")
  func tensors() throws {
    let norm = "model.norm.weight"
    let cases = [
      (try folder(adding: [], without: norm), "the tensor '\(norm)' of shape [32] is missing"),
      (
        try folder(adding: [(norm, [33])], without: norm),
        "'\(norm)' has shape [33]; its config requires [32]"
      ),
      (
        try folder(adding: [("score.weight", [1])]),
        "the tensor 'score.weight' does not belong to a llama model"
      ),
      (
        try folder(adding: [("lm_head.weight", [302, 32])]),
        "tie_word_embeddings is true, but lm_head.weight differs from model.embed_tokens.weight"
      ),
    ]
    for (files, message) in cases {
      expectError(.mismatch, "m: \(message)") {
        _ = try LanguageModel.load(files: files, name: "m")
      }
    }
  }

  @Test("a tied head that is stored as well, and old rotary buffers, do no harm")
  func leniency() throws {
    var files = try TextFixture.folder("tiny-llama")
    let model = try LanguageModel.load(files: files)
    var tensors = model.parameters.entries.map {
      (name: $0.name, shape: $0.shape, values: model.parameters.floats[$0.range])
    }
    let head = model.parameters["model.embed_tokens.weight"]
    tensors.append((name: "lm_head.weight", shape: [302, 32], values: head))
    let buffer = Tensor(count: 4)
    tensors.append(("model.layers.0.self_attn.rotary_emb.inv_freq", [4], buffer.floats))
    files["model.safetensors"] = try SafetensorsWriter.data(tensors, as: .f32)
    let copy = try LanguageModel.load(files: files)
    #expect(copy.parameters.floats.array == model.parameters.floats.array)
  }

  @Test("missing files are named, with what to do")
  func missing() throws {
    let files = try TextFixture.folder("tiny-llama")
    let cases = [
      ("config.json", "there is no config.json; give a folder that transformers saved"),
      (
        "tokenizer.json",
        "there is no tokenizer.json; save the tokenizer with transformers' fast tokenizers to get "
          + "one"
      ),
      (
        "model.safetensors",
        "there is no model.safetensors and no model.safetensors.index.json; save the model as "
          + "safetensors"
      ),
    ]
    for (name, message) in cases {
      expectError(.missingFile, "m: \(message)") {
        _ = try LanguageModel.load(files: files.filter { $0.key != name }, name: "m")
      }
    }
    expectError(
      .missingFile, "/no/where: no such file; give a GGUF file or a Hugging Face folder"
    ) { _ = try LanguageModel.load(path: "/no/where") }
  }

  @Test("the template and the ids may stand in tokenizer_config.json, as in older folders")
  func olderFolders() throws {
    var files = try TextFixture.folder("tiny-llama")
    let template = String(decoding: files["chat_template.jinja"] ?? Data(), as: UTF8.self)
    let eos = #""eos_token":{"content":"<|im_end|>"},"bos_token":"<|im_start|>""#
    for spelling in [
      JSONValue.string(template),
      .array([
        .object([("name", .string("tool_use")), ("template", .string("x"))]),
        .object([("name", .string("default")), ("template", .string(template))]),
      ]),
    ] {
      files["chat_template.jinja"] = nil
      files["generation_config.json"] = nil
      files["tokenizer_config.json"] = Data(#"{"chat_template":\#(spelling.line),\#(eos)}"#.utf8)
      let config = try JSONParser.parse(files["config.json"] ?? Data(), name: "c")
      files["config.json"] = config.setting("eos_token_id", nil).setting("bos_token_id", nil).data
      let model = try LanguageModel.load(files: files)
      #expect(model.chatTemplate?.jinja == template)
      #expect(model.eosTokenIDs == [2])
      #expect(model.bosTokenID == 1)
      let written = try model.data(dtype: .bf16)
      #expect(written["chat_template.jinja"] == Data(template.utf8))
      let tokenizerConfig = written["tokenizer_config.json"] ?? Data()
      #expect(!String(decoding: tokenizerConfig, as: UTF8.self).contains("chat_template"))
    }
  }

  @Test("token ids outside the vocabulary, and a tokenizer too large for the model, are errors")
  func vocabulary() throws {
    var files = try TextFixture.folder("tiny-llama")
    files["generation_config.json"] = Data(#"{"eos_token_id":[2,302]}"#.utf8)
    expectError(
      .mismatch, "m: the special token id 302 is outside the vocabulary of 302"
    ) { _ = try LanguageModel.load(files: files, name: "m") }
    files = try TextFixture.folder("tiny-llama")
    files["tokenizer.json"] = try TextFixture.data("tokenizer-smollm.json")
    let error = #expect(throws: ModelError.self) {
      try LanguageModel.load(files: files, name: "m")
    }
    #expect(error?.message.hasSuffix("tokens, the model 302") == true)
  }
}
