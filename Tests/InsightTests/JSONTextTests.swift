import Foundation
import Testing

@testable import Insight

@Suite("JSON output")
struct JSONTextTests {
  @Test("members keep their order and numbers their type")
  func shape() {
    let document = JSONText.object([
      ("b", .int(1)), ("a", .double(2)), ("list", .list([.bool(true), .null])),
    ])
    #expect(document.line == #"{"b":1,"a":2.0,"list":[true,null]}"#)
  }

  @Test("numbers that are not finite become null")
  func nonFinite() {
    let values: [JSONText] = [
      .double(.nan), .double(.infinity), .float(-.infinity), .double(1e300), .float(0.1),
    ]
    #expect(JSONText.list(values).line == "[null,null,null,1e+300,0.1]")
  }

  @Test("text comes back as it was from another JSON reader")
  func text() throws {
    let hard = "quote \" slash \\ tab \t line \n bell \u{7} 日本 🙂 \u{2028} e\u{301} \u{0}"
    let line = JSONText.list([.string(hard)]).line
    #expect(!line.contains("\n"))
    let read = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String]
    #expect(read?.first?.unicodeScalars.elementsEqual(hard.unicodeScalars) == true)
  }

  @Test("a Float is written so that it reads back as the same Float")
  func floats() throws {
    let values: [Float] = [-1.1754944e-38, 0.1, -2.3841858e-7, 3.4028235e38, -13.816, 1.0 / 3]
    let line = JSONText.floats(values).line
    let read = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [Double]
    #expect(read?.map { Float($0) } == values)
  }
}
