import Foundation
import JSON
import Testing

@testable import Text

@Suite("Pre-tokenizers")
struct PreTokenizerTests {
  /// A text, and its ids by each pre-tokenizer.
  typealias Case = [String: JSONValue]

  static let kinds = ["llama3", "deepseek-v3", "deepseek-llm", "deepseek-coder", "o200k"]

  private func cases() throws -> [(text: String, ids: JSONValue)] {
    let root = try JSONParser.parse(TextFixture.data("more-tokenizations.json"), name: "cases")
    return (root["cases"]?.array ?? []).map { ($0["text"]?.string ?? "", $0) }
  }

  @Test("ids are those of the tokenizers library", arguments: kinds)
  func ids(kind: String) throws {
    let tokenizer = try TextFixture.tokenizer(kind)
    let cases = try cases()
    #expect(cases.count > 200)
    for (text, expected) in cases {
      let ids = try #require(expected[kind]?.array).compactMap(\.int)
      #expect(try tokenizer.encode(text).map(Int.init) == ids, "\(text.debug)")
      #expect(Array(tokenizer.decode(ids.map(Int32.init)).utf8) == Array(text.utf8))
    }
  }

  @Test("a tokenizer that is written again gives the same ids", arguments: kinds)
  func writing(kind: String) throws {
    let original = try #require(try TextFixture.tokenizer(kind) as? BPETokenizer)
    let data = TokenizerJSON.write(original.parts)
    let again = try TokenizerJSON.read(data, name: "again", originals: [:])
    for (text, _) in try cases() {
      #expect(try again.encode(text) == original.encode(text), "\(text.debug)")
    }
  }

  @Test("words that are scanned by hand are those of the expression")
  func scanners() throws {
    for expression in [SplitExpression.gpt2, .qwen2, .llama3, .digits] {
      let program = try SplitExpression.program(expression.source)
      for (text, _) in try cases() {
        let scalars = ScalarClasses(Array(text.utf8)[...])
        let range = 0..<scalars.count
        #expect(
          expression.ends(scalars, range) == program.ends(scalars, range),
          "\(expression.source) \(text.debug)")
      }
    }
  }

  @Test("long runs that have to be given back take time in proportion")
  func backtracking() throws {
    let text = String(repeating: " ", count: 50_000) + "x" + String(repeating: "1", count: 50_000)
    let scalars = ScalarClasses(Array(text.utf8)[...])
    for expression in [SplitExpression.qwen2, .llama3] {
      let program = try SplitExpression.program(expression.source)
      let ends = program.ends(scalars, 0..<scalars.count)
      #expect(ends == expression.ends(scalars, 0..<scalars.count))
    }
  }

  @Test("llama.cpp's names go both ways")
  func names() throws {
    for name in PreTokenizer.names where name != "deepseek-r1-qwen" {
      let known = try #require(try PreTokenizer.named(name))
      let back = try known.preTokenizer.name(
        normalizesNFC: known.normalizesNFC, ignoresMerges: known.ignoresMerges)
      #expect(back == name)
    }
    #expect(try PreTokenizer.named("deepseek-r1-qwen")?.preTokenizer == .qwen2)
    #expect(try PreTokenizer.named("tekken") == nil)
    #expect(try PreTokenizer.gpt2.name(normalizesNFC: true, ignoresMerges: false) == nil)
  }
}
