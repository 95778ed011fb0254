/// What the content of a box says, in a form that can be compared.
indirect enum BoxedValue: Sendable {
  case number(SurdParser.Number)
  /// A multiple-choice letter.
  case choice(UInt8)
  /// Brackets with their parts: points, intervals and vectors.
  case tuple(open: String, close: String, [BoxedValue])
  /// Parts in any order.
  case unordered(kind: Kind, [BoxedValue])
  /// What a letter may be: `x < 3`, as the interval that it is.
  case inequality(of: UInt8, BoxedValue)
  /// Digits with a base: `204_5`.
  case based(BasedNumber)
  /// LaTeX text in normal form.
  case text(String)

  enum Kind: Sendable {
    /// Solutions beside each other.
    case list
    /// The same in braces.
    case set
    case union
  }

  static let maximumParts = 100
  static let maximumDepth = 4

  func isEqual(to other: BoxedValue) -> Bool {
    switch (self, other) {
    case (.number(let a), .number(let b)): a.isEqual(to: b)
    case (.choice(let a), .choice(let b)): a == b
    case (.text(let a), .text(let b)): a == b
    case (.tuple(let open, let close, let a), .tuple(let start, let end, let b)):
      open == start && close == end && a.count == b.count
        && zip(a, b).allSatisfy { $0.isEqual(to: $1) }
    case (.unordered(let a, let parts), .unordered(let b, let others)):
      (a == .union) == (b == .union) && Self.match(parts, others)
    case (.inequality(let a, let interval), .inequality(let b, let other)):
      a == b && interval.isEqual(to: other)
    case (.inequality(_, let interval), .tuple): interval.isEqual(to: other)
    case (.tuple, .inequality(_, let interval)): isEqual(to: interval)
    case (.based(let a), .based(let b)): a == b
    // Who asks for digits in a base may leave the base out; who does not ask may not add one.
    case (.based(let a), .number(let b)): !b.isDecimal && b.value.description == a.digits
    case (.based(let a), .text(let b)): a.digits == b
    default: false
    }
  }

  /// Whether the parts pair off. Equality is nearly transitive, so taking the first partner is enough.
  private static func match(_ parts: [BoxedValue], _ others: [BoxedValue]) -> Bool {
    guard parts.count == others.count else { return false }
    var rest = others
    for part in parts {
      guard let i = rest.firstIndex(where: part.isEqual(to:)) else { return false }
      rest.remove(at: i)
    }
    return true
  }
}

extension SurdParser.Number {
  /// Exact; within 1e-6 of `self` when one of the two has decimals.
  func isEqual(to other: SurdParser.Number) -> Bool {
    if let a = value.rational, let b = other.value.rational {
      return WrittenNumber(value: a, isDecimal: isDecimal)
        .isEqual(to: WrittenNumber(value: b, isDecimal: other.isDecimal))
    }
    if value == other.value { return true }
    guard isDecimal || other.isDecimal else { return false }
    return abs(value.double - other.value.double) <= 1e-6 * abs(value.double)
  }
}

extension BoxedValue: CustomStringConvertible {
  /// For people: what the answer was read as.
  var description: String {
    switch self {
    case .number(let number): number.value.description
    case .choice(let letter): String(UnicodeScalar(letter))
    case .text(let text): text
    case .tuple(let open, let close, let parts):
      open + parts.map(\.description).joined(separator: ", ") + close
    case .unordered(let kind, let parts):
      parts.map(\.description).joined(separator: kind == .union ? " \\cup " : ", ")
    case .inequality(let letter, let interval): "\(UnicodeScalar(letter)) in \(interval)"
    case .based(let number): "\(number.digits)_\(number.base)"
    }
  }

  /// Like the description; numbers that may be rounded are told from others.
  var identity: String {
    switch self {
    case .number(let number): number.value.description + (number.isDecimal ? "~" : "")
    case .choice, .text, .based: description
    case .inequality(let letter, let interval):
      "\(UnicodeScalar(letter)) in \(interval.identity)"
    case .tuple(let open, let close, let parts):
      open + parts.map(\.identity).joined(separator: ", ") + close
    case .unordered(let kind, let parts):
      "\(kind):" + parts.map(\.identity).joined(separator: ", ")
    }
  }
}

extension Surd: CustomStringConvertible {
  /// `1/2`, `1 + 2*sqrt(3)`, `-5/4*pi^2`.
  var description: String {
    if let rational { return rational.description }
    let ordered = terms.sorted {
      $0.key < $1.key
    }
    return ordered.map { basis, coefficient in
      let root =
        basis.index == 2 ? "sqrt(\(basis.radicand))" : "\(basis.radicand)^(1/\(basis.index))"
      let factors =
        [basis.radicand == 1 ? nil : root]
        + [basis.power == 0 ? nil : basis.power == 1 ? "pi" : "pi^\(basis.power)"]
      let isUnit = coefficient == .one || coefficient == -.one
      let hasNumber = !isUnit || factors.allSatisfy { $0 == nil }
      let sign = coefficient.isNegative && !hasNumber ? "-" : ""
      return sign
        + ([hasNumber ? coefficient.description : nil] + factors).compactMap(\.self)
        .joined(separator: "*")
    }.joined(separator: " + ")
  }
}
