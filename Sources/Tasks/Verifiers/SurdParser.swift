/// Reads a number made of rationals, `\frac`, roots and `\pi` from LaTeX tokens.
///
/// Arithmetic that an answer leaves undone is refused: `3+4`, `3 \cdot 4` and `2^{10}` are no
/// numbers, or repeating the question would score. Bounded: `maximumTokens`, `maximumDepth`.
struct SurdParser {
  private let tokens: [LaTeXToken]
  private var position = 0
  private var depth = 0
  private var parentheses = 0
  private var hasDecimals = false

  static let maximumTokens = 400
  static let maximumDepth = 16

  struct Number {
    let value: Surd
    let isDecimal: Bool
  }

  /// The number that all of the tokens spell.
  static func parse(_ tokens: [LaTeXToken]) -> Number? {
    guard tokens.count <= maximumTokens else { return nil }
    var parser = SurdParser(tokens)
    guard let value = parser.sum(), parser.position == tokens.count else { return nil }
    return Number(value: value, isDecimal: parser.hasDecimals)
  }

  private init(_ tokens: [LaTeXToken]) { self.tokens = tokens }

  private var next: LaTeXToken? { position < tokens.count ? tokens[position] : nil }

  private mutating func take(_ token: LaTeXToken) -> Bool {
    guard next == token else { return false }
    position += 1
    return true
  }

  private mutating func sum() -> Surd? {
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.maximumDepth else { return nil }
    let isNegative = take(.symbol("-"))
    if !isNegative { _ = take(.symbol("+")) }
    guard var total = product() else { return nil }
    if isNegative { total = -total }
    while next == .symbol("+") || next == .symbol("-") {
      let isMinus = take(.symbol("-"))
      if !isMinus { position += 1 }
      guard let term = product(),
        let sum = total.adding(isMinus ? -term : term),
        sum.terms.count == total.terms.count + term.terms.count
      else { return nil }
      total = sum
    }
    return total
  }

  private mutating func product() -> Surd? {
    guard var value = factor() else { return nil }
    var hasQuotient = false
    while true {
      if take(.symbol("/")) {
        guard !hasQuotient, let bottom = factor(), let quotient = value.divided(by: bottom)
        else { return nil }
        value = quotient
        hasQuotient = true
        continue
      }
      let isExplicit = take(.command("\\cdot")) || take(.symbol("*"))
      if isExplicit, let scale = powerOfTen() {
        guard let scaled = value.multiplied(by: Surd(scale)) else { return nil }
        value = scaled
        continue
      }
      guard isExplicit || startsFactor else { return value }
      guard let other = factor(), value.rational == nil || other.rational == nil,
        let product = value.multiplied(by: other)
      else { return nil }
      value = product
    }
  }

  private var startsFactor: Bool {
    switch next {
    case .command("\\frac"), .command("\\sqrt"), .command("\\pi"): true
    case .symbol(let byte): byte == 0x28 || byte == 0x7B
    default: false
    }
  }

  /// A number with a fraction as its exponent, `2^{1/3}`, or without one.
  private mutating func factor() -> Surd? {
    guard let base = atom() else { return nil }
    guard next == .symbol("^") else { return base }
    guard let (top, bottom) = fractionalExponent() else { return nil }
    return base.power(top, over: bottom)
  }

  private mutating func atom() -> Surd? {
    switch next {
    case .command("\\frac"):
      position += 1
      guard let top = group(), let bottom = group() else { return nil }
      return top.divided(by: bottom)
    case .command("\\sqrt"):
      position += 1
      guard let index = rootIndex() else { return nil }
      return group()?.root(index: index)
    case .command("\\pi"):
      position += 1
      return piPower()
    case .symbol(UInt8(ascii: "(")), .symbol(UInt8(ascii: "{")):
      return group()
    default:
      return literal()
    }
  }

  /// `{...}` or `(...)`.
  private mutating func group() -> Surd? {
    let close: LaTeXToken
    if take(.symbol("{")) {
      close = .symbol("}")
    } else if take(.symbol("(")) {
      close = .symbol(")")
      parentheses += 1
    } else {
      return nil
    }
    guard let value = sum(), take(close) else { return nil }
    if close == .symbol(")") { parentheses -= 1 }
    return value
  }

  private mutating func piPower() -> Surd? {
    guard let exponent = exponent() else { return next == .symbol("^") ? nil : .pi }
    guard (1...9).contains(exponent) else { return nil }
    return (1..<exponent).reduce(Surd.pi) { power, _ in power?.multiplied(by: .pi) }
  }

  /// Digits with decimals and thousands separators; `1\frac{1}{2}` is mixed.
  private mutating func literal() -> Surd? {
    var spelling: [UInt8] = []
    while case .symbol(let byte)? = next, isPartOfNumber(byte, spelling) {
      spelling.append(byte)
      position += 1
    }
    var parser = NumberParser(spelling)
    guard parser.startsNumber(0) else { return nil }
    let piece = parser.number(at: 0)
    guard piece.end == spelling.count, let number = piece.number else { return nil }
    hasDecimals = hasDecimals || number.isDecimal
    guard next == .command("\\frac"), number.value.isInteger, !number.isDecimal else {
      return Surd(number.value)
    }
    guard let part = factor() else { return nil }
    guard let fraction = part.rational else {  // 2\frac{\sqrt{3}}{3}: a product
      return Surd(number.value).multiplied(by: part)
    }
    guard !fraction.isNegative, fraction.numerator < fraction.denominator else { return nil }
    return number.value.adding(fraction).map(Surd.init)
  }

  /// Commas only outside parentheses, where they separate the parts of a point; a space and a slash
  /// only for `1 1/2`.
  private func isPartOfNumber(_ byte: UInt8, _ spelling: [UInt8]) -> Bool {
    if byte.isDigit || byte == UInt8(ascii: ".") { return true }
    guard !spelling.isEmpty else { return false }
    return byte == UInt8(ascii: " ") || (byte == UInt8(ascii: ",") && parentheses == 0)
      || (byte == UInt8(ascii: "/") && spelling.contains(UInt8(ascii: " ")))
  }

  /// `[3]` behind `\sqrt`; 2 without it.
  private mutating func rootIndex() -> Int? {
    guard take(.symbol("[")) else { return 2 }
    let index = digits()
    return take(.symbol("]")) ? index : nil
  }

  /// `^{1/3}`, `^{-\frac{2}{3}}`; a whole number would be arithmetic left undone.
  private mutating func fractionalExponent() -> (top: Int, bottom: Int)? {
    guard take(.symbol("^")), take(.symbol("{")) else { return nil }
    let isNegative = take(.symbol("-"))
    let isCommand = take(.command("\\frac"))
    if isCommand { _ = take(.symbol("{")) }
    let top = digits()
    let isFraction =
      isCommand ? take(.symbol("}")) && take(.symbol("{")) : take(.symbol("/"))
    let bottom = isFraction ? digits() : nil
    if isCommand, !take(.symbol("}")) { return nil }
    guard take(.symbol("}")), let top, let bottom, bottom > 1, top % bottom != 0 else { return nil }
    return (isNegative ? -top : top, bottom)
  }

  /// A whole number of one or two digits.
  private mutating func digits() -> Int? {
    var value: Int?
    while case .symbol(let byte)? = next, byte.isDigit, value ?? 0 < 10 {
      value = (value ?? 0) * 10 + Int(byte & 15)
      position += 1
    }
    return value
  }

  /// `10^{n}`, behind a product sign.
  private mutating func powerOfTen() -> Rational? {
    let start = position
    guard take(.symbol("1")), take(.symbol("0")), let exponent = exponent() else {
      position = start
      return nil
    }
    return NumberParser.powerOfTen(exponent)?.value
  }

  private mutating func exponent() -> Int? {
    let start = position
    guard take(.symbol("^")), take(.symbol("{")) else {
      position = start
      return nil
    }
    let isNegative = take(.symbol("-"))
    var value = 0
    let first = position
    while case .symbol(let byte)? = next, byte.isDigit, value < 1000 {
      value = value * 10 + Int(byte & 15)
      position += 1
    }
    guard position > first, take(.symbol("}")) else {
      position = start
      return nil
    }
    return isNegative ? -value : value
  }
}
