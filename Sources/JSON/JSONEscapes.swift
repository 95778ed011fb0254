/// Which characters of a string are escaped beyond those that must be, and how: texts are compared by
/// their bytes, so each kind of file keeps the escapes that it had from the start.
public enum JSONEscapes: Sendable {
  /// Files of models: what must be escaped and nothing else.
  case file
  /// Lines of data: line separators, too, which break readers that take them for line ends.
  case line
  /// What commands print: line separators and delete.
  case report
  /// RFC 8785 and Python: with `\b` and `\f` in their short form.
  case canonical
  /// Python's `ensure_ascii`.
  case ascii
  /// YAML's double-quoted strings: those of `canonical`, and what YAML calls not printable.
  case yaml

  /// Appends `string` in double quotes.
  public func quote(_ string: String, to text: inout String) {
    text += "\""
    if needsEscape(string) {
      for scalar in string.unicodeScalars { append(scalar, to: &text) }
    } else {
      text += string
    }
    text += "\""
  }

  /// `string` in double quotes.
  public func quoted(_ string: String) -> String {
    var text = ""
    quote(string, to: &text)
    return text
  }

  /// Whether a look at the bytes finds something that may have to be escaped.
  private func needsEscape(_ string: String) -> Bool { string.utf8.contains(where: mayBeEscaped) }

  private func mayBeEscaped(_ byte: UInt8) -> Bool {
    if byte < 0x20 || byte == 0x22 || byte == 0x5C { return true }
    guard byte > 0x7E else { return false }
    return switch self {
    case .file, .canonical: false
    // The line separators begin with E2.
    case .line: byte == 0xE2
    case .report: byte == 0x7F || byte == 0xE2
    case .ascii, .yaml: true
    }
  }

  /// Appends one character of a string.
  public func append(_ scalar: Unicode.Scalar, to text: inout String) {
    switch scalar {
    case "\"": text += "\\\""
    case "\\": text += "\\\\"
    case "\n": text += "\\n"
    case "\r": text += "\\r"
    case "\t": text += "\\t"
    case "\u{8}" where hasShortForms: text += "\\b"
    case "\u{C}" where hasShortForms: text += "\\f"
    case _ where isEscaped(scalar.value):
      for unit in String(scalar).utf16 { text += Self.escape(unit) }
    default: text.unicodeScalars.append(scalar)
    }
  }

  private var hasShortForms: Bool {
    switch self {
    case .canonical, .ascii, .yaml: true
    case .file, .line, .report: false
    }
  }

  private func isEscaped(_ value: UInt32) -> Bool {
    if value < 0x20 { return true }
    guard value > 0x7E else { return false }
    return switch self {
    case .file, .canonical: false
    case .line: value == 0x2028 || value == 0x2029
    case .report: value == 0x7F || value == 0x2028 || value == 0x2029
    case .ascii: true
    case .yaml:
      switch value {
      case 0x7F...0x9F, 0x2028, 0x2029, 0xFEFF, 0xFFFE, 0xFFFF: true
      default: false
      }
    }
  }

  private static func escape(_ unit: UInt16) -> String {
    let digits = String(unit, radix: 16)
    return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
  }
}
