import Testing

@testable import Text

/// Normalisation form C; the expected values are what Python's unicodedata gives.
@Suite("Canonical composition")
struct CanonicalCompositionTests {
  @Test(
    "text comes out composed, marks in order",
    arguments: [
      ("e\u{301}", "\u{E9}"), ("\u{212B}", "\u{C5}"), ("a\u{328}\u{301}", "\u{105}\u{301}"),
      ("a\u{301}\u{328}", "\u{105}\u{301}"), ("\u{1100}\u{1161}\u{11A8}", "\u{AC01}"),
      ("\u{344}", "\u{308}\u{301}"), ("\u{FB01}", "\u{FB01}"), ("plain", "plain"), ("", ""),
      // Where Foundation errs.
      ("\u{F73}\u{31D}", "\u{F71}\u{F72}\u{31D}"),
      ("\u{F73}\u{F73}", "\u{F71}\u{F71}\u{F72}\u{F72}"),
      ("\u{10052}\u{301}", "\u{10052}\u{301}"), ("\u{20049}e\u{301}", "\u{20049}\u{E9}"),
      ("\u{11099}\u{110BA}\u{301}", "\u{1109A}\u{301}"),
      ("\u{1D1BB}\u{A4D}", "\u{1D1B9}\u{A4D}\u{1D165}"),
    ])
  func composition(text: String, expected: String) {
    #expect(CanonicalComposition.nfc(Array(text.utf8)[...]) == Array(expected.utf8))
  }
}
