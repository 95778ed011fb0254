/// Units and words of size behind a number in a box.
extension BoxedParser {
  /// A number with its words of size, units behind it passed over: `1 \text{ million}`,
  /// `7 \text{ cm}^2`, `90^\circ`, `50\%`.
  static func number(_ tokens: [LaTeXToken]) -> SurdParser.Number? {
    var rest = tokens[...]
    var scale = Rational.one
    while true {
      if let number = SurdParser.parse(Array(rest)) {
        guard scale != .one else { return number }
        return number.value.multiplied(by: Surd(scale)).map {
          SurdParser.Number(value: $0, isDecimal: number.isDecimal)
        }
      }
      guard let unit = unit(rest), unit.start > 0, let product = scale.multiplied(by: unit.scale)
      else { return nil }
      rest = rest[..<unit.start]
      scale = product
    }
  }

  /// Where the last unit or word of size begins, and by how much it multiplies.
  private static func unit(_ tokens: ArraySlice<LaTeXToken>) -> (start: Int, scale: Rational)? {
    switch tokens.last {
    case .text: return textUnit(tokens)
    case .command("\\%"), .symbol(UInt8(ascii: "%")), .command("\\circ"):
      let start = tokens.endIndex - 1
      return (start > 0 && tokens[start - 1] == .symbol("^") ? start - 1 : start, .one)
    case .symbol(UInt8(ascii: "}")): return exponent(tokens).map { ($0, .one) }
    case .symbol(let byte) where byte.isLetter: return sizeWord(tokens)
    default: return nil
    }
  }

  /// Where `^{\circ}` begins, or the exponent of a unit, as in `\text{cm}^{2}`.
  private static func exponent(_ tokens: ArraySlice<LaTeXToken>) -> Int? {
    guard tokens.count > 4, let open = tokens.lastIndex(of: .symbol("{")), open > 1,
      tokens[open - 1] == .symbol("^")
    else { return nil }
    if tokens[(open + 1)...] == [.command("\\circ"), .symbol("}")] { return open - 1 }
    guard case .text = tokens[open - 2] else { return nil }
    return open - 1
  }

  /// `million` in its own letters.
  private static func sizeWord(_ tokens: ArraySlice<LaTeXToken>) -> (start: Int, scale: Rational)? {
    let letters = tokens.suffix(12).reversed().prefix {
      if case .symbol(let byte) = $0 { byte.isLetter } else { false }
    }
    let word = Array(letters.reversed().map(\.spelling).joined().utf8)
    guard let size = SizeWord(at: 0, in: word), size.end == word.count else { return nil }
    return (tokens.endIndex - word.count, size.value)
  }

  /// `\text{ million dollars}`, or signs such as `\u{20AC}`.
  private static func textUnit(_ tokens: ArraySlice<LaTeXToken>) -> (start: Int, scale: Rational)? {
    var start = tokens.endIndex
    var text = ""
    while start > 0, case .text(let piece) = tokens[start - 1] {
      start -= 1
      let isSign = piece.unicodeScalars.count == 1 && !piece.utf8.contains { $0 < 0x80 }
      text = isSign ? piece + text : piece + " " + text
    }
    return scale(ofUnit: text).map { (start, $0) }
  }

  private static let spaces = ["\\,", "\\;", "\\ ", "\\!"]

  /// What a unit multiplies by: 1 but for words of size; nil where the words are no unit.
  private static func scale(ofUnit text: String) -> Rational? {
    let words = spaces.reduce(text) { $0.replacing($1, with: " ") }
      .split(separator: " ").map(String.init).filter { $0 != "." }
    guard words.count <= 4 else { return nil }
    var scale = Rational.one
    var units: [String] = []
    for word in words {
      let bytes = Array(word.utf8)
      guard let size = SizeWord(at: 0, in: bytes) else {
        guard isUnit(word) else { return nil }
        units.append(word)
        continue
      }
      guard let product = scale.multiplied(by: size.value) else { return nil }
      scale = product
      units.append(String(decoding: bytes[size.end...], as: UTF8.self))
    }
    let letters = units.map { $0.lowercased().filter { $0.isLetter || $0 == "'" } }
    return NumberWords.areUnits(letters) ? scale : nil
  }

  /// Letters, and the signs that stand in units: `km/h`, `cm^2`, `sq.`, `\u{B0}C`; a single letter is
  /// a variable unless it is known.
  private static func isUnit(_ word: String) -> Bool {
    let letters = Array(word.utf8)
    if letters.count == 1 { return NumberParser.unitLetters.contains(letters[0]) }
    if let first = word.unicodeScalars.first, NumberParser.isRaisedLetter(first) { return false }
    return word.unicodeScalars.allSatisfy { scalar in
      scalar.properties.isAlphabetic || scalar.properties.generalCategory == .currencySymbol
        || "23^/.-()%\u{B0}\u{B2}\u{B3}\u{2032}\u{2033}'".unicodeScalars.contains(scalar)
    }
  }
}
