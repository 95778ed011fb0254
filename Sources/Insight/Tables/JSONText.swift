/// A JSON document to be written: members keep their order, numbers their type.
///
/// Non-finite numbers become null, as everywhere in Regimen's output. A `Float` is written with the
/// fewest digits that read back as the same `Float`.
public indirect enum JSONText: Sendable, Equatable {
  case null
  case bool(Bool)
  case int(Int)
  case double(Double)
  case float(Float)
  case string(String)
  case list([JSONText])
  case object([(String, JSONText)])
  /// JSON that is stored or made elsewhere, taken over as it is.
  case raw(String)

  /// The document on one line.
  public var line: String {
    var text = ""
    write(to: &text)
    return text
  }

  private func write(to text: inout String) {
    switch self {
    case .null: text += "null"
    case .bool(let value): text += value ? "true" : "false"
    case .int(let value): text += String(value)
    case .double(let value): text += value.isFinite ? "\(value)" : "null"
    case .float(let value): text += value.isFinite ? "\(value)" : "null"
    case .string(let value): Self.quote(value, to: &text)
    case .raw(let value): text += value
    case .list(let values):
      Self.join(values, "[", "]", to: &text) { $0.write(to: &$1) }
    case .object(let members):
      Self.join(members, "{", "}", to: &text) {
        Self.quote($0.0, to: &$1)
        $1 += ":"
        $0.1.write(to: &$1)
      }
    }
  }

  private static func join<Element>(
    _ elements: [Element], _ open: String, _ close: String, to text: inout String,
    _ write: (Element, inout String) -> Void
  ) {
    text += open
    for (index, element) in elements.enumerated() {
      if index > 0 { text += "," }
      write(element, &text)
    }
    text += close
  }

  private static func quote(_ value: String, to text: inout String) {
    text += "\""
    for scalar in value.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      case "\t": text += "\\t"
      case "\u{0}"..<"\u{20}", "\u{7F}", "\u{2028}", "\u{2029}":
        let digits = String(scalar.value, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: text.unicodeScalars.append(scalar)
      }
    }
    text += "\""
  }

  public static func == (left: JSONText, right: JSONText) -> Bool { left.line == right.line }
}

extension JSONText {
  /// A value that may be missing: null then.
  public static func optional(_ value: Int?) -> JSONText { value.map { .int($0) } ?? .null }
  public static func optional(_ value: Double?) -> JSONText { value.map { .double($0) } ?? .null }
  public static func optional(_ value: String?) -> JSONText { value.map { .string($0) } ?? .null }

  public static func ids(_ values: [Int32]) -> JSONText { .list(values.map { .int(Int($0)) }) }
  public static func floats(_ values: [Float]) -> JSONText { .list(values.map { .float($0) }) }
}
