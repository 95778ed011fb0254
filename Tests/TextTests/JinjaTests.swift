import Foundation
import JSON
import TestSupport
import Testing

@testable import Text

@Suite("Jinja")
struct JinjaTests {
  static func file(_ path: String) throws -> Data {
    try Data(contentsOf: Repository.root.appending(path: path))
  }

  static func render(_ template: String, _ variables: [String: JinjaValue] = [:]) throws -> String {
    try JinjaRenderer.render(JinjaTemplate(template), variables)
  }

  /// The reason of the error that a template ends with; nil if it renders.
  static func reason(_ template: String) -> String? {
    do {
      _ = try render(template)
      return nil
    } catch {
      return (error as? JinjaError)?.reason ?? "\(error)"
    }
  }

  @Test("numbers of messages and tools are numbers to a template, as Python writes them")
  func numbers() throws {
    for (spelling, text) in [
      ("7", "7"), ("0.5", "0.5"), ("2.0", "2.0"), ("1e-7", "1e-07"), ("-3", "-3"), ("1E2", "100.0"),
      ("-0", "0"), ("-0.0", "-0.0"), ("1.0", "1.0"), ("1E5", "100000.0"), ("1e22", "1e+22"),
      ("0.1000000000000000055", "0.1"), ("123456789012345678.0", "1.2345678901234568e+17"),
      ("9223372036854775807", "9223372036854775807"), ("1e400", "Infinity"),
      ("18446744073709551616", "18446744073709551616"),
      ("-9223372036854775809", "-9223372036854775809"),
    ] {
      let value = JinjaValue(JSONValue.number(spelling))
      #expect(try Self.render("{{ x|tojson }} {{ x is number }}", ["x": value]) == "\(text) True")
    }
  }

  @Test("whole numbers beyond 64 bits are written exactly, and not calculated with")
  func longNumbers() throws {
    let value = JinjaValue(JSONValue.number("18446744073709551616"))
    let template =
      "{{ x }} {{ x|int }} {{ x is integer }} {{ x is float }} {{ x == x }} {{ {'a': x} }}"
    #expect(
      try Self.render(template, ["x": value])
        == "18446744073709551616 18446744073709551616 True False True {'a': 18446744073709551616}")
    let error = #expect(throws: JinjaError.self) { try Self.render("{{ x + 1 }}", ["x": value]) }
    #expect(error?.reason.hasSuffix("'+' of a whole number beyond 64 bits and a number") == true)
  }

  @Test("templates give what transformers' Jinja gives, or an error where that has one")
  func golden() throws {
    let golden = try JSONParser.parse(Self.file("Tests/Fixtures/jinja.json"), name: "jinja.json")
    let context = try #require(golden["context"]?.object)
    let variables = Dictionary(uniqueKeysWithValues: context.map { ($0.key, JinjaValue($0.value)) })
    let cases = try #require(golden["cases"]?.array)
    #expect(cases.count > 700)
    for example in cases {
      let template = try #require(example.array?.first?.string)
      let expected = example.array?.last?.string
      do {
        let text = try Self.render(template, variables)
        #expect(
          expected.map { Array($0.utf8) } == Array(text.utf8),
          "\(template): \(text.debugDescription)")
      } catch let error as JinjaError {
        #expect(expected == nil, "\(template): \(error.reason)")
        // A rendering always knows where it is.
        #expect(error.place != nil, "\(template)")
      }
    }
  }

  @Test("an error names the line and the column")
  func places() {
    let cases = [
      ("a\n  {{ x.y }}", "line 2, column 7: 'x' is undefined"),
      ("{% for i in [1, 0] %}\n{{ 1 // i }}{% endfor %}", "line 2, column 6: a division by zero"),
      ("\n{% frob x %}", "line 2, column 4: the statement 'frob' is not supported"),
      ("{{ 'a'|urlize }}", "line 1, column 8: the filter 'urlize' is not supported"),
      ("{{ ['a']|map('urlize') }}", "line 1, column 10: the filter 'urlize' is not supported"),
      ("{{ 1 is strange }}", "line 1, column 9: the test 'strange' is not supported"),
      ("{{ 'a'.encode() }}", "line 1, column 7: the method 'encode' is not supported"),
      ("{{ lipsum() }}", "line 1, column 4: the function 'lipsum' is not supported"),
      (
        "{% if 1 %}\n{% if 2 %}{% endif %}",
        "line 1, column 4: 'if' has no 'elif' or 'else' or 'endif'"
      ),
      ("x\n{{ 'open", "line 2, column 4: a string does not end"),
      (
        "{% macro m(a) %}\n{{ a + 1 }}{% endmacro %}{{ m('x') }}",
        "line 2, column 6: '+' of a string and a number"
      ),
      (
        "{{ strftime_now('%Y') }}",
        "line 1, column 16: 'strftime_now' is not supported: a text must not depend on the date"
      ),
      (
        "{% for i in [] recursive %}{% endfor %}",
        "line 1, column 16: recursive loops are not supported"
      ),
    ]
    for (template, reason) in cases { #expect(Self.reason(template) == reason, "\(template)") }
  }

  @Test("the names in docs/chat-templates.md are those that there are")
  func documented() throws {
    let text = String(decoding: try Self.file("docs/chat-templates.md"), as: UTF8.self)
    var rows: [String: Set<String>] = [:]
    for line in text.split(separator: "\n") where line.hasPrefix("| ") {
      let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
      guard cells.count == 2 else { continue }
      let parts = cells[1].split(separator: "`", omittingEmptySubsequences: false)
      rows[cells[0]] = Set(
        parts.enumerated().filter { $0.offset % 2 == 1 }.map { String($0.element) })
    }
    #expect(rows["Statements"] == Set(JinjaParser.statements))
    #expect(rows["Filters"] == Set(JinjaFilter.names))
    #expect(rows["Tests"] == Set(JinjaTest.names))
    #expect(rows["Functions"] == Set(JinjaFunctions.names))
    for (of, names) in JinjaMethods.table {
      #expect(rows["Methods of \(of)"] == Set(names), "\(of)")
    }
    #expect(rows["Members of `loop`"] == Set(JinjaLoop.members))
  }
}
