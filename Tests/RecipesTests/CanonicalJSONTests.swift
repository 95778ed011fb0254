import Foundation
import JSON
import Settings
import Testing

@testable import Recipes

@Suite struct CanonicalJSONTests {
  /// RFC 8785, appendix B.
  @Test(
    "numbers are written as RFC 8785 says",
    arguments: [
      (0x0000_0000_0000_0000, "0"), (0x8000_0000_0000_0000, "0"),
      (0x0000_0000_0000_0001, "5e-324"), (0x8000_0000_0000_0001, "-5e-324"),
      (0x7FEF_FFFF_FFFF_FFFF, "1.7976931348623157e+308"),
      (0xFFEF_FFFF_FFFF_FFFF, "-1.7976931348623157e+308"),
      (0x4340_0000_0000_0000, "9007199254740992"),
      (0xC340_0000_0000_0000, "-9007199254740992"),
      (0x4430_0000_0000_0000, "295147905179352830000"),
      (0x44B5_2D02_C7E1_4AF5, "9.999999999999997e+22"),
      (0x44B5_2D02_C7E1_4AF6, "1e+23"),
      (0x44B5_2D02_C7E1_4AF7, "1.0000000000000001e+23"),
      (0x444B_1AE4_D6E2_EF4E, "999999999999999700000"),
      (0x444B_1AE4_D6E2_EF4F, "999999999999999900000"),
      (0x444B_1AE4_D6E2_EF50, "1e+21"),
      (0x3EB0_C6F7_A0B5_ED8C, "9.999999999999997e-7"),
      (0x3EB0_C6F7_A0B5_ED8D, "0.000001"),
      (0x41B3_DE43_5555_5553, "333333333.3333332"),
      (0x41B3_DE43_5555_5554, "333333333.33333325"),
      (0x41B3_DE43_5555_5555, "333333333.3333333"),
      (0x41B3_DE43_5555_5556, "333333333.3333334"),
      (0x41B3_DE43_5555_5557, "333333333.33333343"),
      (0xBECB_F647_612F_3696, "-0.0000033333333333333333"),
      (0x4314_3FF3_C1CB_0959, "1424953923781206.2"),
    ] as [(UInt64, String)])
  func numbers(bits: UInt64, text: String) {
    #expect(ConfigValue.double(Double(bitPattern: bits)).canonicalJSON == text)
  }

  @Test("3.0 is 3, integers keep every digit, what is not finite is null")
  func decisions() {
    #expect(ConfigValue.double(3).canonicalJSON == ConfigValue.int(3).canonicalJSON)
    #expect(ConfigValue.int(.max).canonicalJSON == "9223372036854775807")
    #expect(ConfigValue.list([.double(.nan), .double(-.infinity)]).canonicalJSON == "[null,null]")
  }

  /// RFC 8785, section 3.2.3.
  @Test("keys are sorted by UTF-16 code units")
  func keys() {
    let value: ConfigValue = [
      "\u{20ac}": "Euro Sign", "\r": "Carriage Return", "\u{fb33}": "Hebrew Letter Dalet",
      "1": "One", "\u{1f600}": "Emoji", "\u{80}": "Control", "\u{f6}": "O Diaeresis",
    ]
    let names = [
      "Carriage Return", "One", "Control", "O Diaeresis", "Euro Sign", "Emoji", "Hebrew",
    ]
    let text = value.canonicalJSON
    let places = names.compactMap { text.range(of: $0)?.lowerBound }
    #expect(places.count == names.count)
    #expect(places == places.sorted())
  }

  /// RFC 8785, section 3.2.2.2.
  @Test("strings have the escapes that they need and no others")
  func strings() {
    let text = "\u{20ac}$\u{F}\u{A}A'\u{42}\u{22}\u{5c}\u{5c}\u{22}/\u{7F}\u{8}\u{C}\t\r"
    #expect(
      ConfigValue.string(text).canonicalJSON
        == #""€$\u000f\nA'B\"\\\\\"/"# + "\u{7F}" + #"\b\f\t\r""#)
  }

  @Test("every double reads back as itself")
  func doubles() {
    var generator = SplitMix(state: 1)
    let values = (0..<20_000).map { _ in Double(bitPattern: generator.next()) }
    let wrong = values.filter { $0.isFinite && Double(canonicalNumber($0)) != $0 }
    #expect(wrong == [])
  }

  @Test("text, value and text again: nothing changes, in one line or many")
  func roundTrip() throws {
    var generator = SplitMix(state: 2)
    for _ in 0..<500 {
      let value = generator.value(depth: 3)
      let text = value.canonicalJSON
      let read = try ConfigValue(json: text)
      #expect(read.canonicalJSON == text)
      #expect(read == value.withWholeNumbers)
      #expect(try ConfigValue(json: value.prettyJSON) == read)
    }
  }

  @Test("another reader sees the same value")
  func foundation() throws {
    var generator = SplitMix(state: 3)
    for _ in 0..<200 {
      let value = ConfigValue.list([generator.value(depth: 3)])
      let ours = try JSONSerialization.jsonObject(with: Data(value.canonicalJSON.utf8))
      let theirs = try JSONSerialization.jsonObject(with: JSONEncoder().encode(value))
      #expect((ours as? NSArray) == (theirs as? NSArray))
    }
  }

  @Test("pretty text has a line for each member")
  func pretty() {
    let value: ConfigValue = ["b": [1, [:]], "a": [], "c": ["d": true]]
    #expect(
      value.prettyJSON == """
        {
          "a": [],
          "b": [
            1,
            {}
          ],
          "c": {
            "d": true
          }
        }
        """)
  }
}

/// SplitMix64 (Steele, Lea and Flood 2014): random cases that are the same in every run.
struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  mutating func text() -> String {
    let letters = Array("ab\"\\\n\t\u{1}é€😀 '#:-{}[],&*!|>%@`~0.9eE_$")
    return String(
      (0..<Int.random(in: 0...6, using: &self)).map { _ in
        letters[Int.random(in: letters.indices, using: &self)]
      })
  }

  mutating func value(depth: Int) -> ConfigValue {
    switch Int.random(in: 0...(depth > 0 ? 7 : 5), using: &self) {
    case 0: return .null
    case 1: return .bool(Bool.random(using: &self))
    case 2: return .int(Int(bitPattern: UInt(next())))
    case 3: return .double(Double.random(in: -1e3...1e3, using: &self))
    case 4: return .double(Double(Int.random(in: -1000...1000, using: &self)))
    case 5: return .string(text())
    case 6:
      return .list((0..<Int.random(in: 0...4, using: &self)).map { _ in value(depth: depth - 1) })
    default:
      let count = Int.random(in: 0...4, using: &self)
      return .map(
        Dictionary((0..<count).map { _ in (text(), value(depth: depth - 1)) }) { $1 })
    }
  }
}
