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
  var kind: String {
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

/// What is wrong with a JSON text, and at which byte.
struct JSONSyntaxError: Error, Hashable {
  let offset: Int
  let message: String
}

/// Reads one JSON document (RFC 8259) from valid UTF-8, `maximumDepth` levels deep at most.
struct JSONParser {
  private let bytes: [UInt8]
  private var position = 0
  private var depth = 0
  private let maximumDepth: Int

  static let maximumDepth = 64

  static func parse(
    _ bytes: [UInt8], maximumDepth: Int = JSONParser.maximumDepth
  ) throws(JSONSyntaxError) -> JSONValue {
    var parser = JSONParser(bytes: bytes, maximumDepth: maximumDepth)
    let value = try parser.value()
    parser.skipSpace()
    guard parser.position == bytes.count else { throw parser.error("text after the value") }
    return value
  }

  private init(bytes: [UInt8], maximumDepth: Int) {
    self.bytes = bytes
    self.maximumDepth = maximumDepth
  }

  private func error(_ message: String) -> JSONSyntaxError {
    JSONSyntaxError(offset: min(position, bytes.count), message: message)
  }

  private var next: UInt8 { position < bytes.count ? bytes[position] : 0 }

  private mutating func skipSpace() {
    while position < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) {
      position += 1
    }
  }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard next == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private mutating func value() throws(JSONSyntaxError) -> JSONValue {
    skipSpace()
    switch next {
    case UInt8(ascii: "{"): return try object()
    case UInt8(ascii: "["): return try array()
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    case UInt8(ascii: "-"), 0x30...0x39: return try number()
    default:
      throw error(position < bytes.count ? "a value is due here" : "the line ends within a value")
    }
  }

  private mutating func word(
    _ word: StaticString, _ value: JSONValue
  ) throws(JSONSyntaxError) -> JSONValue {
    let end = position + word.utf8CodeUnitCount
    guard end <= bytes.count, bytes[position..<end].elementsEqual(word.description.utf8) else {
      throw error("a value is due here")
    }
    position = end
    return value
  }

  // MARK: Structures

  private mutating func descend() throws(JSONSyntaxError) {
    depth += 1
    if depth > maximumDepth { throw error("more than \(maximumDepth) levels") }
    position += 1
    skipSpace()
  }

  private mutating func object() throws(JSONSyntaxError) -> JSONValue {
    try descend()
    defer { depth -= 1 }
    var values = JSONObject()
    if take("}") { return .object(values) }
    while true {
      skipSpace()
      guard next == UInt8(ascii: "\"") else { throw error("a key in double quotes is due here") }
      let key = try string()
      skipSpace()
      guard take(":") else { throw error("':' is due behind the key '\(key)'") }
      values[key] = try value()
      skipSpace()
      if take("}") { return .object(values) }
      guard take(",") else { throw error("',' or '}' is due here") }
    }
  }

  private mutating func array() throws(JSONSyntaxError) -> JSONValue {
    try descend()
    defer { depth -= 1 }
    var values: [JSONValue] = []
    if take("]") { return .array(values) }
    while true {
      values.append(try value())
      skipSpace()
      if take("]") { return .array(values) }
      guard take(",") else { throw error("',' or ']' is due here") }
    }
  }

  // MARK: Atoms

  private mutating func digits() throws(JSONSyntaxError) {
    guard (0x30...0x39).contains(next) else { throw error("a digit is due here") }
    while (0x30...0x39).contains(next) { position += 1 }
  }

  private mutating func number() throws(JSONSyntaxError) -> JSONValue {
    let start = position
    _ = take("-")
    if !take("0") { try digits() }
    if take(".") { try digits() }
    if next | 0x20 == UInt8(ascii: "e") {
      position += 1
      if !take("+") { _ = take("-") }
      try digits()
    }
    return .number(String(decoding: bytes[start..<position], as: UTF8.self))
  }

  private mutating func string() throws(JSONSyntaxError) -> String {
    position += 1
    var text: [UInt8] = []
    var start = position
    while true {
      guard position < bytes.count else { throw error("the line ends within a string") }
      let byte = bytes[position]
      if byte == UInt8(ascii: "\"") {
        text += bytes[start..<position]
        position += 1
        return String(decoding: text, as: UTF8.self)
      }
      if byte == UInt8(ascii: "\\") {
        text += bytes[start..<position]
        position += 1
        text += try escape().utf8
        start = position
      } else if byte < 0x20 {
        throw error("a control character within a string")
      } else {
        position += 1
      }
    }
  }

  private static let escapes: [UInt8: String] = [
    UInt8(ascii: "\""): "\"", UInt8(ascii: "\\"): "\\", UInt8(ascii: "/"): "/",
    UInt8(ascii: "b"): "\u{8}", UInt8(ascii: "f"): "\u{C}", UInt8(ascii: "n"): "\n",
    UInt8(ascii: "r"): "\r", UInt8(ascii: "t"): "\t",
  ]

  private mutating func escape() throws(JSONSyntaxError) -> String {
    if let plain = Self.escapes[next] {
      position += 1
      return plain
    }
    guard take("u") else { throw error("an unknown escape") }
    var value = try hexadecimal()
    if (0xD800..<0xDC00).contains(value), take("\\") {
      guard take("u") else { throw error("half a surrogate pair") }
      let low = try hexadecimal()
      guard (0xDC00..<0xE000).contains(low) else { throw error("half a surrogate pair") }
      value = 0x10000 + (value - 0xD800) << 10 + (low - 0xDC00)
    }
    guard let scalar = Unicode.Scalar(value) else { throw error("half a surrogate pair") }
    return String(scalar)
  }

  private mutating func hexadecimal() throws(JSONSyntaxError) -> UInt32 {
    let end = position + 4
    guard end <= bytes.count,
      bytes[position..<end].allSatisfy({ Unicode.Scalar($0).properties.isASCIIHexDigit }),
      let value = UInt32(String(decoding: bytes[position..<end], as: UTF8.self), radix: 16)
    else { throw error("four hexadecimal digits are due here") }
    position = end
    return value
  }
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
