/// Digits with the base that they are written in: `204_5`, `(204)_{5}`, `204_{\text{five}}`.
struct BasedNumber: Sendable, Equatable {
  /// Without leading zeros; letters are capitals.
  let digits: String
  let base: Int

  init?(_ tokens: [LaTeXToken]) {
    guard tokens.count <= 200, let under = tokens.lastIndex(of: .symbol("_")),
      let base = Self.base(tokens[(under + 1)...])
    else { return nil }
    var number = tokens[..<under]
    for (open, close) in [("(", ")"), ("{", "}")] as [(Unicode.Scalar, Unicode.Scalar)]
    where number.first == .symbol(open) && number.last == .symbol(close) {
      number = number.dropFirst().dropLast()
    }
    let bytes = Array(number.map(\.spelling).joined().uppercased().utf8)
    // Without a digit it is a name: x_5.
    guard bytes.contains(where: \.isDigit), bytes.allSatisfy({ Self.value($0) < base }) else {
      return nil
    }
    let significant = bytes.drop { $0 == UInt8(ascii: "0") }
    digits = significant.isEmpty ? "0" : String(decoding: significant, as: UTF8.self)
    self.base = base
  }

  private static func value(_ byte: UInt8) -> Int {
    byte.isDigit ? Int(byte & 15) : byte.isLetter ? Int(byte & 31) + 9 : Int.max
  }

  private static let words = [
    "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen",
  ]

  /// `{5}`, `{\text{five}}`, `{\text{base 5}}`.
  private static func base(_ tokens: ArraySlice<LaTeXToken>) -> Int? {
    guard tokens.count <= 16, tokens.first == .symbol("{"), tokens.last == .symbol("}") else {
      return nil
    }
    var name = tokens.dropFirst().dropLast().map(\.spelling).joined().lowercased()
    if name.hasPrefix("base") { name = String(name.dropFirst(4)) }
    let base = Int(name) ?? words.firstIndex(of: name).map { $0 + 2 }
    return base.flatMap { (2...36).contains($0) ? $0 : nil }
  }
}
