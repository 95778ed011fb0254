import Foundation
import JSON
import Testing

@testable import Text

@Suite("tokenizer.json")
struct TokenizerJSONTests {
  /// A golden file with one change.
  private func changed(_ kind: String, _ change: (JSONValue) -> JSONValue) throws -> Data {
    let data = try TextFixture.data("tokenizer-\(kind).json")
    return change(try JSONParser.parse(data, name: "golden")).data
  }

  private func read(_ data: Data) throws -> any Tokenizer {
    try TokenizerJSON.read(data, name: "f/tokenizer.json", originals: [:])
  }

  @Test("a file that was read is written again byte for byte")
  func unchanged() throws {
    for kind in ["gpt2", "smollm", "qwen2"] {
      let files = try TextFixture.tokenizer(kind).files()
      #expect(files == ["tokenizer.json": try TextFixture.data("tokenizer-\(kind).json")])
    }
  }

  @Test(
    "a file written from the parts is read as the same tokenizer",
    arguments: ["gpt2", "smollm", "qwen2"])
  func rewritten(kind: String) throws {
    let tokenizer = try #require(TextFixture.tokenizer(kind) as? BPETokenizer)
    let copy = try read(TokenizerJSON.write(tokenizer.parts))
    #expect(copy.specialTokens == tokenizer.specialTokens)
    #expect(copy.vocabularySize == tokenizer.vocabularySize)
    let golden = try TextFixture.decode("tokenizations.json", as: TokenizerTests.Golden.self)
    for example in golden.cases {
      #expect(try copy.encode(example.text) == example.ids(kind))
    }
  }

  @Test("merges may be written as one string each, as older files do")
  func stringMerges() throws {
    let data = try changed("gpt2") { root in
      let merges = (root["model"]?["merges"]?.array ?? []).map { pair in
        JSONValue.string((pair.array ?? []).compactMap { $0.string }.joined(separator: " "))
      }
      return root.setting("model", root["model"]?.setting("merges", .array(merges)))
    }
    #expect(String(decoding: data, as: UTF8.self).contains("\"Ġ t\""))
    let text = "the numbers, and therefore"
    #expect(try read(data).encode(text) == TextFixture.tokenizer("gpt2").encode(text))
  }

  @Test("what changes the ids and is not supported is named")
  func unsupported() throws {
    let digits = #"{"type":"Digits","individual_digits":true}"#
    let cases: [(path: [String], value: String, message: String)] = [
      (["model", "type"], #""Unigram""#, "the model type 'Unigram'"),
      (["model", "byte_fallback"], "true", "'byte_fallback'"),
      (["model", "dropout"], "0.1", "'dropout'"),
      (["model", "end_of_word_suffix"], #""</w>""#, "'end_of_word_suffix'"),
      (["normalizer"], #"{"type":"NFKC"}"#, "the normalizer 'NFKC'"),
      (["decoder", "type"], #""Metaspace""#, "the decoder 'Metaspace' of a BPE model"),
      (["pre_tokenizer", "add_prefix_space"], "true", "'add_prefix_space'"),
      (["pre_tokenizer"], digits, "the pre-tokenizer \(digits)"),
    ]
    for (path, value, message) in cases {
      let value = try JSONParser.parse(Array(value.utf8), name: "value")
      let data = try changed("gpt2") { root in
        path.count == 1
          ? root.setting(path[0], value)
          : root.setting(path[0], root[path[0]]?.setting(path[1], value))
      }
      expectError(.unsupported, "f/tokenizer.json: \(message) is not supported") {
        _ = try read(data)
      }
    }
  }

  @Test(
    "an expression that says more than is understood is named",
    arguments: [
      (#"\\w+"#, #"'\w'"#), (#"a+?"#, "a lazy or possessive repetition"),
      (#"\\p{Han}+"#, #"'\p{Han}'"#), (#"(?<=a)b"#, "a group that begins with '(?'"),
      (#"(?!ab)c"#, "a look-ahead at more than one character"), (#"(ab)+"#, "a repeated group"),
      (#"[a[b]]"#, "a class in a class"), (#"(?i:é)"#, "'é' in any case"),
      (#"(a"#, "a group does not end"),
      (#"a)"#, "')' without '('"), (#"[a"#, "a class does not end"),
      (#"+"#, "'+' instead of a character"),
    ])
  func expressions(written: String, reason: String) throws {
    let text = try String(decoding: TextFixture.data("tokenizer-deepseek-v3.json"), as: UTF8.self)
    let changed = text.replacing(#""\\p{N}{1,3}""#, with: "\"\(written)\"")
    #expect(changed != text)
    let expression = written.replacing("\\\\", with: "\\")
    expectError(
      .unsupported,
      "f/tokenizer.json: \(reason), in the pre-tokenizer's expression '\(expression)', is not supported"
    ) { _ = try read(Data(changed.utf8)) }
  }

  @Test("a tokenizer without merges is a clear error")
  func noMerges() throws {
    let data = try changed("smollm") { root in
      root.setting("model", root["model"]?.setting("merges", .array([])))
    }
    expectError(
      .brokenFile,
      "f/tokenizer.json: the BPE model has no merges, so it cannot form words; use a "
        + "tokenizer.json with merges"
    ) { _ = try read(data) }
  }

  @Test("ids and merges that contradict the vocabulary are named")
  func contradictions() throws {
    let text = try String(decoding: TextFixture.data("tokenizer-gpt2.json"), as: UTF8.self)
    let cases = [
      (#"["Ġ","t"]"#, #"["Ġ","tq"]"#, "the merge 'Ġ tq' has tokens that are not in the vocabulary"),
      (#"["Ġ","t"]"#, #"["Ġ"]"#, #"the merge ["Ġ"] is not a pair"#),
      (
        #""id":1,"content":"<|im_start|>""#, #""id":1,"content":"<|x|>""#,
        "the id 1 belongs to '<|im_start|>' in the vocabulary and to '<|x|>' among the added tokens"
      ),
      (
        #""<|im_end|>":2"#, #""<|im_end|>":1"#,
        "the id 1 belongs to two tokens, '<|im_end|>' is "
          + "one of them"
      ),
      (
        #""<|im_end|>":2"#, #""<|im_end|>":9000000000"#,
        "the id of '<|im_end|>' is 9000000000; ids must be 0 to 1048575"
      ),
    ]
    for (old, new, message) in cases {
      let broken = text.replacing(old, with: new, maxReplacements: 1)
      #expect(broken != text, "\(old)")
      expectError(.brokenFile, "f/tokenizer.json: \(message)") {
        _ = try read(Data(broken.utf8))
      }
    }
  }
}
