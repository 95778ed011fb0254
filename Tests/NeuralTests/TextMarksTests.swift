import Foundation
import JSON
import TestSupport
import Testing
import Text

@testable import Neural

@Suite("What tokenizers put around plain text")
struct TextMarksTests {
  private static func fixture(_ name: String) throws -> JSONValue {
    try JSONParser.parse(
      Repository.data(name), name: name)
  }

  private static let all = [
    TextMarks(), TextMarks(bos: true), TextMarks(eos: true), TextMarks(bos: true, eos: true),
  ]

  @Test("is read from the post-processor as transformers reads it")
  func reading() throws {
    let cases = try #require(Self.fixture("marks.json").array)
    #expect(cases.count == 24)
    for item in cases {
      let tokenizer = JSONValue.object([("post_processor", item["post_processor"] ?? .null)])
      #expect(
        PostProcessor.marks(tokenizer)
          == TextMarks(bos: item["bos"]?.bool == true, eos: item["eos"]?.bool == true),
        "\(item.line)")
    }
  }

  @Test("both exports say the same, and read as they say")
  func agreement() throws {
    for kind in ["llama", "qwen2"] {
      let model = try LanguageModel.load(files: TextFixture.folder("tiny-\(kind)"))
      #expect(model.marks == TextMarks())
      for marks in Self.all {
        let files = try model.data(dtype: .bf16, marks: marks)
        let folder = try LanguageModel.load(files: files)
        let file = try TextFixture.model(gguf: model.gguf(dtype: .bf16, marks: marks))
        #expect(folder.marks == marks)
        #expect(file.marks == marks)
        // Nothing is added here, whatever a file says.
        #expect(try folder.tokenizer.encode("a b") == model.tokenizer.encode("a b"))
        // A conversion of either keeps it, and the one to none is the files as they were.
        #expect(
          try LanguageModel.load(files: file.data(dtype: .bf16, marks: marks)).marks == marks)
        let none = try LanguageModel.load(files: folder.data(dtype: .bf16, marks: TextMarks()))
        #expect(none.marks == TextMarks())
        let config = try JSONParser.parse(files["tokenizer_config.json"] ?? Data(), name: "c")
        #expect((config["add_bos_token"]?.bool ?? false) == marks.bos)
      }
      let plain = try model.data(dtype: .bf16)
      #expect(try model.data(dtype: .bf16, marks: TextMarks()) == plain)
    }
  }

  @Test("GGUF files without the keys are read by llama.cpp's defaults")
  func defaults() throws {
    func marks(_ more: [(String, GGUFBuilder.Value)]) throws -> TextMarks {
      let metadata = more.map { ("tokenizer.ggml.\($0.0)", $0.1) }
      return try GGUFTokenizer(GGUF(GGUFBuilder(metadata: metadata).data, name: "m")).marks()
    }
    let ids: [(String, GGUFBuilder.Value)] = [
      ("bos_token_id", .u32(1)), ("eos_token_id", .u32(2)),
    ]
    let gpt2: (String, GGUFBuilder.Value) = ("model", .string("gpt2"))
    #expect(try marks(ids + [gpt2, ("pre", .string("qwen2"))]) == TextMarks())
    #expect(try marks(ids + [gpt2, ("pre", .string("llama-bpe"))]) == TextMarks(bos: true))
    #expect(try marks(ids + [gpt2]) == TextMarks())
    #expect(try marks(ids + [("model", .string("llama"))]) == TextMarks(bos: true))
    #expect(try marks([gpt2, ("pre", .string("llama-bpe"))]) == TextMarks())
    #expect(
      try marks(ids + [gpt2, ("pre", .string("llama-bpe")), ("add_bos_token", .bool(false))])
        == TextMarks())
    #expect(
      try marks(ids + [gpt2, ("add_bos_token", .bool(true)), ("add_eos_token", .bool(true))])
        == TextMarks(bos: true, eos: true))
  }
}

@Suite("End tokens in GGUF")
struct GGUFEndTokensTests {
  /// A model whose added tokens are `tokens`, of which `ends` end a text.
  private static func model(
    _ tokens: [String], ends: [String], template: Bool = true
  ) throws -> LanguageModel {
    let tokenizer = try ByteTokenizer(specials: tokens, tags: [])
    let config = ModelConfig(
      vocabSize: tokenizer.vocabularySize, hiddenSize: 32, intermediateSize: 32,
      numHiddenLayers: 1, numAttentionHeads: 2)
    return LanguageModel(
      config: config, tokenizer: tokenizer,
      chatTemplate: template ? try ChatTemplate.named("chatml") : nil,
      eosTokenIDs: ends.compactMap(tokenizer.specialTokenID), seed: 1)
  }

  private static func names(_ model: LanguageModel) throws -> [String: String] {
    let file = try GGUF(model.gguf(dtype: .f32), name: "m")
    return ["eos", "eot", "eom"].reduce(into: [:]) { names, key in
      let id = file.metadata["tokenizer.ggml.\(key)_token_id"]?.int
      names[key] = id.map { model.tokenizer.token(Int32($0)) }
    }
  }

  private static let llama3 = ["<|end_of_text|>", "<|eom_id|>", "<|eot_id|>"]

  @Test("are named by what they mean, not by their place")
  func meanings() throws {
    let chat = ["eos": "<|eot_id|>", "eot": "<|eot_id|>", "eom": "<|eom_id|>"]
    for ends in [Self.llama3, Self.llama3.reversed()] {
      #expect(try Self.names(Self.model(Self.llama3, ends: ends)) == chat)
    }
    #expect(
      try Self.names(Self.model(Self.llama3, ends: Self.llama3, template: false))
        == ["eos": "<|end_of_text|>", "eot": "<|eot_id|>", "eom": "<|eom_id|>"])
    #expect(
      try Self.names(Self.model(Self.llama3, ends: ["<|end_of_text|>"], template: false))
        == ["eos": "<|end_of_text|>"])
    let qwen = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    for ends in [["<|im_end|>", "<|endoftext|>"], ["<|endoftext|>", "<|im_end|>"]] {
      #expect(
        try Self.names(Self.model(qwen, ends: ends)) == ["eos": "<|im_end|>", "eot": "<|im_end|>"])
    }
    #expect(try Self.names(Self.model(["<done>"], ends: ["<done>"])) == ["eos": "<done>"])
    #expect(try Self.names(Self.model(["<done>"], ends: [])) == [:])
  }

  @Test("that llama.cpp does not know take a free name, and are refused where there is none")
  func unknown() throws {
    let tokens = ["<one>", "<two>", "<three>", "<four>", "<|im_end|>"]
    #expect(
      try Self.names(Self.model(tokens, ends: ["<one>", "<two>"], template: false))
        == ["eos": "<one>", "eot": "<two>"])
    #expect(
      try Self.names(Self.model(tokens, ends: ["<one>", "<|im_end|>"]))
        == ["eos": "<|im_end|>", "eot": "<|im_end|>", "eom": "<one>"])
    expectError(
      .unsupported,
      "llama.cpp would not end at '<four>': GGUF has names for three end tokens, and this model has "
        + "more that llama.cpp does not know; export the model as hf"
    ) {
      _ = try Self.model(
        tokens, ends: ["<one>", "<two>", "<three>", "<four>"], template: false
      ).gguf(dtype: .f32)
    }
  }

  @Test("all come back, in their order")
  func roundTrip() throws {
    for ends in [Self.llama3, ["<|eot_id|>", "<|end_of_text|>"], ["<|eom_id|>"], []] {
      let model = try Self.model(Self.llama3, ends: ends)
      let data = try model.gguf(dtype: .f32)
      let read = try GGUFModel.read(data, name: "m")
      #expect(read.ids.eos == model.eosTokenIDs)
      try read.check()
    }
  }
}
