import Foundation
import Testing

@testable import JSON

@Suite("JSON files")
struct StrictJSONTests {
  private func parse(_ text: String) throws -> JSONValue {
    try JSONParser.parseStrictly(Array(text.utf8))
  }

  @Test("values, escapes and white space are read, and written back")
  func values() throws {
    let text =
      #" { "a" : [ 1 , -0.5e+3 , true , false , null ] , "é\n\u00e9\ud83d\ude00\/" : {} } "#
    let value = try parse(text)
    #expect(value.line == #"{"a":[1,-0.5e+3,true,false,null],"é\né😀/":{}}"#)
    #expect(value["a"]?.array?.first?.int == 1)
    #expect(value["a"]?.array?[1].double == -500)
    #expect(try JSONParser.parseStrictly([UInt8](value.data)).line == value.line)
    #expect(JSONValue.string("\u{1}\"\\\t").line == #""\u0001\"\\\t""#)
  }

  @Test("order of keys and spelling of numbers are kept")
  func kept() throws {
    let text = #"{"z":1000000000000000019884624838656,"a":1e-05,"m":0.10}"#
    #expect(try parse(text).line == text)
    #expect(try parse(text)["z"]?.int == nil)
    #expect(
      try parse(text).setting("a", nil).setting("q", .int(2)).line
        == #"{"z":1000000000000000019884624838656,"m":0.10,"q":2}"#)
  }

  @Test("canonically equivalent keys are different keys")
  func keys() throws {
    let value = try parse("{\"e\u{301}\":1,\"\u{E9}\":2}")
    #expect(value["\u{E9}"]?.int == 2)
    #expect(value["e\u{301}"]?.int == 1)
  }

  @Test(
    "what is no JSON is an error with its place",
    arguments: [
      ("", 0, "the text ends early"), ("{", 1, "a key must be a string"),
      ("[1,]", 3, "an unexpected character"), ("[1 2]", 3, "a comma or ] is missing"),
      ("{\"a\" 1}", 5, "a colon is missing"), ("{\"a\":1,\"a\":2}", 10, "the key 'a' twice"),
      ("01", 2, "a number with a leading zero"), ("1.", 2, "a number without digits after its"),
      ("1e", 2, "a number without digits in its exponent"), ("-", 1, "an unexpected character"),
      ("nul", 0, "an unknown word"), ("\"a", 2, "a string without end"),
      ("\"\\x\"", 3, "an unknown escape"), ("\"\\ud800\"", 7, "half a surrogate pair"),
      ("\"\\u12g4\"", 5, "a broken \\u escape"), ("\"\n\"", 2, "a control character in a string"),
      ("1 2", 2, "text after the value"), ("NaN", 0, "an unexpected character"),
    ])
  func broken(text: String, place: Int, message: String) {
    let error = #expect(throws: JSONSyntaxError.self) { try parse(text) }
    let words = error?.text(file: "f.json") ?? ""
    #expect(words.hasPrefix("f.json: broken JSON at byte \(place): \(message)"), "\(words)")
  }

  @Test("nesting and bytes that are not UTF-8 have limits")
  func limits() {
    let deep = String(repeating: "[", count: 100_000)
    #expect(throws: JSONSyntaxError.self) { try parse(deep) }
    #expect(throws: JSONSyntaxError.self) {
      try JSONParser.parseStrictly([0x22, 0xC3, 0x22])
    }
    #expect(throws: Never.self) {
      try parse(String(repeating: "[", count: 60) + String(repeating: "]", count: 60))
    }
  }
}
