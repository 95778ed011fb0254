import Testing

@testable import Recipes

@Suite struct ScalarFormTests {
  @Test(
    "numbers are read as a person writes them",
    arguments: [
      ("1e-4", 1e-4), ("1E5", 1e5), ("2.5e+3", 2500), (".5", 0.5), ("5.", 5), ("-0.25", -0.25),
      ("+1.5", 1.5), ("1_000.5", 1000.5), ("0.1", 0.1), ("1e-400", 0), ("-0.0", 0),
    ])
  func numbers(text: String, value: Double) {
    #expect(ScalarForm(text) == .number(value))
  }

  @Test(
    "integers keep every digit",
    arguments: [
      ("0", 0), ("-17", -17), ("+3", 3), ("20_000", 20_000), ("0x1F", 31), ("0o17", 15),
      ("9223372036854775807", Int.max), ("-9223372036854775808", Int.min), ("007", 7),
    ])
  func integers(text: String, value: Int) {
    #expect(ScalarForm(text) == .int(value))
  }

  @Test(
    "what only looks like a number is text",
    arguments: [
      "1e", "e5", ".", "-", "+", "_1", "1_", "1__0", "1.2.3", "0x", "0xg", "0x-1", "1 2", "١٢",
      "yes", "off", "1e5.5", "--1", "$x", "0b1",
    ])
  func text(_ text: String) { #expect(ScalarForm(text) == .string) }

  @Test("null, booleans and what is not finite")
  func words() {
    for text in ["", "~", "null", "NULL"] { #expect(ScalarForm(text) == .null) }
    #expect(ScalarForm("true") == .bool(true))
    #expect(ScalarForm("False") == .bool(false))
    for text in [".inf", "-.INF", "inf", ".nan", "NaN", "1e999"] {
      #expect(ScalarForm(text) == .notFinite)
    }
    #expect(ScalarForm("9223372036854775808") == .hugeInt(0x1p63))
  }
}
