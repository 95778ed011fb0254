/// An expression over + - * / ( ) and integers, and nothing else: no signs, no powers, no names.
///
/// Read in one pass with two stacks (Dijkstra's shunting yard), so nothing recurses, and bounded in
/// length, depth and digits, so nothing takes long.
struct CountdownExpression: Sendable, Hashable {
  /// The exact value.
  let value: Rational
  /// The integers as they appear.
  let numbers: [Int]

  static let maximumLength = 512
  static let maximumDepth = 32
  static let maximumDigits = 9

  /// Reads the whole of `text`; nil when it is no expression, divides by zero or is out of bounds.
  init?(_ text: String) {
    guard text.utf8.count <= Self.maximumLength else { return nil }
    var reader = Reader()
    for byte in text.utf8 {
      guard reader.read(byte) else { return nil }
    }
    guard let value = reader.finish() else { return nil }
    self.value = value
    numbers = reader.numbers
  }

  private struct Reader {
    private var values: [Rational] = []
    private var operators: [UInt8] = []
    private var depth = 0
    private var expectsValue = true
    /// Digits seen of the integer that is being read.
    private var digits: Int?
    private var current = 0
    private(set) var numbers: [Int] = []

    /// Takes one byte; false when the text is no expression.
    mutating func read(_ byte: UInt8) -> Bool {
      if byte.isDigit { return digit(byte) }
      guard endNumber() else { return false }
      switch byte {
      case _ where byte.isWhitespace:
        return true
      case UInt8(ascii: "("):
        depth += 1
        operators.append(byte)
        return expectsValue && depth <= CountdownExpression.maximumDepth
      case UInt8(ascii: ")"):
        guard !expectsValue else { return false }
        depth -= 1
        return depth >= 0 && reduce(downTo: 1) && operators.popLast() != nil
      default:
        guard let precedence = Self.precedence(byte), !expectsValue,
          reduce(downTo: precedence)
        else { return false }
        operators.append(byte)
        expectsValue = true
        return true
      }
    }

    mutating func finish() -> Rational? {
      guard endNumber(), !expectsValue, depth == 0, reduce(downTo: 1) else { return nil }
      return values.last
    }

    private mutating func digit(_ byte: UInt8) -> Bool {
      guard digits != nil || expectsValue else { return false }
      digits = (digits ?? 0) + 1
      current = current * 10 + Int(byte & 15)
      expectsValue = false
      return digits ?? 0 <= CountdownExpression.maximumDigits
    }

    private mutating func endNumber() -> Bool {
      guard digits != nil else { return true }
      values.append(Rational(current))
      numbers.append(current)
      (digits, current) = (nil, 0)
      return true
    }

    /// Applies the waiting operators that bind at least as strongly; parentheses stop it.
    private mutating func reduce(downTo precedence: Int) -> Bool {
      while let top = operators.last, let strength = Self.precedence(top), strength >= precedence {
        operators.removeLast()
        guard let b = values.popLast(), let a = values.popLast(),
          let result = Self.apply(top, a, b)
        else { return false }
        values.append(result)
      }
      return true
    }

    private static func precedence(_ symbol: UInt8) -> Int? {
      switch symbol {
      case UInt8(ascii: "+"), UInt8(ascii: "-"): 1
      case UInt8(ascii: "*"), UInt8(ascii: "/"): 2
      default: nil
      }
    }

    private static func apply(_ symbol: UInt8, _ a: Rational, _ b: Rational) -> Rational? {
      switch symbol {
      case UInt8(ascii: "+"): a.adding(b)
      case UInt8(ascii: "-"): a.subtracting(b)
      case UInt8(ascii: "*"): a.multiplied(by: b)
      default: a.divided(by: b)
      }
    }
  }
}
