import Foundation
import Testing

@testable import Text

@Suite("Byte-level BPE")
struct TokenizerTests {
  struct Golden: Decodable {
    struct Case: Decodable {
      let text: String
      let gpt2: [Int32]
      let smollm: [Int32]
      let qwen2: [Int32]
      /// The text after normalisation, where that changes it.
      let decoded: String?
      let tokens: [String]?

      func ids(_ kind: String) -> [Int32] {
        kind == "gpt2" ? gpt2 : kind == "smollm" ? smollm : qwen2
      }
    }

    struct Broken: Decodable {
      let ids: [Int32]
      let text: String
    }

    let cases: [Case]
    let broken: [Broken]
  }

  let golden: Golden

  init() throws { golden = try TextFixture.decode("tokenizations.json", as: Golden.self) }

  @Test("ids are those of the tokenizers library", arguments: ["gpt2", "smollm", "qwen2"])
  func ids(kind: String) throws {
    let tokenizer = try TextFixture.tokenizer(kind)
    #expect(golden.cases.count > 400)
    for example in golden.cases {
      #expect(try tokenizer.encode(example.text) == example.ids(kind), "\(example.text.debug)")
    }
  }

  @Test("decoding gives the text back, but for Qwen2's normalisation")
  func decoding() throws {
    for kind in ["gpt2", "smollm", "qwen2"] {
      let tokenizer = try TextFixture.tokenizer(kind)
      for example in golden.cases {
        let expected = kind == "qwen2" ? example.decoded ?? example.text : example.text
        let text = tokenizer.decode(example.ids(kind))
        #expect(Array(text.utf8) == Array(expected.utf8), "\(example.text.debug)")
      }
    }
  }

  @Test("tokens are spelled as the tokenizers library spells them")
  func spelling() throws {
    let tokenizer = try TextFixture.tokenizer("qwen2")
    for example in golden.cases {
      guard let tokens = example.tokens else { continue }
      #expect(example.qwen2.map(tokenizer.token) == tokens)
    }
  }

  @Test("parts of characters decode to replacement characters as in the tokenizers library")
  func brokenUTF8() throws {
    let tokenizer = try TextFixture.tokenizer("qwen2")
    #expect(golden.broken.contains { $0.text.contains("\u{FFFD}") })
    for example in golden.broken {
      #expect(Array(tokenizer.decode(example.ids).utf8) == Array(example.text.utf8))
    }
  }

  @Test("a character's tokens one by one hold all of its bytes")
  func bytesOfParts() throws {
    let tokenizer = try TextFixture.tokenizer("gpt2")
    let ids = try tokenizer.encode("😀")
    #expect(ids.count > 1)
    #expect(ids.flatMap(tokenizer.bytes) == Array("😀".utf8))
    #expect(tokenizer.decode(Array(ids.dropLast())).contains("\u{FFFD}"))
  }

  @Test("ids outside the vocabulary decode to nothing")
  func outsideIDs() throws {
    let tokenizer = try TextFixture.tokenizer("smollm")
    let outside: [Int32] = [-1, Int32(tokenizer.vocabularySize), .max, .min]
    #expect(tokenizer.decode(outside) == "")
    #expect(outside.map(tokenizer.token) == ["", "", "", ""])
  }

  @Test("special tokens come with their ids, and only control tokens are special")
  func specials() throws {
    let tokenizer = try TextFixture.tokenizer("smollm")
    #expect(tokenizer.specialTokenID("<|im_start|>") == 1)
    #expect(tokenizer.specialTokenID("<|im_start|") == nil)
    let flags = tokenizer.specialTokens.map { "\($0.text) \($0.isSpecial) \($0.isNormalized)" }
    #expect(
      flags == [
        "<|endoftext|> true false", "<|im_start|> true false", "<|im_end|> true false",
        "<think> false false", "<think>! false false", "größer€ false true",
      ])
  }

  @Test("a long word takes time in proportion to its length, and merges as a short one does")
  func longWord() throws {
    let tokenizer = try TextFixture.tokenizer("gpt2")
    let short = try tokenizer.encode(String(repeating: "the", count: 100))
    let long = try tokenizer.encode(String(repeating: "the", count: 30_000))
    #expect(long.count == 300 * short.count)
    #expect(long.prefix(50) == short.prefix(50))
  }

  @Test("the cache of words changes nothing, neither when it is warm nor when it is full")
  func cache() throws {
    let tokenizer = try TextFixture.tokenizer("smollm")
    let before = try golden.cases.map { try tokenizer.encode($0.text) }
    for number in 0..<40_000 { _ = try tokenizer.encode("w\(String(number, radix: 36))x") }
    #expect(try golden.cases.map { try tokenizer.encode($0.text) } == before)
  }

  @Test("texts encoded at the same time do not disturb one another")
  func concurrency() async throws {
    let tokenizer = try TextFixture.tokenizer("smollm")
    let cases = golden.cases
    await withTaskGroup(of: Bool.self) { group in
      for part in 0..<4 {
        group.addTask {
          cases.indices.filter { $0 % 4 == part || $0 % 3 == 0 }.allSatisfy {
            (try? tokenizer.encode(cases[$0].text)) == cases[$0].smollm
          }
        }
      }
      for await isEqual in group { #expect(isEqual) }
    }
  }
}

extension String {
  /// The text in ASCII, for messages.
  var debug: String { unicodeScalars.map { $0.escaped(asASCII: true) }.joined() }
}
