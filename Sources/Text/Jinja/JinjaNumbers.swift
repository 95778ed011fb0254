import Foundation

/// Numbers as Python writes and reads them.
enum JinjaNumbers {
  /// The shortest text that reads as `value`, with an exponent where Python has one.
  static func text(_ value: Double) -> String {
    if value.isNaN { return "nan" }
    if value.isInfinite { return value < 0 ? "-inf" : "inf" }
    let sign = value.sign == .minus ? "-" : ""
    var (digits, exponent) = decimal(value.magnitude)
    if digits.isEmpty { (digits, exponent) = ("0", 0) }
    // The value is 0.DIGITS times ten to `exponent + 1`.
    if exponent < -4 || exponent >= 16 {
      let fraction = digits.count > 1 ? "." + digits.dropFirst() : ""
      let power = String(abs(exponent))
      let padding = power.count < 2 ? "0" : ""
      return sign + digits.prefix(1) + fraction + "e" + (exponent < 0 ? "-" : "+") + padding + power
    }
    if exponent < 0 { return sign + "0." + String(repeating: "0", count: -exponent - 1) + digits }
    let padded = digits + String(repeating: "0", count: max(0, exponent + 2 - digits.count))
    return sign + padded.prefix(exponent + 1) + "." + padded.dropFirst(exponent + 1)
  }

  /// The shortest digits of a number and the power of ten of the first of them.
  private static func decimal(_ value: Double) -> (digits: String, exponent: Int) {
    let parts = "\(value)".split(separator: "e")
    let mantissa = parts[0].split(separator: ".", omittingEmptySubsequences: false)
    let (whole, fraction) = (mantissa[0], mantissa.count > 1 ? mantissa[1] : "")
    let all = whole + fraction
    let zeros = all.prefix { $0 == "0" }.count
    let power = (parts.count > 1 ? Int(parts[1]) ?? 0 : 0) + whole.count - 1 - zeros
    var digits = all.dropFirst(zeros)
    while digits.last == "0" { digits.removeLast() }
    return (String(digits), power)
  }

  /// `int(text, base)`; nil for what is no number or too large.
  static func whole(_ text: String, base: Int) -> Int? {
    var digits = Substring(JinjaStrings.strip(text, nil))
    let sign = digits.first == "-" || digits.first == "+" ? String(digits.removeFirst()) : ""
    let prefixes = ["0b": 2, "0o": 8, "0x": 16]
    var base = base
    if let prefix = prefixes[digits.prefix(2).lowercased()], base == 0 || base == prefix {
      (digits, base) = (digits.dropFirst(2), prefix)
      if digits.first == "_" { digits.removeFirst() }
    } else if base == 0 {
      base = 10
      guard digits.first != "0" || digits.allSatisfy({ $0 == "0" }) else { return nil }
    }
    guard (2...36).contains(base), let plain = withoutUnderscores(digits) else { return nil }
    return plain.first.map { $0 == "-" || $0 == "+" } == false
      ? Int(sign + plain, radix: base) : nil
  }

  /// `float(text)`; nil for what is no number.
  static func real(_ text: String) -> Double? {
    let stripped = Substring(JinjaStrings.strip(text, nil))
    guard let plain = withoutUnderscores(stripped), !plain.isEmpty else { return nil }
    let name = plain.lowercased().drop { $0 == "-" || $0 == "+" }
    let isName = ["inf", "infinity", "nan"].contains(String(name))
    guard
      isName || plain.unicodeScalars.allSatisfy({ "0123456789+-.eE".unicodeScalars.contains($0) })
    else { return nil }
    return Double(plain)
  }

  /// The text without underscores; nil if one is not between digits.
  private static func withoutUnderscores(_ text: Substring) -> String? {
    let characters = Array(text.unicodeScalars)
    for (index, character) in characters.enumerated() where character == "_" {
      guard index > 0, index + 1 < characters.count,
        characters[index - 1].properties.isASCIIHexDigit,
        characters[index + 1].properties.isASCIIHexDigit
      else { return nil }
    }
    return String(scalars: characters.filter { $0 != "_" })
  }

  /// Python's `round`: half to even, of the exact value.
  static func rounded(_ value: Double, _ places: Int) -> Double {
    guard value.isFinite, places <= 330 else { return value }
    if places == 0 { return value.rounded(.toNearestOrEven) }
    if places > 0 { return Double(String(format: "%.\(places)f", value)) ?? value }
    guard places > -310 else { return 0 }
    let scale = pow(10, Double(-places))
    return (value / scale).rounded(.toNearestOrEven) * scale
  }

  static func power(_ base: Double, _ exponent: Int) -> Double { pow(base, Double(exponent)) }
}
