import BigInt
import Foundation

/// An exact sum of terms `r * n^(1/m) * pi^k` with rational r: the numbers that answers are made of.
/// Operations give nil when a result would leave these bounds.
struct Surd: Hashable, Sendable {
  /// `n^(1/m) * pi^k`; n has no m-th power in it and is no power itself that a smaller m would do for,
  /// so equal numbers have equal terms.
  struct Basis: Hashable, Sendable, Comparable {
    let radicand: Int
    let index: Int
    let power: Int
    static let one = Basis(radicand: 1, index: 1, power: 0)

    static func < (a: Basis, b: Basis) -> Bool {
      (a.power, a.index, a.radicand) < (b.power, b.index, b.radicand)
    }
  }

  /// Coefficients that are not zero.
  private(set) var terms: [Basis: Rational] = [:]

  static let maximumTerms = 16
  static let maximumRadicand = 1_000_000_000_000
  static let maximumIndex = 36

  init(_ value: Rational) { if !value.isZero { terms[.one] = value } }
  private init(_ basis: Basis, _ coefficient: Rational) { terms[basis] = coefficient }

  static let pi = Surd(Basis(radicand: 1, index: 1, power: 1), .one)

  /// The value when it is rational.
  var rational: Rational? {
    if terms.isEmpty { return .zero }
    return terms.count == 1 ? terms[.one] : nil
  }

  var double: Double {
    // In a fixed order, so that rounding is the same every time.
    let ordered = terms.sorted { $0.key < $1.key }
    return ordered.reduce(0) { sum, term in
      let power = (0..<abs(term.key.power)).reduce(1.0) { value, _ in value * .pi }
      let radicand = Double(term.key.radicand)
      let root =
        term.key.index == 2 ? radicand.squareRoot() : pow(radicand, 1 / Double(term.key.index))
      let basis = root * (term.key.power < 0 ? 1 / power : power)
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
        guard abs(power) <= 20, let root = Self.root(ofProduct: a, b),
          let scale = x.multiplied(by: y)?.multiplied(by: Rational(root.factor)),
          let sum = product.adding(Surd(root.basis(power: power), scale))
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
      let inverse = Rational.one.divided(by: scale),
      let rest = Self.power(basis.radicand, basis.index - 1),
      let root = Self.root(of: rest, index: basis.index),
      let factor = inverse.multiplied(by: Rational(root.factor))
    else { return nil }
    return multiplied(by: Surd(root.basis(power: -basis.power), factor))
  }

  /// The real root of a rational; an even one of nothing negative.
  func root(index: Int) -> Surd? {
    guard let rational, (2...9).contains(index) else { return nil }
    if rational.isZero { return Surd(.zero) }
    if rational.isNegative { return index % 2 == 1 ? (-self).root(index: index).map { -$0 } : nil }
    let product = rational.numerator * rational.denominator.power(index - 1)
    guard product <= Self.maximumRadicand, let root = Self.root(of: Int(product), index: index),
      let bottom = Rational(1, over: rational.denominator),
      let coefficient = bottom.multiplied(by: Rational(root.factor))
    else { return nil }
    return Surd(root.basis(power: 0), coefficient)
  }

  /// A positive rational to the power `top / bottom`.
  func power(_ top: Int, over bottom: Int) -> Surd? {
    guard rational?.isNegative == false, abs(top) <= 9, let root = root(index: bottom) else {
      return nil
    }
    let power = (0..<abs(top)).reduce(Optional(Surd(.one))) { product, _ in
      product?.multiplied(by: root)
    }
    return top >= 0 ? power : power.flatMap { Surd(.one).divided(by: $0) }
  }
}

// MARK: Roots of whole numbers

extension Surd {
  /// `factor * radicand^(1 / index)`, in the form that a basis has.
  fileprivate struct Root {
    let factor: Int
    let radicand: Int
    let index: Int

    func basis(power: Int) -> Basis { Basis(radicand: radicand, index: index, power: power) }
  }

  fileprivate static func root(ofProduct a: Basis, _ b: Basis) -> Root? {
    var index = max(a.index, b.index)
    while index % a.index != 0 || index % b.index != 0 { index += 1 }
    guard index <= maximumIndex, let x = power(a.radicand, index / a.index),
      let y = power(b.radicand, index / b.index)
    else { return nil }
    let (radicand, overflow) = x.multipliedReportingOverflow(by: y)
    return overflow ? nil : root(of: radicand, index: index)
  }

  /// The root of `n`. When all primes p with p^(index + 1) up to what is left are taken out, that has at
  /// most `index` prime factors, so it is a power of that index or has none in it.
  fileprivate static func root(of n: Int, index: Int) -> Root? {
    guard n <= maximumRadicand else { return nil }
    if n == 0 || index == 1 { return Root(factor: n, radicand: 1, index: 1) }
    var (rest, factor, radicand, prime) = (n, 1, 1, 2)
    while let bound = power(prime, index + 1), bound <= rest {
      var count = 0
      while rest % prime == 0 {
        rest /= prime
        count += 1
      }
      factor *= power(prime, count / index) ?? 1
      radicand *= power(prime, count % index) ?? 1
      prime += 1
    }
    if let side = wholeRoot(of: rest, index) { factor *= side } else { radicand *= rest }
    return reduced(Root(factor: factor, radicand: radicand, index: index))
  }

  /// `4^(1/4)` as `2^(1/2)`.
  private static func reduced(_ root: Root) -> Root {
    if root.radicand == 1 { return Root(factor: root.factor, radicand: 1, index: 1) }
    for divisor in (2...root.index).reversed() where root.index % divisor == 0 {
      if let side = wholeRoot(of: root.radicand, divisor) {
        return Root(factor: root.factor, radicand: side, index: root.index / divisor)
      }
    }
    return root
  }

  private static func wholeRoot(of n: Int, _ index: Int) -> Int? {
    var (low, high) = (1, 1 << (41 / index + 1))
    while low < high {
      let middle = (low + high) / 2
      if let value = power(middle, index), value < n { low = middle + 1 } else { high = middle }
    }
    return power(low, index) == n ? low : nil
  }

  /// nil when it passes `maximumRadicand`.
  fileprivate static func power(_ base: Int, _ exponent: Int) -> Int? {
    var result = 1
    for _ in 0..<exponent {
      let (product, overflow) = result.multipliedReportingOverflow(by: base)
      guard !overflow, product <= maximumRadicand else { return nil }
      result = product
    }
    return result
  }
}
