import Foundation

/// Unicode's normalisation form C, to which Qwen2's tokenizer brings text.
///
/// Foundation does it, but for two faults of Swift 6.3 that are gone round here: marks around three
/// Tibetan vowel signs stay unsorted, and a character beyond U+FFFF composes with a mark as if its
/// code were the last 16 bits of it (U+10052 U+0301 becomes U+0154).
enum CanonicalComposition {
  /// The text `utf8` in normalisation form C.
  static func nfc(_ utf8: ArraySlice<UInt8>) -> [UInt8] {
    guard utf8.contains(where: { $0 >= 0x80 }) else { return Array(utf8) }
    var result: [UInt8] = []
    var run = String.UnicodeScalarView()
    var previous: Unicode.Scalar = "a"
    for scalar in String(decoding: utf8, as: UTF8.self).unicodeScalars {
      if isFaulty(previous, scalar) {
        result += String(run).precomposedStringWithCanonicalMapping.utf8
        run = String.UnicodeScalarView()
      }
      if let marks = tibetan[scalar.value] {
        run.append(contentsOf: marks)
      } else {
        run.append(scalar)
      }
      previous = scalar
    }
    return result + String(run).precomposedStringWithCanonicalMapping.utf8
  }

  /// The characters might be composed wrongly, and can be normalised apart: nothing sorts across a
  /// starter, and none beyond U+FFFF composes with a mark below. (Notes decompose into marks.)
  private static func isFaulty(_ first: Unicode.Scalar, _ second: Unicode.Scalar) -> Bool {
    first.value > 0xFFFF && second.value <= 0xFFFF
      && first.properties.canonicalCombiningClass == .notReordered
      && !(0x1D15E...0x1D1C0).contains(first.value)
  }

  /// Vowel signs that count as starters but decompose into marks, as which normalisation leaves them.
  private static let tibetan: [UInt32: [Unicode.Scalar]] = [
    0xF73: ["\u{F71}", "\u{F72}"], 0xF75: ["\u{F71}", "\u{F74}"], 0xF81: ["\u{F71}", "\u{F80}"],
  ]
}
