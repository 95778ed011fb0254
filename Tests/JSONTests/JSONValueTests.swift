import Foundation
import Testing

@testable import JSON

@Suite("JSON")
struct JSONValueTests {
  private func parse(_ text: String) throws -> JSONValue { try JSONParser.parse(Array(text.utf8)) }

  /// The same value as Foundation reads it.
  private func foundation(_ value: JSONValue) -> NSObject {
    switch value {
    case .null, .verbatim: NSNull()
    case .bool(let flag): NSNumber(value: flag)
    case .number(let spelling): NSNumber(value: Double(spelling) ?? .nan)
    case .string(let text): NSString(string: text)
    case .array(let values): NSArray(array: values.map(foundation))
    case .object(let values):
      NSDictionary(
        dictionary: Dictionary(values.map { ($0.key, foundation($0.value)) }) { $1 })
    }
  }

  @Test(
    "documents are read as Foundation reads them",
    arguments: [
      #"{"a": [1, -2.5, 3e2, 0.1E-3, true, false, null], "b": {"c": "d"}}"#, "[]", "{}", " 0 ",
      #""\u00e9\ud83d\ude00 \\ \" \/ \b\f\n\r\t""#, #"{"": {"": [[[]]]}}"#, #"["\u2028", "é😀"]"#,
      #"{"a":1,"b":[{"c":null}]}"#, "-0", "12345678901234567890",
      "[1E5, 1e-400, 1.7e308]",
    ])
  func oracle(text: String) throws {
    let expected = try JSONSerialization.jsonObject(
      with: Data(text.utf8), options: .fragmentsAllowed)
    #expect(foundation(try parse(text)).isEqual(expected))
    var written = ""
    try parse(text).write(into: &written)
    #expect(try parse(written) == parse(text))
  }

  @Test(
    "broken documents are refused at the right place",
    arguments: [
      (#"{"a": }"#, 6), (#"{"a" 1}"#, 5), (#"{"a": 1"#, 7), (#"{"a": 1,}"#, 8), ("[1 2]", 3),
      ("[1,]", 3), (#""abc"#, 4), ("\"a\u{1}\"", 2), (#""\x""#, 2), (#""\ud800""#, 7),
      (#""\ud800\u0041""#, 13), (#""\u12g4""#, 3), ("01", 1), ("1.", 2), ("1e", 2), ("+1", 0),
      ("nul", 0), ("tru", 0), ("1 2", 2), ("", 0), ("{a: 1}", 1), ("'a'", 0), ("NaN", 0),
      (#"{"a": 1} x"#, 9), ("]", 0), ("\u{FEFF}{}", 0),
    ])
  func broken(text: String, offset: Int) {
    #expect(throws: JSONSyntaxError.self) { try parse(text) }
    do {
      _ = try parse(text)
    } catch {
      #expect((error as? JSONSyntaxError)?.offset == offset, "\(text)")
    }
  }

  @Test(
    "what other programs write for values is named, with the remedy",
    arguments: [
      (#"{"a": NaN}"#, 6, "NaN is not JSON (pandas writes it for missing values); use null"),
      ("[1, Infinity]", 4, "Infinity is not JSON; use null or a finite number"),
      ("[-Infinity]", 1, "Infinity is not JSON; use null or a finite number"),
      (
        "[0, -1.5e400]", 4,
        "the number is beyond the range of 64-bit floats; use null or a string"
      ),
      (
        #"{"a": None}"#, 6,
        "this is Python, not JSON, which has null, true and false; use json.dumps"
      ),
      (#"{"a": 'b'}"#, 6, "JSON has strings in double quotes only"),
    ])
  func otherSpellings(text: String, offset: Int, message: String) {
    let error = #expect(throws: JSONSyntaxError.self) { try parse(text) }
    #expect(error?.offset == offset)
    #expect(error?.message == message)
  }

  @Test("strings of any length with marks at any place are read as they are")
  func strings() throws {
    for length in 0..<40 {
      for place in 0...length {
        var text = String(repeating: "a", count: place) + "é\"\\/\n\u{1}"
        text += String(repeating: "z", count: length - place)
        let encoded = try JSONEncoder().encode([text])
        #expect(try JSONParser.parse(Array(encoded)) == .array([.string(text)]))
      }
    }
  }

  @Test("nesting is bounded")
  func depth() throws {
    let nested = { String(repeating: "[", count: $0) + String(repeating: "]", count: $0) }
    #expect(throws: Never.self) { try parse(nested(64)) }
    #expect(throws: JSONSyntaxError.self) { try parse(nested(65)) }
    #expect(throws: JSONSyntaxError.self) { try parse(String(repeating: "[", count: 1_000_000)) }
    #expect(throws: JSONSyntaxError.self) {
      try parse(String(repeating: #"{"a":"#, count: 500_000))
    }
  }

  @Test("numbers keep their spelling, of a repeated key the last value counts")
  func details() throws {
    #expect(try parse("43.0") == .number("43.0"))
    #expect(try parse(#"{"a": 1, "a": 2}"#) == .object(["a": .number("2")]))
  }
}
