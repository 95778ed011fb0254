/// What text without quotes means, by the rules of YAML 1.2's core schema, with two additions:
/// `1e-4` is a number, and digits may be grouped with `_`.
enum ScalarForm: Equatable {
  case null
  case bool(Bool)
  case int(Int)
  /// A whole number that does not fit into 64 bits.
  case hugeInt(Double)
  case number(Double)
  /// `.inf`, `.nan` and what overflows.
  case notFinite
  case string

  init(_ text: String) {
    switch text {
    case "", "~", "null", "Null", "NULL": self = .null
    case "true", "True", "TRUE": self = .bool(true)
    case "false", "False", "FALSE": self = .bool(false)
    default: self = Self.numeric(text) ?? .string
    }
  }

  private static func numeric(_ text: String) -> ScalarForm? {
    let unsigned = text.first == "-" || text.first == "+" ? text.dropFirst() : text[...]
    let word = unsigned.lowercased()
    if [".inf", "inf", "infinity"].contains(word) { return .notFinite }
    if [".nan", "nan"].contains(text.lowercased()) { return .notFinite }
    for (prefix, radix) in [("0x", 16), ("0o", 8)] where word.hasPrefix(prefix) {
      let digits = word.dropFirst(2)
      guard digits.first?.isHexDigit == true, let value = Int(digits, radix: radix) else {
        return nil
      }
      return .int(text.first == "-" ? -value : value)
    }
    guard let kind = decimal(unsigned), let value = Double(digitsOnly(text)) else { return nil }
    if !value.isFinite { return .notFinite }
    if kind == .fraction { return .number(value == 0 ? 0 : value) }
    return Int(digitsOnly(text)).map { .int($0) } ?? .hugeInt(value)
  }

  private enum Decimal { case whole, fraction }

  /// What `12`, `1_000`, `1.5`, `.5`, `1.` and `1e-4` are; nil for everything else.
  private static func decimal(_ text: Substring) -> Decimal? {
    let parts = text.split(separator: "e", maxSplits: 1, omittingEmptySubsequences: false)
    let scientific =
      parts.count == 2
      ? parts
      : text.split(
        separator: "E", maxSplits: 1, omittingEmptySubsequences: false)
    if scientific.count == 2 {
      let exponent = scientific[1]
      let digits = exponent.first == "-" || exponent.first == "+" ? exponent.dropFirst() : exponent
      guard areDigits(digits), decimal(scientific[0]) != nil else { return nil }
      return .fraction
    }
    let halves = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    if halves.count == 1 { return areDigits(halves[0]) ? .whole : nil }
    guard halves.allSatisfy({ $0.isEmpty || areDigits($0) }), text.count > 1 else { return nil }
    return .fraction
  }

  private static func areDigits(_ text: Substring) -> Bool {
    let groups = text.utf8.split(separator: UInt8(ascii: "_"), omittingEmptySubsequences: false)
    return groups.allSatisfy { !$0.isEmpty && $0.allSatisfy { (48...57).contains($0) } }
  }

  private static func digitsOnly(_ text: String) -> String { text.filter { $0 != "_" } }
}
