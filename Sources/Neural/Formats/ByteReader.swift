import Foundation
import Text

/// Reads little-endian values one after another; every read is checked against the end first.
struct ByteReader {
  private let data: Data
  private(set) var position = 0
  private let name: String

  init(_ data: Data, name: String) {
    self.data = data
    self.name = name
  }

  var remaining: Int { data.count - position }

  /// A `brokenFile` error at the current position.
  func broken(_ text: String) -> ModelError {
    ModelError(.brokenFile, "\(name): \(text) (at byte \(position) of \(data.count))")
  }

  private mutating func advance(_ count: Int, _ what: String) throws -> Int {
    guard count <= remaining else {
      throw broken("it is truncated: \(what) needs \(count) bytes, \(remaining) are left")
    }
    defer { position += count }
    return position
  }

  mutating func u8(_ what: String) throws -> UInt8 {
    let start = try advance(1, what)
    return data.bytes.unsafeLoadUnaligned(fromByteOffset: start, as: UInt8.self)
  }

  mutating func u16(_ what: String) throws -> UInt16 {
    let start = try advance(2, what)
    return data.bytes.word16(start)
  }

  mutating func u32(_ what: String) throws -> UInt32 {
    let start = try advance(4, what)
    return data.bytes.word32(start)
  }

  mutating func u64(_ what: String) throws -> UInt64 {
    let start = try advance(8, what)
    return data.bytes.word64(start)
  }

  /// A count of things that take at least `bytes` each, so that a lying count is found at once.
  mutating func count(of what: String, bytes: Int) throws -> Int {
    let count = try u64("the number of \(what)")
    guard count <= UInt64(remaining / bytes) else {
      throw broken("it claims \(count) \(what), which do not fit its size; it is broken")
    }
    return Int(count)
  }

  /// A length of 64 bits, then as many bytes of UTF-8.
  mutating func string(_ what: String) throws -> String {
    let length = try count(of: "bytes of \(what)", bytes: 1)
    let start = data.startIndex + (try advance(length, what))
    guard let text = String(validating: data[start..<start + length], as: UTF8.self) else {
      throw broken("\(what) is not UTF-8")
    }
    return text
  }

  /// Moves on to the next multiple of `alignment`.
  mutating func align(_ alignment: Int) throws {
    let padding = (alignment - position % alignment) % alignment
    // A file without tensors may end before the padding does.
    position += min(padding, remaining)
  }
}
