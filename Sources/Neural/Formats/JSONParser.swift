import Foundation

/// A strict JSON reader (RFC 8259): valid UTF-8, no duplicate keys, nothing after the value, at
/// most 64 levels deep.
struct JSONParser {
  private let bytes: [UInt8]
  private var position = 0
  private let name: String

  /// The value in `data`; `name` begins the messages of `brokenFile` errors.
  static func parse(_ data: Data, name: String) throws -> JSON {
    try parse([UInt8](data), name: name)
  }

  static func parse(_ bytes: [UInt8], name: String) throws -> JSON {
    var parser = JSONParser(bytes: bytes, name: name)
    let value = try parser.value(depth: 0)
    parser.skipSpace()
    guard parser.position == bytes.count else { throw parser.error("text after the value") }
    return value
  }

  private init(bytes: [UInt8], name: String) {
    self.bytes = bytes
    self.name = name
  }

  private static let deepest = 64

  private func error(_ text: String) -> NeuralError {
    NeuralError(.brokenFile, "\(name): broken JSON at byte \(position): \(text)")
  }

  private var current: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func skipSpace() {
    while let byte = current, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
      position += 1
    }
  }

  /// Passes `byte` if it comes next after white space.
  private mutating func take(_ byte: UInt8) -> Bool {
    skipSpace()
    guard current == byte else { return false }
    position += 1
    return true
  }

  private mutating func value(depth: Int) throws -> JSON {
    guard depth < Self.deepest else { throw error("more than \(Self.deepest) levels") }
    skipSpace()
    switch current {
    case UInt8(ascii: "{"): return try object(depth: depth)
    case UInt8(ascii: "["): return try array(depth: depth)
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    case nil: throw error("the text ends early")
    default: return try number()
    }
  }

  private mutating func word(_ text: StaticString, _ value: JSON) throws -> JSON {
    let expected = Array("\(text)".utf8)
    guard bytes[position...].starts(with: expected) else { throw error("an unknown word") }
    position += expected.count
    return value
  }

  private mutating func object(depth: Int) throws -> JSON {
    position += 1
    var members: [(key: String, value: JSON)] = []
    var keys: Set<[UInt8]> = []
    if take(UInt8(ascii: "}")) { return .object([]) }
    repeat {
      skipSpace()
      guard current == UInt8(ascii: "\"") else { throw error("a key must be a string") }
      let key = try string()
      guard keys.insert(Array(key.utf8)).inserted else { throw error("the key '\(key)' twice") }
      guard take(UInt8(ascii: ":")) else { throw error("a colon is missing") }
      members.append((key, try value(depth: depth + 1)))
    } while take(UInt8(ascii: ","))
    guard take(UInt8(ascii: "}")) else { throw error("a comma or } is missing") }
    return .object(members)
  }

  private mutating func array(depth: Int) throws -> JSON {
    position += 1
    var values: [JSON] = []
    if take(UInt8(ascii: "]")) { return .array([]) }
    repeat { values.append(try value(depth: depth + 1)) } while take(UInt8(ascii: ","))
    guard take(UInt8(ascii: "]")) else { throw error("a comma or ] is missing") }
    return .array(values)
  }

  private mutating func number() throws -> JSON {
    let start = position
    if current == UInt8(ascii: "-") { position += 1 }
    let whole = digits()
    guard whole > 0 else { throw error("an unexpected character") }
    guard whole == 1 || bytes[position - whole] != UInt8(ascii: "0") else {
      throw error("a number with a leading zero")
    }
    if current == UInt8(ascii: ".") {
      position += 1
      guard digits() > 0 else { throw error("a number without digits after its point") }
    }
    if current == UInt8(ascii: "e") || current == UInt8(ascii: "E") {
      position += 1
      if current == UInt8(ascii: "-") || current == UInt8(ascii: "+") { position += 1 }
      guard digits() > 0 else { throw error("a number without digits in its exponent") }
    }
    return .number(String(decoding: bytes[start..<position], as: UTF8.self))
  }

  /// Passes digits and says how many there were.
  private mutating func digits() -> Int {
    let start = position
    while let byte = current, byte >= 0x30, byte <= 0x39 { position += 1 }
    return position - start
  }
}

extension JSONParser {
  private mutating func string() throws -> String {
    position += 1
    let start = position
    while let byte = current, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"), byte >= 0x20 {
      position += 1
    }
    if current == UInt8(ascii: "\"") {
      position += 1
      return try text(bytes[start..<position - 1])
    }
    var buffer = Array(bytes[start..<position])
    while let byte = current {
      position += 1
      switch byte {
      case UInt8(ascii: "\""): return try text(buffer[...])
      case UInt8(ascii: "\\"): try escape(&buffer)
      case ..<0x20: throw error("a control character in a string")
      default: buffer.append(byte)
      }
    }
    throw error("a string without end")
  }

  private func text(_ utf8: ArraySlice<UInt8>) throws -> String {
    guard let text = String(validating: utf8, as: UTF8.self) else {
      throw error("a string that is not UTF-8")
    }
    return text
  }

  private mutating func escape(_ buffer: inout [UInt8]) throws {
    guard let byte = current else { throw error("a string without end") }
    position += 1
    switch byte {
    case UInt8(ascii: "n"): buffer.append(0x0A)
    case UInt8(ascii: "t"): buffer.append(0x09)
    case UInt8(ascii: "r"): buffer.append(0x0D)
    case UInt8(ascii: "b"): buffer.append(0x08)
    case UInt8(ascii: "f"): buffer.append(0x0C)
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): buffer.append(byte)
    case UInt8(ascii: "u"): buffer += Array(String(try unicodeEscape()).utf8)
    default: throw error("an unknown escape")
    }
  }

  /// The character of `\uXXXX`, or of two that are a surrogate pair; the `\u` is passed already.
  private mutating func unicodeEscape() throws -> Character {
    let first = try hex4()
    var value = first
    if first & 0xFC00 == 0xD800 {
      guard current == UInt8(ascii: "\\"), position + 1 < bytes.count,
        bytes[position + 1] == UInt8(ascii: "u")
      else { throw error("half a surrogate pair") }
      position += 2
      let second = try hex4()
      guard second & 0xFC00 == 0xDC00 else { throw error("half a surrogate pair") }
      value = 0x10000 + (first & 0x3FF) << 10 + (second & 0x3FF)
    }
    guard let scalar = Unicode.Scalar(value) else { throw error("half a surrogate pair") }
    return Character(scalar)
  }

  private mutating func hex4() throws -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard let digit = current.flatMap({ Character(Unicode.Scalar($0)).hexDigitValue }) else {
        throw error("a broken \\u escape")
      }
      value = value << 4 | UInt32(digit)
      position += 1
    }
    return value
  }
}
