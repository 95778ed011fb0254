public import Foundation
public import Settings

extension ConfigValue {
  /// The one JSON text of this value, as RFC 8785 (JSON Canonicalization Scheme) writes it: keys
  /// sorted, no blanks, the fewest digits that read back as the same double, so that 3.0 is 3.
  ///
  /// It departs from the RFC in one point: integers beyond 2^53 keep all their digits. Numbers that
  /// are not finite become null.
  public var canonicalJSON: String {
    var text = ""
    write(to: &text, indentation: nil)
    return text
  }

  /// The same text with a line for each member, two blanks of indentation a level.
  public var prettyJSON: String {
    var text = ""
    write(to: &text, indentation: 0)
    return text
  }

  private func write(to text: inout String, indentation: Int?) {
    switch self {
    case .null: text += "null"
    case .bool(let value): text += value ? "true" : "false"
    case .int(let value): text += String(value)
    case .double(let value): text += value.isFinite ? canonicalNumber(value) : "null"
    case .string(let value): text += quotedJSON(value)
    case .list(let values):
      Self.join(values, "[", "]", to: &text, indentation) { value, text, indentation in
        value.write(to: &text, indentation: indentation)
      }
    case .map(let values):
      let sorted = values.sorted { $0.key.utf16.lexicographicallyPrecedes($1.key.utf16) }
      Self.join(sorted, "{", "}", to: &text, indentation) { member, text, indentation in
        text += quotedJSON(member.key) + (indentation == nil ? ":" : ": ")
        member.value.write(to: &text, indentation: indentation)
      }
    }
  }

  private static func join<Element>(
    _ elements: [Element], _ open: String, _ close: String, to text: inout String,
    _ indentation: Int?, _ write: (Element, inout String, Int?) -> Void
  ) {
    guard !elements.isEmpty else {
      text += open + close
      return
    }
    let inner = indentation.map { $0 + 2 }
    text += open
    for (index, element) in elements.enumerated() {
      if index > 0 { text += "," }
      if let inner { text += "\n" + String(repeating: " ", count: inner) }
      write(element, &text, inner)
    }
    if let indentation { text += "\n" + String(repeating: " ", count: indentation) }
    text += close
  }

  /// The value as it reads back from its JSON: 3.0 as 3.
  var withWholeNumbers: ConfigValue {
    switch self {
    case .double(let value) where value.isFinite:
      Int(canonicalNumber(value)).map(ConfigValue.int) ?? self
    case .double: .null
    case .list(let values): .list(values.map(\.withWholeNumbers))
    case .map(let values): .map(values.mapValues(\.withWholeNumbers))
    case .null, .bool, .int, .string: self
    }
  }

  /// The value that a JSON text holds; whole numbers become integers.
  public init(json: Data) throws {
    self = try JSONDecoder().decode(ConfigValue.self, from: json)
  }
}

extension ConfigValue: Codable {
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    // The frequent ones first: every one that does not fit makes an error, which takes time.
    if container.decodeNil() {
      self = .null
    } else if let value = try? container.decode(Int.self) {
      self = .int(value)
    } else if let value = try? container.decode(String.self) {
      self = .string(value)
    } else if let value = try? container.decode(Double.self) {
      self = .double(value)
    } else if let values = try? container.decode([String: ConfigValue].self) {
      self = .map(values)
    } else if let value = try? container.decode(Bool.self) {
      self = .bool(value)
    } else {
      self = .list(try container.decode([ConfigValue].self))
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .null: try container.encodeNil()
    case .bool(let value): try container.encode(value)
    case .int(let value): try container.encode(value)
    case .double(let value): try container.encode(value)
    case .string(let value): try container.encode(value)
    case .list(let values): try container.encode(values)
    case .map(let values): try container.encode(values)
    }
  }
}

/// A finite double as ECMAScript writes it (RFC 8785, section 3.2.2.3): 3, 0.0001, 1e-7, 1e+21.
func canonicalNumber(_ value: Double) -> String {
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

/// A string in double quotes, with the escapes of RFC 8785 and no others.
func quotedJSON(_ value: String) -> String {
  var text = "\""
  for scalar in value.unicodeScalars {
    switch scalar {
    case "\"": text += "\\\""
    case "\\": text += "\\\\"
    case "\u{8}": text += "\\b"
    case "\t": text += "\\t"
    case "\n": text += "\\n"
    case "\u{C}": text += "\\f"
    case "\r": text += "\\r"
    case "\u{0}"..<"\u{20}":
      let digits = String(scalar.value, radix: 16)
      text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    default: text.unicodeScalars.append(scalar)
    }
  }
  return text + "\""
}
