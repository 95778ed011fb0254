import Foundation

/// A number of Jinja. Whole numbers have 64 bits: a larger one is an error, where Python continues.
enum JinjaNumber {
  case whole(Int)
  case real(Double)

  var double: Double {
    switch self {
    case .whole(let value): Double(value)
    case .real(let value): value
    }
  }

  init?(_ value: JinjaValue) {
    switch value {
    case .integer(let number): self = .whole(number)
    case .bool(let flag): self = .whole(flag ? 1 : 0)
    case .float(let number): self = .real(number)
    default: return nil
    }
  }
}

// Arithmetic.
extension JinjaRenderer {
  func numeric(_ value: JinjaValue, for sign: String) throws -> JinjaNumber {
    if case .undefined(let missing) = value { throw JinjaError.undefined(missing) }
    guard let number = JinjaNumber(value) else { throw JinjaError("'\(sign)' of \(value.kind)") }
    return number
  }

  func whole(_ result: (partialValue: Int, overflow: Bool)) throws -> JinjaValue {
    guard !result.overflow else { throw JinjaError("a number is too large") }
    return .integer(result.partialValue)
  }

  func arithmetic(_ sign: String, _ a: JinjaValue, _ b: JinjaValue) throws -> JinjaValue {
    if case .undefined(let missing) = a { throw JinjaError.undefined(missing) }
    if sign == "%", let format = a.string {
      return a.withText(try printf(format, a.isMarkup ? Self.escaped(all: b) : b))
    }
    if case .undefined(let missing) = b { throw JinjaError.undefined(missing) }
    if let a = JinjaNumber(a), let b = JinjaNumber(b) { return try arithmetic(sign, a, b) }
    switch (sign, a, b) {
    case ("+", .string(let a), .string(let b)):
      try allow(bytes: a.utf8.count + b.utf8.count)
      return .string(a + b)
    case ("+", .markup, .string), ("+", .string, .markup), ("+", .markup, .markup):
      let text = Self.escaped(a) + Self.escaped(b)
      try allow(bytes: text.utf8.count)
      return .markup(text)
    case ("+", .array(let a), .array(let b))
    where a.kind == b.kind && (a.kind == .list || a.kind == .tuple):
      try allow(items: a.items.count + b.items.count)
      return try checked(.array(JinjaArray(a.items + b.items, a.kind)))
    case ("*", _, .integer), ("*", _, .bool): return try repeated(a, b)
    case ("*", .integer, _), ("*", .bool, _): return try repeated(b, a)
    default: throw JinjaError("'\(sign)' of \(a.kind) and \(b.kind)")
    }
  }

  private func repeated(_ value: JinjaValue, _ times: JinjaValue) throws -> JinjaValue {
    guard case .whole(let number)? = JinjaNumber(times) else { return value }
    let count = max(0, number)
    func size(_ one: Int) -> Int {
      let (size, overflow) = one.multipliedReportingOverflow(by: count)
      return overflow ? .max : size
    }
    switch value {
    case .string(let text), .markup(let text):
      try allow(bytes: size(text.utf8.count))
      let repeated = text.isEmpty ? "" : String(repeating: text, count: count)
      return value.withText(repeated)
    case .array(let array) where array.kind == .list || array.kind == .tuple:
      try allow(items: size(array.items.count))
      let items =
        array.items.isEmpty ? [] : Array(repeatElement(array.items, count: count).joined())
      return .array(JinjaArray(items, array.kind))
    default: throw JinjaError("'*' of \(value.kind) and a number")
    }
  }

  private func arithmetic(
    _ sign: String, _ a: JinjaNumber, _ b: JinjaNumber
  ) throws -> JinjaValue {
    if ["/", "//", "%"].contains(sign), b.double == 0 { throw JinjaError("a division by zero") }
    guard case (.whole(let a), .whole(let b)) = (a, b) else {
      return .float(try arithmetic(sign, a.double, b.double))
    }
    switch sign {
    case "+": return try whole(a.addingReportingOverflow(b))
    case "-": return try whole(a.subtractingReportingOverflow(b))
    case "*": return try whole(a.multipliedReportingOverflow(by: b))
    case "/": return .float(Double(a) / Double(b))
    case "//", "%": return try floored(sign, a, b)
    default: return try power(a, b)
    }
  }

  /// Python rounds down.
  private func floored(_ sign: String, _ a: Int, _ b: Int) throws -> JinjaValue {
    if b == -1 { return sign == "%" ? .integer(0) : try whole(0.subtractingReportingOverflow(a)) }
    let (quotient, rest) = a.quotientAndRemainder(dividingBy: b)
    let isBelow = rest != 0 && (rest < 0) != (b < 0)
    return .integer(sign == "%" ? (isBelow ? rest + b : rest) : (isBelow ? quotient - 1 : quotient))
  }

  private func power(_ a: Int, _ b: Int) throws -> JinjaValue {
    guard b >= 0 else { return .float(try arithmetic("**", Double(a), Double(b))) }
    if b > 64, a.magnitude > 1 { throw JinjaError("a number is too large") }
    var result = JinjaValue.integer(1)
    // Nothing changes beyond the parity for 0, 1 and -1.
    for _ in 0..<(a.magnitude > 1 ? b : b == 0 ? 0 : 2 - b % 2) {
      guard case .integer(let value) = result else { break }
      result = try whole(value.multipliedReportingOverflow(by: a))
    }
    return result
  }

  private func arithmetic(_ sign: String, _ a: Double, _ b: Double) throws -> Double {
    switch sign {
    case "+": return a + b
    case "-": return a - b
    case "*": return a * b
    case "/": return a / b
    case "//", "%":
      var rest = fmod(a, b)
      var quotient = (a - rest) / b
      if rest != 0, (rest < 0) != (b < 0) {
        rest += b
        quotient -= 1
      }
      if sign == "%" { return rest == 0 ? copysign(0, b) : rest }
      let floor = quotient.rounded(.down)
      return quotient == 0 ? copysign(0, a / b) : quotient - floor > 0.5 ? floor + 1 : floor
    default:
      if a == 0, b < 0 { throw JinjaError("a division by zero") }
      if a < 0, b != b.rounded(), a.isFinite, b.isFinite {
        throw JinjaError("a root of a negative number")
      }
      let result = pow(a, b)
      guard result.isFinite || !a.isFinite || !b.isFinite else {
        throw JinjaError("a number is too large")
      }
      return result
    }
  }
}

// Comparison.
extension JinjaRenderer {
  func compare(_ sign: String, _ a: JinjaValue, _ b: JinjaValue) throws -> Bool {
    switch sign {
    case "==": return try equal(a, b)
    case "!=": return try !equal(a, b)
    case "in": return try contains(b, a)
    case "not in": return try !contains(b, a)
    case "<": return try precedes(a, b, sign)
    case ">": return try precedes(b, a, sign)
    // Of numbers that are none, neither precedes the other.
    case "<=": return try precedes(a, b, sign) || equal(a, b)
    default: return try precedes(b, a, sign) || equal(a, b)
    }
  }

  func equal(_ a: JinjaValue, _ b: JinjaValue) throws -> Bool {
    if let a = a.string, let b = b.string {
      try spend(bytes: min(a.utf8.count, b.utf8.count))
      return JinjaText.isSame(a, b)
    }
    switch (JinjaNumber(a), JinjaNumber(b)) {
    case (.whole(let a)?, .whole(let b)?): return a == b
    case (let a?, let b?): return a.double == b.double
    default: break
    }
    switch (a, b) {
    case (.undefined, .undefined), (.none, .none): return true
    case (.long(let a), .long(let b)): return a == b
    case (.array(let a), .array(let b)): return try a === b || nested { try equal(a, b) }
    case (.mapping(let a), .mapping(let b)): return try a === b || nested { try equal(a, b) }
    case (.namespace(let a), .namespace(let b)): return a === b
    case (.loop(let a), .loop(let b)): return a === b
    case (.generator(let a), .generator(let b)): return a === b
    case (.function(.macro(let a)), .function(.macro(let b))): return a === b
    case (.function(.global(let a)), .function(.global(let b))): return a == b
    case (.function(.method(let a, let x)), .function(.method(let b, let y))):
      return try a == b && nested { try equal(x, y) }
    default: return false
    }
  }

  private func equal(_ a: JinjaArray, _ b: JinjaArray) throws -> Bool {
    guard a.kind.description == b.kind.description, a.items.count == b.items.count else {
      return false
    }
    return try zip(a.items, b.items).allSatisfy { first, second in
      try spend(1)
      return try equal(first, second)
    }
  }

  private func equal(_ a: JinjaMapping, _ b: JinjaMapping) throws -> Bool {
    guard a.keys.count == b.keys.count else { return false }
    for (key, value) in zip(a.keys, a.values) {
      try spend(1)
      guard let other = b[try hashed(key)], try equal(value, other) else { return false }
    }
    return true
  }

  /// `a < b`, for messages `sign`.
  func precedes(_ a: JinjaValue, _ b: JinjaValue, _ sign: String = "<") throws -> Bool {
    for case .undefined(let missing) in [a, b] { throw JinjaError.undefined(missing) }
    if let a = a.string, let b = b.string {
      try spend(bytes: min(a.utf8.count, b.utf8.count))
      // The order of UTF-8's bytes is that of the characters' codes.
      return a.utf8.lexicographicallyPrecedes(b.utf8)
    }
    switch (JinjaNumber(a), JinjaNumber(b)) {
    case (.whole(let a)?, .whole(let b)?): return a < b
    case (let a?, let b?): return a.double < b.double
    default: break
    }
    guard case (.array(let first), .array(let second)) = (a, b), first.kind == second.kind,
      first.kind == .list || first.kind == .tuple
    else { throw JinjaError("'\(sign)' of \(a.kind) and \(b.kind)") }
    return try nested {
      for (a, b) in zip(first.items, second.items) where try !equal(a, b) {
        return try precedes(a, b, sign)
      }
      return first.items.count < second.items.count
    }
  }

  /// `item in container`.
  func contains(_ container: JinjaValue, _ item: JinjaValue) throws -> Bool {
    if let text = container.string {
      if case .undefined(let missing) = item { throw JinjaError.undefined(missing) }
      guard let part = item.string else { throw JinjaError("'in' of \(item.kind) and a string") }
      try spend(bytes: text.utf8.count)
      return JinjaStrings.contains(text, part)
    }
    if case .mapping(let mapping) = container { return mapping[try hashed(item)] != nil }
    return try items(container).contains { try equal($0, item) }
  }

  /// A value as the key of a dictionary.
  func hashed(_ value: JinjaValue) throws -> JinjaKey {
    try spend(1)
    if let text = value.string {
      try spend(bytes: text.utf8.count)
      return .string(JinjaText(text))
    }
    switch JinjaNumber(value) {
    case .whole(let number)?: return .integer(number)
    case .real(let number)?: return Int(exactly: number).map { .integer($0) } ?? .float(number)
    case nil: break
    }
    switch value {
    case .none: return .none
    case .array(let array) where array.kind == .tuple:
      return try nested { .tuple(try array.items.map(hashed)) }
    case .undefined(let missing): throw JinjaError.undefined(missing)
    default: throw JinjaError("\(value.kind) as a key")
    }
  }

  /// What a loop runs over.
  func items(_ value: JinjaValue) throws -> [JinjaValue] {
    switch value {
    case .undefined: return []
    case .array(let array):
      try spend(array.items.count)
      return array.items
    case .mapping(let mapping):
      try spend(mapping.keys.count)
      return mapping.keys
    case .generator(let generator):
      let items = generator.take()
      try spend(items.count)
      return items
    case .string(let text), .markup(let text):
      try allow(items: text.unicodeScalars.count)
      return text.unicodeScalars.map { .string(String($0)) }
    default: throw JinjaError("a loop over \(value.kind)")
    }
  }
}
