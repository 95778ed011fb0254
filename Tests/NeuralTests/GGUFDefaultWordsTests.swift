import Testing
import Text

@testable import Neural

@Suite("Words of a GGUF file")
struct GGUFDefaultWordsTests {
  @Test("a file that names no pre-tokenizer is not cut as GPT-2 cuts")
  func defaultFile() throws {
    func tokenizer(_ pre: GGUFBuilder.Value?) throws -> any Tokenizer {
      let letters = ["1", "2", "3", "4", "12", "34", "123", "1234"]
      let merges = ["1 2", "3 4", "12 3", "12 34"]
      var metadata: [(String, GGUFBuilder.Value)] = [
        ("tokenizer.ggml.model", .string("gpt2")),
        ("tokenizer.ggml.tokens", .array(letters.map { .string($0) })),
        ("tokenizer.ggml.merges", .array(merges.map { .string($0) })),
      ]
      if let pre { metadata.append(("tokenizer.ggml.pre", pre)) }
      return try GGUFTokenizer(GGUF(GGUFBuilder(metadata: metadata).data, name: "m")).tokenizer()
    }
    #expect(try tokenizer(.string("gpt-2")).encode("1234") == [7])
    #expect(try tokenizer(nil).encode("1234") == [6, 3])
    #expect(try tokenizer(.string("default")).encode("1234") == [6, 3])
  }
}
