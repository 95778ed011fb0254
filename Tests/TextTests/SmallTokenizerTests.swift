import Foundation
import Testing

@testable import Text

@Suite("Byte and character tokenizers")
struct SmallTokenizerTests {
  private func reread(_ tokenizer: any Tokenizer) throws -> any Tokenizer {
    let data = try #require(tokenizer.files()["tokenizer.json"])
    return try TokenizerJSON.read(data, name: "t", originals: ["tokenizer.json": data])
  }

  @Test("a byte's id is the byte; added tokens follow")
  func bytes() throws {
    let tokenizer = try ByteTokenizer()
    #expect(tokenizer.vocabularySize == 263)
    #expect(tokenizer.encode("aé\n<think>é<|im_end|>") == [97, 195, 169, 10, 259, 195, 169, 258])
    #expect(tokenizer.decode([97, 195, 169, 10, 259, 258]) == "aé\n<think><|im_end|>")
    #expect(tokenizer.decode([195]) == "\u{FFFD}")
    #expect(tokenizer.decode([-1, 263, 300]) == "")
    #expect([97, 32, 195, 256].map(tokenizer.token) == ["a", "Ġ", "Ã", "<|endoftext|>"])
  }

  @Test("the byte tokenizer reads back from its tokenizer.json, which stays as it was")
  func bytesReread() throws {
    let tokenizer = try ByteTokenizer(specials: ["<s>", "</s>"], tags: ["<x>"])
    let copy = try reread(tokenizer)
    #expect(copy is ByteTokenizer)
    #expect(copy.specialTokens == tokenizer.specialTokens)
    #expect(try copy.files() == tokenizer.files())
  }

  @Test("a character's id is its place in the alphabet")
  func characters() throws {
    let tokenizer = try CharacterTokenizer(alphabet: "ab é", specials: ["<e>"], tags: [])
    #expect(try tokenizer.encode("é a<e>b") == [3, 2, 0, 4, 1])
    #expect(tokenizer.decode([3, 2, 0, 4, 1]) == "é a<e>b")
    #expect(tokenizer.decode([-1, 5]) == "")
    #expect(tokenizer.vocabularySize == 5)
    #expect(try CharacterTokenizer().encode("\n ~<|im_start|>") == [0, 1, 95, 97])
  }

  @Test("characters that look alike are different characters")
  func scalars() throws {
    let tokenizer = try CharacterTokenizer(alphabet: "e\u{301}\u{E9}\u{212B}\u{C5}", specials: [])
    #expect(try tokenizer.encode("e\u{301}\u{E9}\u{C5}\u{212B}") == [0, 1, 2, 4, 3])
    let copy = try reread(tokenizer)
    #expect(try copy.encode("e\u{301}\u{E9}\u{C5}\u{212B}") == [0, 1, 2, 4, 3])
  }

  @Test("a character outside the alphabet is an error that names it")
  func unknown() throws {
    expectError(
      .invalidText,
      "the character tokenizer has no 'é' (U+00E9) in its alphabet of 96 characters; "
        + "add it to the alphabet or take the byte tokenizer"
    ) { _ = try CharacterTokenizer().encode("Café") }
  }

  @Test("an alphabet or a list of specials with doubles is an error")
  func doubles() throws {
    expectError(.mismatch, "the alphabet has 'a' (U+0061) twice") {
      _ = try CharacterTokenizer(alphabet: "aba")
    }
    expectError(.mismatch, "the special token '<x>' is listed twice") {
      _ = try ByteTokenizer(specials: ["<x>"], tags: ["<x>"])
    }
    expectError(.mismatch, "the special token 'x' must have at least two characters") {
      _ = try ByteTokenizer(specials: ["x"])
    }
  }

  @Test("the character tokenizer reads back from its tokenizer.json, which stays as it was")
  func charactersReread() throws {
    let tokenizer = try CharacterTokenizer()
    let copy = try reread(tokenizer)
    #expect((copy as? CharacterTokenizer)?.alphabet == tokenizer.alphabet)
    #expect(copy.specialTokens == tokenizer.specialTokens)
    #expect(try copy.files() == tokenizer.files())
  }

  @Test("a word level model of real words is not taken for characters")
  func words() throws {
    let data = try #require(CharacterTokenizer(alphabet: "ab").files()["tokenizer.json"])
    let text = String(decoding: data, as: UTF8.self)
    for (old, new) in [("\"b\": 1", "\"be\": 1"), (#"[\\s\\S]"#, #"\\w+"#)] {
      let changed = text.replacing(old, with: new)
      #expect(changed != text)
      expectError(
        .unsupported, "t: a WordLevel model of other words than characters is not supported"
      ) { _ = try TokenizerJSON.read(Data(changed.utf8), name: "t", originals: [:]) }
    }
  }
}
