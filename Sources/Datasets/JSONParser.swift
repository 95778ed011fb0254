/// What is wrong with a JSON text, and at which byte.
struct JSONSyntaxError: Error, Hashable {
  let offset: Int
  let message: String
  /// Whether the text ended inside an object or a list, as the first line of one that goes over
  /// several lines does.
  var isUnfinished = false
}

/// Reads one JSON document (RFC 8259) from valid UTF-8, `maximumDepth` levels deep at most.
struct JSONParser {
  private let bytes: UnsafeBufferPointer<UInt8>
  private var position = 0
  private var depth = 0
  private let maximumDepth: Int

  static let maximumDepth = 64

  static func parse(
    _ bytes: [UInt8], maximumDepth: Int = JSONParser.maximumDepth
  ) throws(JSONSyntaxError) -> JSONValue {
    let result = bytes.withUnsafeBufferPointer { bytes -> Result<JSONValue, JSONSyntaxError> in
      Result { () throws(JSONSyntaxError) in try parse(bytes, maximumDepth: maximumDepth) }
    }
    return try result.get()
  }

  static func parse(
    _ bytes: UnsafeBufferPointer<UInt8>, maximumDepth: Int = JSONParser.maximumDepth
  ) throws(JSONSyntaxError) -> JSONValue {
    var parser = JSONParser(bytes: bytes, maximumDepth: maximumDepth)
    let value = try parser.value()
    parser.skipSpace()
    guard parser.position == bytes.count else { throw parser.error("text after the value") }
    return value
  }

  private init(bytes: UnsafeBufferPointer<UInt8>, maximumDepth: Int) {
    self.bytes = bytes
    self.maximumDepth = maximumDepth
  }

  private func error(_ message: String) -> JSONSyntaxError {
    JSONSyntaxError(offset: min(position, bytes.count), message: message)
  }

  /// What is wrong here, where `what` was expected; said otherwise where the line ends.
  private func expected(_ what: String) -> JSONSyntaxError {
    guard position >= bytes.count else { return error("expected \(what)") }
    return JSONSyntaxError(
      offset: bytes.count, message: "expected \(what), and the line ends", isUnfinished: true)
  }

  private var next: UInt8 { position < bytes.count ? bytes[position] : 0 }

  private mutating func skipSpace() {
    while position < bytes.count {
      switch bytes[position] {
      case 0x20, 0x09, 0x0A, 0x0D: position += 1
      default: return
      }
    }
  }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard next == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private func begins(with word: StaticString) -> Bool {
    let count = word.utf8CodeUnitCount
    guard position + count <= bytes.count else { return false }
    return (0..<count).allSatisfy { bytes[position + $0] == word.utf8Start[$0] }
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
    default: throw notAValue()
    }
  }

  private mutating func word(
    _ word: StaticString, _ value: JSONValue
  ) throws(JSONSyntaxError) -> JSONValue {
    guard begins(with: word) else { throw notAValue() }
    position += word.utf8CodeUnitCount
    return value
  }

  /// What other programs write for a value and JSON does not have, with the remedy.
  private func notAValue() -> JSONSyntaxError {
    if begins(with: "NaN") || begins(with: "nan") {
      return error("NaN is not JSON (pandas writes it for missing values); use null")
    }
    if begins(with: "Infinity") || begins(with: "-Infinity") {
      return error("Infinity is not JSON; use null or a finite number")
    }
    if begins(with: "None") || begins(with: "True") || begins(with: "False") {
      return error("this is Python, not JSON, which has null, true and false; use json.dumps")
    }
    if next == UInt8(ascii: "'") { return error("JSON has strings in double quotes only") }
    return expected("a value")
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
      guard next == UInt8(ascii: "\"") else { throw expected("a key in double quotes") }
      let key = try string()
      skipSpace()
      guard take(":") else { throw expected("':' after the key '\(key)'") }
      values[key] = try value()
      skipSpace()
      if take("}") { return .object(values) }
      guard take(",") else { throw expected("',' or '}'") }
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
      guard take(",") else { throw expected("',' or ']'") }
    }
  }

  // MARK: Atoms

  private mutating func digits() throws(JSONSyntaxError) {
    guard (0x30...0x39).contains(next) else { throw error("expected a digit") }
    while (0x30...0x39).contains(next) { position += 1 }
  }

  private mutating func number() throws(JSONSyntaxError) -> JSONValue {
    let start = position
    if begins(with: "-Infinity") { throw notAValue() }
    _ = take("-")
    if !take("0") { try digits() }
    var mayOverflow = false
    if take(".") {
      try digits()
      mayOverflow = position - start > 308
    }
    if next | 0x20 == UInt8(ascii: "e") {
      mayOverflow = true
      position += 1
      if !take("+") { _ = take("-") }
      try digits()
    }
    let spelling = text(start..<position)
    if mayOverflow, Double(spelling)?.isFinite == false {
      position = start
      throw error("the number is beyond the range of 64-bit floats; use null or a string")
    }
    return .number(spelling)
  }

  private func text(_ range: Range<Int>) -> String {
    String(decoding: UnsafeBufferPointer(rebasing: bytes[range]), as: UTF8.self)
  }

  private mutating func string() throws(JSONSyntaxError) -> String {
    position += 1
    var start = position
    skipPlain()
    if next == UInt8(ascii: "\""), position < bytes.count {
      position += 1
      return text(start..<position - 1)
    }
    var unescaped: [UInt8] = []
    while true {
      guard position < bytes.count else { throw error("the line ends within a string") }
      unescaped.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[start..<position]))
      switch bytes[position] {
      case UInt8(ascii: "\""):
        position += 1
        return String(decoding: unescaped, as: UTF8.self)
      case UInt8(ascii: "\\"):
        position += 1
        try escape(into: &unescaped)
      default: throw error("a control character within a string")
      }
      start = position
      skipPlain()
    }
  }

  /// Goes on to the next quote, backslash or control character, eight bytes at a time.
  private mutating func skipPlain() {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let tops: UInt64 = 0x8080_8080_8080_8080
    let start = UnsafeRawPointer(bytes.baseAddress)
    while let start, position + 8 <= bytes.count {
      let word = start.loadUnaligned(fromByteOffset: position, as: UInt64.self)
      let quotes = word ^ (ones &* 0x22)
      let slashes = word ^ (ones &* 0x5C)
      let found =
        ((quotes &- ones) & ~quotes) | ((slashes &- ones) & ~slashes)
        | ((word &- (ones &* 0x20)) & ~word)
      if found & tops != 0 { break }
      position += 8
    }
    while position < bytes.count {
      switch bytes[position] {
      case 0x22, 0x5C, 0..<0x20: return
      default: position += 1
      }
    }
  }

  private mutating func escape(into text: inout [UInt8]) throws(JSONSyntaxError) {
    let plain: UInt8
    switch next {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): plain = next
    case UInt8(ascii: "b"): plain = 0x08
    case UInt8(ascii: "f"): plain = 0x0C
    case UInt8(ascii: "n"): plain = 0x0A
    case UInt8(ascii: "r"): plain = 0x0D
    case UInt8(ascii: "t"): plain = 0x09
    case UInt8(ascii: "u"): return text.append(contentsOf: String(try scalar()).utf8)
    default: throw error("an unknown escape")
    }
    position += 1
    text.append(plain)
  }

  /// The character of `uXXXX`, or of two such that make a pair.
  private mutating func scalar() throws(JSONSyntaxError) -> Unicode.Scalar {
    position += 1
    var value = try hexadecimal()
    if (0xD800..<0xDC00).contains(value), take("\\") {
      guard take("u") else { throw error("half a surrogate pair") }
      let low = try hexadecimal()
      guard (0xDC00..<0xE000).contains(low) else { throw error("half a surrogate pair") }
      value = 0x10000 + (value - 0xD800) << 10 + (low - 0xDC00)
    }
    guard let scalar = Unicode.Scalar(value) else { throw error("half a surrogate pair") }
    return scalar
  }

  private mutating func hexadecimal() throws(JSONSyntaxError) -> UInt32 {
    let end = position + 4
    guard end <= bytes.count,
      bytes[position..<end].allSatisfy({ Unicode.Scalar($0).properties.isASCIIHexDigit }),
      let value = UInt32(text(position..<end), radix: 16)
    else { throw error("expected four hexadecimal digits") }
    position = end
    return value
  }
}
