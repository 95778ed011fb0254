/// A JSON value; numbers keep their spelling, so that 43.0 and long integers lose nothing.
public indirect enum JSONValue: Sendable, Hashable {
  case null
  case bool(Bool)
  case number(String)
  case string(String)
  case array([JSONValue])
  case object(JSONObject)

  /// A text as it is, a number in its shortest spelling (43.0 as `43`), `true` or `false`; nil for null,
  /// lists and objects.
  public var text: String? {
    if case .bool(let flag) = self { flag ? "true" : "false" } else { scalar }
  }

  /// `text`, but of booleans, too, nil.
  var scalar: String? {
    switch self {
    case .string(let text): return text
    case .number(let spelling):
      guard spelling.contains("."), !spelling.contains(where: { $0 == "e" || $0 == "E" }) else {
        return spelling
      }
      let trimmed = spelling.reversed().drop { $0 == "0" }.drop { $0 == "." }
      return String(trimmed.reversed())
    default: return nil
    }
  }

  /// For messages: "a string", "null".
  public var kind: String {
    switch self {
    case .null: "null"
    case .bool: "a boolean"
    case .number: "a number"
    case .string: "a string"
    case .array: "a list"
    case .object: "an object"
    }
  }
}

extension JSONValue: ExpressibleByStringInterpolation {
  public init(stringLiteral text: String) { self = .string(text) }
}

extension JSONValue {
  /// JSON text on one line, keys in their order.
  ///
  /// - Parameter compact: without spaces behind commas and colons.
  public func write(into text: inout String, compact: Bool = false) {
    switch self {
    case .null: text += "null"
    case .bool(let value): text += value ? "true" : "false"
    case .number(let spelling): text += spelling
    case .string(let string): Self.write(string, into: &text)
    case .array(let values):
      text += "["
      for (i, value) in values.enumerated() {
        if i > 0 { text += compact ? "," : ", " }
        value.write(into: &text, compact: compact)
      }
      text += "]"
    case .object(let values):
      Self.write(values.map { ($0.key, $0.value) }, into: &text, compact: compact)
    }
  }

  /// An object with its keys in the given order.
  static func write(
    _ pairs: [(String, JSONValue)], into text: inout String, compact: Bool = false
  ) {
    text += "{"
    for (i, pair) in pairs.enumerated() {
      if i > 0 { text += compact ? "," : ", " }
      write(pair.0, into: &text)
      text += compact ? ":" : ": "
      pair.1.write(into: &text, compact: compact)
    }
    text += "}"
  }

  private static func write(_ string: String, into text: inout String) {
    text += "\""
    for scalar in string.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      case "\t": text += "\\t"
      // Line separators break readers that take them for line ends.
      case _ where scalar.value < 0x20 || scalar.value == 0x2028 || scalar.value == 0x2029:
        let digits = String(scalar.value, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: text.unicodeScalars.append(scalar)
      }
    }
    text += "\""
  }
}

extension JSONValue {
  /// Whether it is more than null, white space or an empty list or object.
  public var saysSomething: Bool {
    switch self {
    case .null: false
    case .string(let text): !text.unicodeScalars.allSatisfy(\.properties.isWhitespace)
    case .array(let items): !items.isEmpty
    case .object(let members): !members.isEmpty
    case .bool, .number: true
    }
  }

  /// Whether it is a number, or a word for true or false.
  var resemblesFlag: Bool {
    switch self {
    case .number: true
    case .string(let text):
      ["true", "false", "yes", "no", "1", "0"].contains(
        Array(text.utf8)[...].trimmedText.lowercased())
    default: false
    }
  }
}
