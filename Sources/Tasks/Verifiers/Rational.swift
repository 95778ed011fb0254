/// An exact fraction in lowest terms, of bounded size.
///
/// Operations give nil when a result would pass `maximumBits` or divide by zero, so that no input
/// can make arithmetic slow.
struct Rational: Hashable, Sendable {
  let isNegative: Bool
  let numerator: BigNatural
  let denominator: BigNatural

  /// Bound on the size of numerator and denominator: about 600 decimal digits.
  static let maximumBits = 2048

  static let zero = Rational(0)
  static let one = Rational(1)

  init(_ value: Int) {
    isNegative = value < 0
    numerator = BigNatural(value.magnitude)
    denominator = .one
  }

  /// The fraction in lowest terms; nil when it is too large or the denominator is zero.
  init?(isNegative: Bool = false, _ numerator: BigNatural, _ denominator: BigNatural = .one) {
    guard !denominator.isZero, max(numerator.bitWidth, denominator.bitWidth) <= Self.maximumBits
    else { return nil }
    self.isNegative = isNegative && !numerator.isZero
    let divisor =
      denominator.isOne ? .one : BigNatural.greatestCommonDivisor(numerator, denominator)
    self.numerator = divisor.isOne ? numerator : numerator.divided(by: divisor)
    self.denominator = divisor.isOne ? denominator : denominator.divided(by: divisor)
  }

  private init(reduced numerator: BigNatural, over denominator: BigNatural, isNegative: Bool) {
    self.isNegative = isNegative && !numerator.isZero
    self.numerator = numerator
    self.denominator = denominator
  }

  var isInteger: Bool { denominator.isOne }
  var isZero: Bool { numerator.isZero }

  /// The nearest double up to a few rounding errors; infinite or zero when out of its range.
  var double: Double {
    // Numbers of up to 1,000 bits are doubles; larger ones lose low words first.
    let excess = max(0, max(numerator.bitWidth, denominator.bitWidth) - 1000)
    let scale = BigNatural.power(of: 2, excess)
    let (top, bottom) =
      excess == 0
      ? (numerator, denominator) : (numerator.divided(by: scale), denominator.divided(by: scale))
    return (isNegative ? -1 : 1) * top.double / bottom.double
  }

  static prefix func - (a: Rational) -> Rational {
    Rational(reduced: a.numerator, over: a.denominator, isNegative: !a.isNegative)
  }

  func adding(_ other: Rational) -> Rational? {
    let (a, b) = (numerator * other.denominator, other.numerator * denominator)
    let bottom = denominator * other.denominator
    if isNegative == other.isNegative { return Rational(isNegative: isNegative, a + b, bottom) }
    return a >= b
      ? Rational(isNegative: isNegative, a - b, bottom)
      : Rational(isNegative: other.isNegative, b - a, bottom)
  }

  func subtracting(_ other: Rational) -> Rational? { adding(-other) }

  func multiplied(by other: Rational) -> Rational? {
    Rational(
      isNegative: isNegative != other.isNegative, numerator * other.numerator,
      denominator * other.denominator)
  }

  func divided(by other: Rational) -> Rational? {
    Rational(
      isNegative: isNegative != other.isNegative, numerator * other.denominator,
      denominator * other.numerator)
  }

  /// Whether `other` lies within `1 / 10^6` of this value, relative to this value, exactly.
  func isClose(to other: Rational) -> Bool {
    if self == other { return true }
    let (a, b) = (numerator * other.denominator, other.numerator * denominator)
    let difference = isNegative == other.isNegative ? (a >= b ? a - b : b - a) : a + b
    return difference * BigNatural(1_000_000) <= a
  }
}

extension Rational: CustomStringConvertible {
  /// `42`, `-0.5` when at most 20 decimals say it all, else `1/3`.
  var description: String {
    let sign = isNegative ? "-" : ""
    if isInteger { return sign + numerator.description }
    return sign + (decimals ?? "\(numerator)/\(denominator)")
  }

  private var decimals: String? {
    var scaled = numerator
    var scale = BigNatural.one
    for places in 1...20 {
      scaled.multiply(by: 10, adding: 0)
      scale.multiply(by: 10, adding: 0)
      guard scale >= denominator else { continue }
      let quotient = scaled.divided(by: denominator)
      guard quotient * denominator == scaled else { continue }
      let digits = quotient.description
      let padded = String(repeating: "0", count: max(0, places + 1 - digits.count)) + digits
      return padded.dropLast(places) + "." + padded.suffix(places)
    }
    return nil
  }
}
