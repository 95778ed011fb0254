import Foundation
import JSON
import TestSupport
import Testing

@testable import Text

/// Tests/Fixtures/edges.json, from the tokenizers library.
@Suite("Edges of added tokens, and llama.cpp's default words")
struct AddedTokenEdgesTests {
  private static func fixture() throws -> JSONValue {
    try JSONParser.parse(
      Repository.data("edges.json"), name: "edges.json")
  }

  @Test("space beside them and whole words are as the tokenizers library has them")
  func edges() throws {
    let root = try Self.fixture()
    let added = (root["added"]?.array ?? []).enumerated().map { index, token in
      AddedToken(
        id: Int32(256 + index), text: token["content"]?.string ?? "",
        edges: TokenizerJSON.edges.reduce(into: []) {
          if token[$1.key]?.bool == true { $0.insert($1.value) }
        })
    }
    let matcher = AddedTokenMatcher(added)
    let cases = try #require(root["texts"]?.array)
    #expect(cases.count > 300)
    for item in cases {
      let text = Array((item["text"]?.string ?? "").utf8)
      let found = matcher.split(text, text.indices).map { part in
        switch part {
        case .token(let id): "[\(added[Int(id) - 256].text)]"
        case .text(let range): String(decoding: text[range], as: UTF8.self)
        }
      }
      let expected = (item["tokens"]?.array ?? []).map { part in
        part.string ?? "[\(part.array?.first?.string ?? "")]"
      }
      #expect(found == expected, "\(item.line)")
    }
  }

  @Test("a tokenizer with edges is written as it was read")
  func writing() throws {
    let text = try String(decoding: TextFixture.data("tokenizer-smollm.json"), as: UTF8.self)
      .replacing("\"rstrip\":false", with: "\"rstrip\":true")
    let tokenizer = try TokenizerJSON.read(Data(text.utf8), name: "t", originals: [:])
    let bytePairs = try #require(tokenizer as? BPETokenizer)
    #expect(bytePairs.specialTokens.allSatisfy { $0.edges == .stripsRight })
    let again = try TokenizerJSON.read(
      TokenizerJSON.write(bytePairs.parts), name: "again", originals: [:])
    #expect(again.specialTokens == tokenizer.specialTokens)
    let ids = try tokenizer.encode("<|im_end|>  \n x")
    #expect(ids == (try tokenizer.encode("<|im_end|>x")))
    #expect(try again.encode("<|im_end|>  \n x") == ids)
  }

  @Test("runs of stripping tokens take time in proportion")
  func linear() {
    let matcher = AddedTokenMatcher([
      AddedToken(id: 0, text: "<a>", edges: [.stripsLeft, .stripsRight]),
      AddedToken(id: 1, text: " ", edges: []),
    ])
    let text = Array(String(repeating: "<a>  ", count: 40_000).utf8)
    #expect(!matcher.split(text, text.indices).isEmpty)
  }

  @Test("a GGUF file that names no pre-tokenizer is cut by llama.cpp's default expressions")
  func defaultWords() throws {
    let cuts = try #require(Self.fixture()["llama_cpp_default"]?.array)
    #expect(cuts.count > 200)
    let named = try #require(try PreTokenizer.named("default"))
    #expect(!named.normalizesNFC && !named.ignoresMerges)
    for item in cuts {
      let utf8 = Array((item["text"]?.string ?? "").utf8)
      let scalars = ScalarClasses(utf8[...])
      var (start, words) = (0, [String]())
      for index in named.preTokenizer.wordEnds(scalars) {
        let end = scalars.offsets[index]
        words.append(String(decoding: utf8[start..<end], as: UTF8.self))
        start = end
      }
      #expect(words == (item["words"]?.array ?? []).compactMap(\.string), "\(item.line)")
    }
  }
}
