/// A finite double as ECMAScript writes it (RFC 8785, section 3.2.2.3): 3, 0.0001, 1e-7, 1e+21.
public func canonicalNumber(_ value: Double) -> String {
  if value == 0 { return "0" }
  if value < 0 { return "-" + canonicalNumber(-value) }
  let (digits, point) = decimalDigits(value)
  let count = digits.count
  switch point {
  case count...21:
    return digits + String(repeating: "0", count: point - count)
  case 1...21:
    return digits.prefix(point) + "." + digits.dropFirst(point)
  case -5...0:
    return "0." + String(repeating: "0", count: -point) + digits
  default:
    let fraction = count > 1 ? "." + digits.dropFirst() : ""
    return digits.prefix(1) + fraction + "e" + (point > 0 ? "+" : "-") + String(abs(point - 1))
  }
}

/// The fewest digits that identify a positive double, without zeros at either end, and the exponent
/// such that the value is 0.DIGITS * 10^exponent.
private func decimalDigits(_ value: Double) -> (digits: String, exponent: Int) {
  let parts = value.description.split(separator: "e")
  let mantissa = parts[0].split(separator: ".", omittingEmptySubsequences: false)
  let fraction = mantissa.count > 1 ? mantissa[1] : ""
  let written = mantissa[0] + fraction
  let leading = written.prefix { $0 == "0" }.count
  var digits = String(written.dropFirst(leading))
  while digits.last == "0" { digits.removeLast() }
  let scale = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
  return (digits, mantissa[0].count - leading + scale)
}
