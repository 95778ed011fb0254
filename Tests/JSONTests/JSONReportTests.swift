import Foundation
import JSON
import Testing

@Suite("JSON output")
struct JSONReportTests {
  @Test("members keep their order and numbers their type")
  func shape() {
    let document = JSONValue.object([
      ("b", .int(1)), ("a", .double(2)), ("list", .array([.bool(true), .null])),
    ])
    #expect(document.written(.report) == #"{"b":1,"a":2.0,"list":[true,null]}"#)
  }

  @Test("numbers that are not finite become null")
  func nonFinite() {
    let values: [JSONValue] = [
      .double(.nan), .double(.infinity), .float(-.infinity), .double(1e300), .float(0.1),
    ]
    #expect(JSONValue.array(values).written(.report) == "[null,null,null,1e+300,0.1]")
  }

  @Test("text comes back as it was from another JSON reader")
  func text() throws {
    let hard = "quote \" slash \\ tab \t line \n bell \u{7} 日本 🙂 \u{2028} e\u{301} \u{0}"
    let line = JSONValue.array([.string(hard)]).written(.report)
    #expect(!line.contains("\n"))
    let read = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String]
    #expect(read?.first?.unicodeScalars.elementsEqual(hard.unicodeScalars) == true)
  }

  @Test("a Float is written so that it reads back as the same Float")
  func floats() throws {
    let values: [Float] = [-1.1754944e-38, 0.1, -2.3841858e-7, 3.4028235e38, -13.816, 1.0 / 3]
    let line = JSONValue.floats(values).written(.report)
    let read = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [Double]
    #expect(read?.map { Float($0) } == values)
  }

  @Test("JSON that is stored is taken over as it is")
  func stored() {
    let stored = #"{"a":"\b"# + "\u{7F}\"}"
    let document = JSONValue.object([("components", .verbatim(stored))])
    #expect(document.written(.report) == "{\"components\":\(stored)}")
  }

  @Test("each kind of text has its escapes")
  func escapes() {
    let text = "é\"\\\n\r\t\u{8}\u{C}\u{1}\u{7F}\u{80}\u{2028}\u{FEFF}🙂"
    let start = #""é\"\\\n\r\t"#
    let plain = "\u{7F}\u{80}\u{2028}\u{FEFF}🙂\""
    #expect(JSONEscapes.file.quoted(text) == start + #"\u0008\u000c\u0001"# + plain)
    #expect(JSONEscapes.canonical.quoted(text) == start + #"\b\f\u0001"# + plain)
    #expect(
      JSONEscapes.line.quoted(text)
        == start + #"\u0008\u000c\u0001"# + "\u{7F}\u{80}" + #"\u2028"# + "\u{FEFF}🙂\"")
    #expect(
      JSONEscapes.report.quoted(text)
        == start + #"\u0008\u000c\u0001\u007f"# + "\u{80}" + #"\u2028"# + "\u{FEFF}🙂\"")
    #expect(
      JSONEscapes.yaml.quoted(text)
        == start + #"\b\f\u0001\u007f\u0080\u2028\ufeff"# + "🙂\"")
    #expect(
      JSONEscapes.ascii.quoted(text)
        == #""\u00e9\"\\\n\r\t\b\f\u0001\u007f\u0080\u2028\ufeff\ud83d\ude42""#)
  }
}
