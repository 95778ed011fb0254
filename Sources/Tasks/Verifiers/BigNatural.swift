/// A natural number of any size; callers bound it (`Rational.maximumBits`).
///
/// Words of 32 bits, least significant first, no zero on top; zero has no words. The algorithms are
/// the schoolbook ones: answers have a few hundred digits at most.
struct BigNatural: Hashable, Sendable {
  private(set) var words: [UInt32]

  static let zero = BigNatural(0)
  static let one = BigNatural(1)

  init(_ value: UInt) {
    words = []
    var rest = value
    while rest > 0 {
      words.append(UInt32(truncatingIfNeeded: rest))
      rest >>= 32
    }
  }

  private init(words: [UInt32]) {
    self.words = words
    while self.words.last == 0 { self.words.removeLast() }
  }

  /// The number that ASCII digits spell; other bytes are not allowed.
  init(digits: some Sequence<UInt8>) {
    self.init(0)
    for digit in digits { multiply(by: 10, adding: UInt32(digit - UInt8(ascii: "0"))) }
  }

  static func power(of base: UInt32, _ exponent: Int) -> BigNatural {
    var result = BigNatural.one
    for _ in 0..<exponent { result.multiply(by: base, adding: 0) }
    return result
  }

  var isZero: Bool { words.isEmpty }
  var isOne: Bool { words == [1] }
  var isEven: Bool { (words.first ?? 0) & 1 == 0 }

  var bitWidth: Int {
    guard let top = words.last else { return 0 }
    return words.count * 32 - top.leadingZeroBitCount
  }

  /// The value, if it fits.
  var small: UInt? {
    guard words.count <= 2 else { return nil }
    return words.reversed().reduce(UInt(0)) { $0 << 32 | UInt($1) }
  }

  /// The nearest double up to a rounding error of a few units in the last place.
  var double: Double { words.reversed().reduce(0) { $0 * 0x1p32 + Double($1) } }

  mutating func multiply(by factor: UInt32, adding addend: UInt32) {
    var carry = UInt64(addend)
    for i in words.indices {
      carry += UInt64(words[i]) * UInt64(factor)
      words[i] = UInt32(truncatingIfNeeded: carry)
      carry >>= 32
    }
    if carry > 0 { words.append(UInt32(carry)) }
    if factor == 0 { self = BigNatural(UInt(addend)) }
  }

  /// Divides by a small number and gives the remainder.
  mutating func divide(by divisor: UInt32) -> UInt32 {
    var rest: UInt64 = 0
    for i in words.indices.reversed() {
      rest = rest << 32 | UInt64(words[i])
      words[i] = UInt32(rest / UInt64(divisor))
      rest %= UInt64(divisor)
    }
    while words.last == 0 { words.removeLast() }
    return UInt32(rest)
  }

  static func + (a: BigNatural, b: BigNatural) -> BigNatural {
    let (long, short) = a.words.count >= b.words.count ? (a.words, b.words) : (b.words, a.words)
    var sum = long
    var carry: UInt64 = 0
    for i in long.indices {
      carry += UInt64(long[i]) + (i < short.count ? UInt64(short[i]) : 0)
      sum[i] = UInt32(truncatingIfNeeded: carry)
      carry >>= 32
    }
    if carry > 0 { sum.append(UInt32(carry)) }
    return BigNatural(words: sum)
  }

  /// The difference; `b` must not be the larger.
  static func - (a: BigNatural, b: BigNatural) -> BigNatural {
    precondition(a >= b, "a natural number cannot be negative")
    var difference = a.words
    var borrow: Int64 = 0
    for i in difference.indices {
      borrow += Int64(difference[i]) - (i < b.words.count ? Int64(b.words[i]) : 0)
      difference[i] = UInt32(truncatingIfNeeded: borrow)
      borrow >>= 32
    }
    return BigNatural(words: difference)
  }

  static func * (a: BigNatural, b: BigNatural) -> BigNatural {
    var product = [UInt32](repeating: 0, count: a.words.count + b.words.count)
    for i in a.words.indices {
      var carry: UInt64 = 0
      for j in b.words.indices {
        carry += UInt64(a.words[i]) * UInt64(b.words[j]) + UInt64(product[i + j])
        product[i + j] = UInt32(truncatingIfNeeded: carry)
        carry >>= 32
      }
      product[i + b.words.count] = UInt32(carry)
    }
    return BigNatural(words: product)
  }

  /// The quotient, rounded down, one bit at a time.
  func divided(by divisor: BigNatural) -> BigNatural {
    precondition(!divisor.isZero, "division by zero")
    if let small = divisor.small, small <= UInt(UInt32.max) {
      var quotient = self
      _ = quotient.divide(by: UInt32(small))
      return quotient
    }
    var quotient = [UInt32](repeating: 0, count: words.count)
    var rest = BigNatural.zero
    for bit in (0..<bitWidth).reversed() {
      rest.multiply(by: 2, adding: words[bit / 32] >> UInt32(bit % 32) & 1)
      if rest >= divisor {
        rest = rest - divisor
        quotient[bit / 32] |= 1 << UInt32(bit % 32)
      }
    }
    return BigNatural(words: quotient)
  }

  /// The greatest common divisor by halving and subtracting (Stein).
  static func greatestCommonDivisor(_ a: BigNatural, _ b: BigNatural) -> BigNatural {
    if a.isZero { return b }
    if b.isZero { return a }
    let shift = min(a.trailingZeroBits, b.trailingZeroBits)
    var (x, y) = (a.shiftedRight(a.trailingZeroBits), b.shiftedRight(b.trailingZeroBits))
    while x != y {
      if x < y { swap(&x, &y) }
      x = x - y
      x = x.shiftedRight(x.trailingZeroBits)
    }
    return x * power(of: 2, shift)
  }

  private var trailingZeroBits: Int {
    guard let word = words.firstIndex(where: { $0 != 0 }) else { return 0 }
    return word * 32 + words[word].trailingZeroBitCount
  }

  private func shiftedRight(_ bits: Int) -> BigNatural {
    let (skip, shift) = (bits / 32, UInt64(bits % 32))
    var result = Array(words.dropFirst(skip))
    for i in result.indices {
      let high = i + 1 < result.count ? UInt64(result[i + 1]) << 32 : 0
      result[i] = UInt32(truncatingIfNeeded: (high | UInt64(result[i])) >> shift)
    }
    return BigNatural(words: result)
  }
}

extension BigNatural: Comparable {
  static func < (a: BigNatural, b: BigNatural) -> Bool {
    if a.words.count != b.words.count { return a.words.count < b.words.count }
    for i in a.words.indices.reversed() where a.words[i] != b.words[i] {
      return a.words[i] < b.words[i]
    }
    return false
  }
}

extension BigNatural: CustomStringConvertible {
  /// Decimal digits.
  var description: String {
    if isZero { return "0" }
    var rest = self
    var groups: [String] = []
    while !rest.isZero {
      let group = String(rest.divide(by: 1_000_000_000))
      let padding = rest.isZero ? 0 : 9 - group.count
      groups.append(String(repeating: "0", count: padding) + group)
    }
    return groups.reversed().joined()
  }
}
