import BigInt

/// An exact fraction in lowest terms, of bounded size.
///
/// Operations give nil when a result would pass `maximumBits` or divide by zero, so that no input
/// can make arithmetic slow.
struct Rational: Hashable, Sendable {
  let numerator: BigInt
  /// Above zero.
  let denominator: BigInt

  /// Bound on the size of numerator and denominator: about 600 decimal digits.
  static let maximumBits = 2048

  static let zero = Rational(0)
  static let one = Rational(1)

  init(_ value: Int) { (numerator, denominator) = (BigInt(value), 1) }

  /// The fraction in lowest terms; nil when it is too large or the denominator is zero.
  init?(_ numerator: BigInt, over denominator: BigInt = 1) {
    guard !denominator.isZero, Self.bits(numerator, denominator) <= Self.maximumBits else {
      return nil
    }
    let divisor = numerator.greatestCommonDivisor(with: denominator) * denominator.signum()
    self.numerator = numerator / divisor
    self.denominator = denominator / divisor
  }

  private static func bits(_ a: BigInt, _ b: BigInt) -> Int {
    max(a.magnitude.bitWidth, b.magnitude.bitWidth)
  }

  var isNegative: Bool { numerator.sign == .minus }
  var isInteger: Bool { denominator == 1 }
  var isZero: Bool { numerator.isZero }

  /// The nearest double up to a few rounding errors; infinite or zero when out of its range.
  var double: Double {
    // Numbers of up to 1,000 bits are doubles; larger ones lose low bits first.
    let excess = max(0, Self.bits(numerator, denominator) - 1000)
    func double(_ value: BigInt) -> Double {
      (value.magnitude >> excess).words.reversed().reduce(0) { $0 * 0x1p64 + Double($1) }
    }
    return (isNegative ? -1 : 1) * double(numerator) / double(denominator)
  }

  static prefix func - (a: Rational) -> Rational {
    Rational(reduced: -a.numerator, over: a.denominator)
  }

  private init(reduced numerator: BigInt, over denominator: BigInt) {
    (self.numerator, self.denominator) = (numerator, denominator)
  }

  func adding(_ other: Rational) -> Rational? {
    Rational(
      numerator * other.denominator + other.numerator * denominator,
      over: denominator * other.denominator)
  }

  func subtracting(_ other: Rational) -> Rational? { adding(-other) }

  func multiplied(by other: Rational) -> Rational? {
    Rational(numerator * other.numerator, over: denominator * other.denominator)
  }

  func divided(by other: Rational) -> Rational? {
    Rational(numerator * other.denominator, over: denominator * other.numerator)
  }

  /// Whether `other` lies within `1 / 10^6` of this value, relative to this value, exactly.
  func isClose(to other: Rational) -> Bool {
    let (a, b) = (numerator * other.denominator, other.numerator * denominator)
    return (a - b).magnitude * 1_000_000 <= a.magnitude
  }
}

extension Rational: CustomStringConvertible {
  /// `42`, `-0.5` when at most 20 decimals say it all, else `1/3`.
  var description: String {
    if isInteger { return numerator.description }
    for places in 1...20 {
      let (factor, rest) = BigInt(10).power(places).quotientAndRemainder(dividingBy: denominator)
      guard rest.isZero else { continue }
      let digits = (numerator * factor).magnitude.description
      let padded = String(repeating: "0", count: max(0, places + 1 - digits.count)) + digits
      return (isNegative ? "-" : "") + padded.dropLast(places) + "." + padded.suffix(places)
    }
    return "\(numerator)/\(denominator)"
  }
}
