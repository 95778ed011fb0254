import BigInt

/// A number as somebody wrote it.
struct WrittenNumber: Sendable, Hashable {
  let value: Rational
  /// Written with decimals, so that it may be rounded.
  let isDecimal: Bool

  /// Exact for integers and fractions; within 1e-6 of `self` when one of the two has decimals.
  func isEqual(to other: WrittenNumber) -> Bool {
    if value == other.value { return true }
    guard isDecimal || other.isDecimal, !(value.isInteger && other.value.isInteger) else {
      return false
    }
    return value.isClose(to: other.value)
  }
}

/// Reads one number at a position: digits with thousands separators, decimals, an exponent,
/// `a/b`, `\frac{a}{b}`, `1 1/2`, `1.5 \times 10^{3}`, `2 million`, `½`, signs and brackets in front
/// and around.
///
/// A number of more than `maximumDigits` significant digits, or a power of ten beyond
/// `maximumExponent`, has no value: it is consumed and equals nothing. So does arithmetic that is
/// left to the reader, such as `99**98`, `2^{10}`, `2\pi` or `1/0`.
struct NumberParser {
  let text: [UInt8]
  /// Commas before this index are known to separate no thousands.
  private var ungroupedEnd = 0
  /// The same of spaces.
  private var unspacedEnd = 0
  /// Of brackets that are being read.
  var depth = 0
  /// Where brackets begin that hold no single number, so that each is read once.
  var otherBrackets = Set<Int>()

  static let maximumDigits = 200
  static let maximumDepth = 12
  static let maximumExponent = 200

  init(_ text: [UInt8]) { self.text = text }

  /// A piece of text that is a number, with the value if it has one.
  struct Piece {
    var end: Int
    var number: WrittenNumber?
  }

  func startsNumber(_ i: Int) -> Bool {
    text.byte(i).isDigit || fractionCommand(i) != nil || vulgarFraction(at: i) != nil
      || (text.byte(i) == UInt8(ascii: ".") && text.byte(i + 1).isDigit)
  }

  /// The unsigned number at `i`, where `startsNumber` holds.
  mutating func number(at i: Int) -> Piece {
    if fractionCommand(i) != nil { return withQuotient(fraction(at: i)) }
    if let vulgar = vulgarFraction(at: i) { return withSuffix(vulgar) }
    let literal = self.literal(at: i)
    let isTen = literal.end - i == 2 && text.matches("10", at: i)
    if let power = power(at: literal.end) ?? spacedPower(at: literal.end) {
      guard isTen, let exponent = power.exponent, self.power(at: power.end) == nil else {
        return Piece(end: endOfPowers(power.end))
      }
      return withSuffix(Piece(end: power.end, number: Self.powerOfTen(exponent)))
    }
    if let scaled = timesPowerOfTen(literal) { return withSuffix(scaled) }
    if let quotient = quotient(literal) { return withSuffix(quotient) }
    if let mixed = mixed(literal) { return withSuffix(mixed) }
    return withSuffix(literal)
  }

  /// A number whose numerator is read already, and what may stand behind it.
  mutating func withQuotient(_ top: Piece) -> Piece { withSuffix(quotient(top) ?? top) }

  // MARK: Literals

  /// Digits, decimals and an exponent.
  mutating func literal(at start: Int) -> Piece {
    var i = integerEnd(start)
    var digits = SignificantDigits()
    digits.take(text[start..<i])
    var decimals = 0
    if text.byte(i) == UInt8(ascii: "."), text.byte(i + 1).isDigit {
      let end = text.skip(from: i + 1) { $0.isDigit }
      decimals = end - i - 1
      digits.take(text[(i + 1)..<end])
      i = end
      if text.byte(i) == UInt8(ascii: "."), text.byte(i + 1).isDigit {  // 1.2.3
        return Piece(end: text.skip(from: i) { $0.isDigit || $0 == UInt8(ascii: ".") })
      }
    }
    let exponent = exponentSuffix(at: i)
    guard digits.count <= Self.maximumDigits, let power = exponent.value,
      let value = Self.value(digits.kept, exponent: power, decimals: decimals)
    else { return Piece(end: exponent.end) }
    let isDecimal = decimals > 0 || power < 0
    return Piece(end: exponent.end, number: WrittenNumber(value: value, isDecimal: isDecimal))
  }

  /// Digits from the first that is not zero on; no more are kept than a number may have.
  private struct SignificantDigits {
    private(set) var kept: [UInt8] = []
    private(set) var count = 0

    mutating func take(_ bytes: ArraySlice<UInt8>) {
      for byte in bytes where byte.isDigit && (count > 0 || byte != UInt8(ascii: "0")) {
        count += 1
        if count <= NumberParser.maximumDigits { kept.append(byte) }
      }
    }
  }

  private static func value(_ digits: [UInt8], exponent: Int, decimals: Int) -> Rational? {
    if digits.isEmpty { return .zero }
    let shift = exponent - decimals
    if shift == 0, digits.count <= 18 {
      return Rational(digits.reduce(0) { $0 * 10 + Int($1 & 15) })
    }
    guard abs(shift) <= maximumExponent else { return nil }
    guard let digits = BigInt(String(decoding: digits, as: UTF8.self)) else { return nil }
    let scale = BigInt(10).power(abs(shift))
    return shift >= 0 ? Rational(digits * scale) : Rational(digits, over: scale)
  }

  static func powerOfTen(_ exponent: Int) -> WrittenNumber? {
    value([UInt8(ascii: "1")], exponent: exponent, decimals: 0).map {
      WrittenNumber(value: $0, isDecimal: exponent < 0)
    }
  }

  /// The end of an integer; commas or spaces join groups of three digits only where the whole chain is
  /// such.
  private mutating func integerEnd(_ start: Int) -> Int {
    let end = text.skip(from: start) { $0.isDigit }
    guard end - start <= 3, end > start, text[start] != UInt8(ascii: "0") else { return end }
    let commas: [StaticString] = [",\\!", "{,}", ","]
    if start >= ungroupedEnd, text.firstMatch(commas, at: end) != nil {
      return commaGroups(from: end, commas)
    }
    return start >= unspacedEnd ? spaceGroups(from: end) : end
  }

  private mutating func commaGroups(from end: Int, _ commas: [StaticString]) -> Int {
    var i = end
    while let separator = text.firstMatch(commas, at: i) {
      let start = separator == 3 ? text.skipSpaces(from: i + 3) : i + separator
      let group = text.skip(from: start) { $0.isDigit }
      if group == start { break }
      if group - start != 3 {
        ungroupedEnd = text.skip(from: group) { $0.isDigit || $0 == UInt8(ascii: ",") }
        return end
      }
      i = group
    }
    return i
  }

  /// `1 000 000`, `1\,000`; not `1 250/500`, which is mixed.
  private mutating func spaceGroups(from end: Int) -> Int {
    var i = end
    while [0x20, 0x5C, 0x7E, 0xC2, 0xE2].contains(text.byte(i)),
      let space = text.firstMatch(Self.spaces, at: i)
    {
      let group = text.skip(from: i + space) { $0.isDigit }
      if group == i + space { break }
      if group - i - space != 3 || text.byte(text.skipSpaces(from: group)) == UInt8(ascii: "/") {
        unspacedEnd = group
        return end
      }
      i = group
    }
    return i
  }

  /// Single ones, as they stand between thousands.
  private static let spaces: [StaticString] = [
    " ", "~", "\\,", "\\ ", "\\;", "\\:", "\u{A0}", "\u{2009}", "\u{202F}",
  ]

  /// `e5`, `E-3`; the value is nil when it is out of bounds.
  private func exponentSuffix(at start: Int) -> (value: Int?, end: Int) {
    guard text.byte(start) | 0x20 == UInt8(ascii: "e"),
      let exponent = signedInteger(at: start + 1), !text.byte(exponent.end).isLetter
    else { return (0, start) }
    return exponent
  }

  /// A small signed integer, as exponents are; the value is nil when it is out of bounds.
  func signedInteger(at start: Int) -> (value: Int?, end: Int)? {
    let minus = text.firstMatch(["-", "\u{2212}"], at: start)
    let first = start + (minus ?? (text.byte(start) == UInt8(ascii: "+") ? 1 : 0))
    let end = text.skip(from: first) { $0.isDigit }
    guard end > first else { return nil }
    let significant = text.skip(from: first) { $0 == UInt8(ascii: "0") }
    guard end - significant <= 4 else { return (nil, end) }
    let value = text[min(significant, end)..<end].reduce(0) { $0 * 10 + Int($1 & 15) }
    return (minus == nil ? value : -value, end)
  }

  // MARK: Fractions

  /// The length of the name when a fraction command stands at `i`.
  func fractionCommand(_ i: Int) -> Int? {
    guard text.byte(i) == UInt8(ascii: "\\") else { return nil }
    return text.firstMatch(["\\frac", "\\dfrac", "\\tfrac", "\\cfrac"], at: i)
  }

  private mutating func fraction(at start: Int) -> Piece {
    let top = argument(at: start + (fractionCommand(start) ?? 0))
    let bottom = argument(at: top.end)
    guard let a = top.number, let b = bottom.number, let value = a.value.divided(by: b.value)
    else { return Piece(end: bottom.end) }
    let isDecimal = a.isDecimal || b.isDecimal
    return Piece(end: bottom.end, number: WrittenNumber(value: value, isDecimal: isDecimal))
  }

  /// `{-12}`, `{\frac{1}{2}}`, or a single digit.
  private mutating func argument(at start: Int) -> Piece {
    let first = text.skipSpaces(from: start)
    guard text.byte(first) == UInt8(ascii: "{") else {
      guard text.byte(first).isDigit else { return Piece(end: min(first + 1, text.count)) }
      let value = Rational(Int(text[first] & 15))
      return Piece(end: first + 1, number: WrittenNumber(value: value, isDecimal: false))
    }
    return group(at: first) ?? Piece(end: text.skipGroup(from: first))
  }

  /// `a/b`; a chain such as `1/2/3` has no value.
  private mutating func quotient(_ top: Piece) -> Piece? {
    guard let start = denominator(after: top.end) else { return nil }
    guard let bottom = text.byte(start).isDigit ? literal(at: start) : group(at: start) else {
      return nil
    }
    if let chained = denominator(after: bottom.end) {
      return Piece(end: text.skip(from: chained) { $0.isDigit || $0 == UInt8(ascii: "/") })
    }
    guard power(at: bottom.end) == nil else { return Piece(end: endOfPowers(bottom.end)) }
    guard let a = top.number, let b = bottom.number, let value = a.value.divided(by: b.value)
    else { return Piece(end: bottom.end) }
    let isDecimal = a.isDecimal || b.isDecimal
    return Piece(end: bottom.end, number: WrittenNumber(value: value, isDecimal: isDecimal))
  }

  /// Where the divisor begins: digits, or brackets with a number in them.
  private func denominator(after end: Int) -> Int? {
    let slash = text.skipSpaces(from: end)
    guard let length = text.firstMatch(["/", "\u{2044}"], at: slash) else { return nil }
    let start = text.skipSpaces(from: slash + length)
    return text.byte(start).isDigit || opening(at: start) != nil ? start : nil
  }

  /// `1 1/2`, `1\frac{1}{2}`: an integer and a proper fraction.
  private mutating func mixed(_ whole: Piece) -> Piece? {
    guard let a = whole.number, a.value.isInteger, !a.isDecimal else { return nil }
    let next = text.skipSpaces(from: whole.end)
    let part: Piece
    if fractionCommand(next) != nil {
      part = fraction(at: next)
    } else if let vulgar = vulgarFraction(at: next) {
      part = vulgar
    } else if next > whole.end, text.byte(next).isDigit, text.byte(next) != UInt8(ascii: "0") {
      let top = literal(at: next)
      guard let quotient = quotient(top) else { return nil }
      part = quotient
    } else {
      return nil
    }
    guard let b = part.number, !b.isDecimal, !b.value.isNegative,
      b.value.numerator < b.value.denominator
    else { return fractionCommand(next) == nil ? nil : Piece(end: part.end) }
    return Piece(
      end: part.end,
      number: a.value.adding(b.value).map { WrittenNumber(value: $0, isDecimal: false) })
  }
}
