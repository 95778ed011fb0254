/// An exact sum of terms `r * sqrt(n) * pi^k` with rational r, square-free n: the numbers that
/// answers are made of. Operations give nil when a result would leave these bounds.
struct Surd: Hashable, Sendable {
  struct Basis: Hashable, Sendable {
    let radicand: Int
    let power: Int
    static let one = Basis(radicand: 1, power: 0)
  }

  /// Coefficients that are not zero.
  private(set) var terms: [Basis: Rational] = [:]

  static let maximumTerms = 16
  static let maximumRadicand = 1_000_000_000_000

  init(_ value: Rational) { if !value.isZero { terms[.one] = value } }
  private init(_ basis: Basis, _ coefficient: Rational) { terms[basis] = coefficient }

  static let pi = Surd(Basis(radicand: 1, power: 1), .one)

  /// The value when it is rational.
  var rational: Rational? {
    if terms.isEmpty { return .zero }
    return terms.count == 1 ? terms[.one] : nil
  }

  var double: Double {
    // In a fixed order, so that rounding is the same every time.
    let ordered = terms.sorted {
      ($0.key.power, $0.key.radicand) < ($1.key.power, $1.key.radicand)
    }
    return ordered.reduce(0) { sum, term in
      let power = (0..<abs(term.key.power)).reduce(1.0) { value, _ in value * .pi }
      let basis = Double(term.key.radicand).squareRoot() * (term.key.power < 0 ? 1 / power : power)
      return sum + term.value.double * basis
    }
  }

  static prefix func - (a: Surd) -> Surd {
    var result = a
    result.terms = a.terms.mapValues { -$0 }
    return result
  }

  func adding(_ other: Surd) -> Surd? {
    var sum = self
    for (basis, coefficient) in other.terms {
      guard let total = (sum.terms[basis] ?? .zero).adding(coefficient) else { return nil }
      sum.terms[basis] = total.isZero ? nil : total
    }
    return sum.terms.count <= Self.maximumTerms ? sum : nil
  }

  func multiplied(by other: Surd) -> Surd? {
    var product = Surd(.zero)
    for (a, x) in terms {
      for (b, y) in other.terms {
        let power = a.power + b.power
        let (radicand, overflow) = a.radicand.multipliedReportingOverflow(by: b.radicand)
        guard !overflow, abs(power) <= 20, let root = Self.root(of: radicand),
          let scale = x.multiplied(by: y)?.multiplied(by: Rational(root.factor)),
          let sum = product.adding(
            Surd(Basis(radicand: root.radicand, power: power), scale))
        else { return nil }
        product = sum
      }
    }
    return product
  }

  /// The quotient by a single term.
  func divided(by other: Surd) -> Surd? {
    guard other.terms.count == 1, let (basis, coefficient) = other.terms.first,
      let scale = coefficient.multiplied(by: Rational(basis.radicand)),
      let inverse = Rational.one.divided(by: scale)
    else { return nil }
    return multiplied(by: Surd(Basis(radicand: basis.radicand, power: -basis.power), inverse))
  }

  /// The root of a rational that is not negative.
  var squareRoot: Surd? {
    guard let rational, !rational.isNegative,
      let product = (rational.numerator * rational.denominator).small,
      product <= UInt(Self.maximumRadicand), let root = Self.root(of: Int(product)),
      let bottom = Rational(.one, rational.denominator),
      let coefficient = bottom.multiplied(by: Rational(root.factor))
    else { return nil }
    if rational.isZero { return Surd(.zero) }
    return Surd(Basis(radicand: root.radicand, power: 0), coefficient)
  }

  /// `sqrt(n) = factor * sqrt(radicand)` with a square-free radicand. What is left after all primes
  /// up to the cube root has at most two prime factors, so it is a square or square-free.
  private static func root(of n: Int) -> (factor: Int, radicand: Int)? {
    guard n <= maximumRadicand else { return nil }
    if n == 0 { return (0, 1) }
    var (rest, factor, radicand, prime) = (n, 1, 1, 2)
    while prime * prime * prime <= rest {
      while rest % (prime * prime) == 0 {
        rest /= prime * prime
        factor *= prime
      }
      if rest % prime == 0 {
        rest /= prime
        radicand *= prime
      }
      prime += 1
    }
    let side = Int(Double(rest).squareRoot().rounded())
    return side * side == rest ? (factor * side, radicand) : (factor, radicand * rest)
  }
}
