/// A word of size behind a number, which is a part of it: `3 million`, `2 dozen`, `5\u{4E07}`.
struct SizeWord {
  let value: Rational
  /// Behind the word.
  let end: Int

  private static let words: [(word: StaticString, value: Int)] = [
    ("hundred", 100), ("thousand", 1000), ("million", 1_000_000), ("billion", 1_000_000_000),
    ("trillion", 1_000_000_000_000), ("dozen", 12), ("lakh", 100_000), ("crore", 10_000_000),
    ("bn", 1_000_000_000), ("mn", 1_000_000), ("mln", 1_000_000), ("tn", 1_000_000_000_000),
  ]
  /// Chinese, each with the signs behind it that make another word of it: \u{5343}\u{514B} is a kilogram.
  private static let signs: [(sign: StaticString, value: Int, others: [StaticString])] = [
    ("\u{767E}", 100, ["\u{5206}"]),
    ("\u{5343}", 1000, ["\u{514B}", "\u{7C73}", "\u{74E6}", "\u{5361}", "\u{5347}"]),
    ("\u{4E07}", 10_000, []), ("\u{842C}", 10_000, []), ("\u{4EBF}", 100_000_000, []),
    ("\u{5104}", 100_000_000, []),
  ]

  /// The word that stands at `start`, as a whole.
  init?(at start: Int, in text: [UInt8]) {
    if text.byte(start) >= 0xE4 {
      guard let sign = Self.signs.first(where: { text.matches($0.sign, at: start) }),
        text.firstMatch(sign.others, at: start + 3) == nil
      else { return nil }
      (value, end) = (Rational(sign.value), start + 3)
      return
    }
    guard "htmbdlc".utf8.contains(text.byte(start) | 0x20),
      let found = Self.words.first(where: { text.matchesIgnoringCase($0.word, at: start) })
    else { return nil }
    let last = start + found.word.utf8CodeUnitCount
    let behind = text.byte(last) | 0x20 == UInt8(ascii: "s") ? last + 1 : last
    guard !text.byte(behind).isAlphanumeric else { return nil }
    (value, end) = (Rational(found.value), behind)
  }
}
