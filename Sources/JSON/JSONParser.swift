/// Reads one JSON document (RFC 8259), by one of two sets of rules.
///
/// `parse` is for data: valid UTF-8, of which only structures count as levels; of a repeated key the
/// last value counts. `parseStrictly` is for files: it refuses repeated keys and what is not UTF-8.
public struct JSONParser {
  private let bytes: UnsafeBufferPointer<UInt8>
  private var position = 0
  private var depth = 0
  private let maximumDepth: Int
  private let isStrict: Bool

  public static let maximumDepth = 64

  public static func parse(
    _ bytes: [UInt8], maximumDepth: Int = JSONParser.maximumDepth
  ) throws(JSONSyntaxError) -> JSONValue {
    try parse(bytes, maximumDepth, isStrict: false)
  }

  public static func parse(
    _ bytes: UnsafeBufferPointer<UInt8>, maximumDepth: Int = JSONParser.maximumDepth
  ) throws(JSONSyntaxError) -> JSONValue {
    try parse(bytes, maximumDepth, isStrict: false)
  }

  public static func parseStrictly(_ bytes: [UInt8]) throws(JSONSyntaxError) -> JSONValue {
    try parse(bytes, maximumDepth, isStrict: true)
  }

  /// The value of a text that this program has stored, such as a recipe or the components of a key.
  public static func parse(stored text: String) throws(JSONSyntaxError) -> JSONValue {
    try parse(Array(text.utf8), maximumDepth: 512)
  }

  private static func parse(
    _ bytes: [UInt8], _ maximumDepth: Int, isStrict: Bool
  ) throws(JSONSyntaxError) -> JSONValue {
    let result = bytes.withUnsafeBufferPointer { bytes -> Result<JSONValue, JSONSyntaxError> in
      Result { () throws(JSONSyntaxError) in try parse(bytes, maximumDepth, isStrict: isStrict) }
    }
    return try result.get()
  }

  private static func parse(
    _ bytes: UnsafeBufferPointer<UInt8>, _ maximumDepth: Int, isStrict: Bool
  ) throws(JSONSyntaxError) -> JSONValue {
    var parser = JSONParser(bytes: bytes, maximumDepth: maximumDepth, isStrict: isStrict)
    let value = try parser.value()
    parser.skipSpace()
    guard parser.position == bytes.count else { throw parser.error(.textAfterValue) }
    return value
  }

  private init(bytes: UnsafeBufferPointer<UInt8>, maximumDepth: Int, isStrict: Bool) {
    self.bytes = bytes
    self.maximumDepth = maximumDepth
    self.isStrict = isStrict
  }

  /// What is wrong here.
  ///
  /// - Parameter length: how many bytes from here on have been read.
  private func error(
    _ problem: JSONSyntaxError.Problem, length: Int = 0
  ) -> JSONSyntaxError {
    let offset = min(position, bytes.count)
    return JSONSyntaxError(
      problem: problem, offset: offset, reached: min(position + length, bytes.count),
      found: offset < bytes.count ? bytes[offset] : nil)
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
    if isStrict, depth >= maximumDepth { throw error(.levels(maximumDepth)) }
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
    if begins(with: "NaN") || begins(with: "nan") { return error(.nan) }
    if begins(with: "Infinity") { return error(.infinity) }
    if begins(with: "-Infinity") { return error(.infinity, length: 1) }
    if begins(with: "None") || begins(with: "True") || begins(with: "False") {
      return error(.python)
    }
    if next == UInt8(ascii: "'") { return error(.singleQuotes) }
    return error(.value)
  }

  // MARK: Structures

  private mutating func descend() throws(JSONSyntaxError) {
    depth += 1
    if depth > maximumDepth { throw error(.levels(maximumDepth)) }
    position += 1
    skipSpace()
  }

  private mutating func object() throws(JSONSyntaxError) -> JSONValue {
    try descend()
    defer { depth -= 1 }
    if take("}") { return .object(JSONObject()) }
    var object = JSONObject()
    var members: [JSONObject.Member] = []
    var seen = SeenKeys()
    while true {
      skipSpace()
      guard next == UInt8(ascii: "\"") else { throw error(.key) }
      let key = try string()
      if isStrict, !seen.insert(key) { throw error(.repeatedKey(key)) }
      skipSpace()
      guard take(":") else { throw error(.colon(key: key)) }
      let member = try value()
      if isStrict { members.append((key, member)) } else { object[key] = member }
      skipSpace()
      if take("}") { return .object(isStrict ? JSONObject(members: members) : object) }
      guard take(",") else { throw error(.comma(closing: "}")) }
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
      guard take(",") else { throw error(.comma(closing: "]")) }
    }
  }

  // MARK: Atoms

  private mutating func digits(
    or problem: JSONSyntaxError.Problem
  ) throws(JSONSyntaxError) {
    guard (0x30...0x39).contains(next) else { throw error(problem) }
    while (0x30...0x39).contains(next) { position += 1 }
  }

  private mutating func number() throws(JSONSyntaxError) -> JSONValue {
    let start = position
    if begins(with: "-Infinity") { throw notAValue() }
    _ = take("-")
    if !take("0") {
      try digits(or: .digit)
    } else if isStrict, (0x30...0x39).contains(next) {
      try digits(or: .digit)
      throw error(.leadingZero)
    }
    var mayOverflow = false
    if take(".") {
      try digits(or: .fraction)
      mayOverflow = position - start > 308
    }
    if next | 0x20 == UInt8(ascii: "e") {
      mayOverflow = true
      position += 1
      if !take("+") { _ = take("-") }
      try digits(or: .exponent)
    }
    let spelling = text(start..<position)
    if mayOverflow, !isStrict, Double(spelling)?.isFinite == false {
      position = start
      throw error(.range, length: spelling.utf8.count)
    }
    return .number(spelling)
  }

  private func text(_ range: Range<Int>) -> String {
    String(decoding: UnsafeBufferPointer(rebasing: bytes[range]), as: UTF8.self)
  }

  private func string(
    _ text: UnsafeBufferPointer<UInt8>
  ) throws(JSONSyntaxError) -> String {
    guard isStrict else { return String(decoding: text, as: UTF8.self) }
    guard let string = String(validating: text, as: UTF8.self) else { throw error(.encoding) }
    return string
  }

  private mutating func string() throws(JSONSyntaxError) -> String {
    position += 1
    var start = position
    skipPlain()
    if next == UInt8(ascii: "\""), position < bytes.count {
      position += 1
      return try string(UnsafeBufferPointer(rebasing: bytes[start..<position - 1]))
    }
    var unescaped: [UInt8] = []
    while true {
      guard position < bytes.count else { throw error(.openString) }
      unescaped.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[start..<position]))
      switch bytes[position] {
      case UInt8(ascii: "\""):
        position += 1
        return try unescaped.withUnsafeBufferPointer { (text) throws(JSONSyntaxError) in
          try string(text)
        }
      case UInt8(ascii: "\\"):
        position += 1
        try escape(into: &unescaped)
      default: throw error(.control, length: 1)
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
    default: throw error(.escape, length: 1)
    }
    position += 1
    text.append(plain)
  }

  /// The character of a `\u` escape with four hexadecimal digits, or of two that form a surrogate pair.
  private mutating func scalar() throws(JSONSyntaxError) -> Unicode.Scalar {
    position += 1
    var value = try hexadecimal()
    if (0xD800..<0xDC00).contains(value), take("\\") {
      guard take("u") else { throw error(.surrogate, length: -1) }
      let low = try hexadecimal()
      guard (0xDC00..<0xE000).contains(low) else { throw error(.surrogate) }
      value = 0x10000 + (value - 0xD800) << 10 + (low - 0xDC00)
    }
    guard let scalar = Unicode.Scalar(value) else { throw error(.surrogate) }
    return scalar
  }

  private mutating func hexadecimal() throws(JSONSyntaxError) -> UInt32 {
    let digits = bytes[position...].prefix(4).prefix {
      Unicode.Scalar($0).properties.isASCIIHexDigit
    }
    guard digits.count == 4, let value = UInt32(text(digits.indices), radix: 16) else {
      throw error(.hexadecimal, length: digits.count)
    }
    position += 4
    return value
  }
}

/// The keys of an object that have been read, told apart by their bytes: Swift's `==` takes
/// canonically equivalent text for equal, and a vocabulary may hold both.
private struct SeenKeys {
  private struct Key: Hashable {
    let text: String

    static func == (a: Key, b: Key) -> Bool { a.text.utf8.elementsEqual(b.text.utf8) }

    func hash(into hasher: inout Hasher) {
      var text = text
      text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }
  }

  private var keys: Set<Key> = []

  /// Whether the key is new.
  mutating func insert(_ key: String) -> Bool { keys.insert(Key(text: key)).inserted }
}
