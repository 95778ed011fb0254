import Foundation
import Host
import JSON

/// A JSONL file read line by line: `try JSONLines(path, in: files).read { line, value in ... }`.
///
/// Memory holds one line and a block. A byte-order mark, CRLF, blank lines and a missing last line
/// end are taken as they come; lines are counted from 1, blank ones too.
struct JSONLines: Sendable {
  let path: String
  private let files: any FileAccess

  init(_ path: String, in files: any FileAccess) {
    self.path = path
    self.files = files
  }

  /// Longer lines are mistakes (a file that is no JSONL), not rows.
  static let maximumLineLength = 64 << 20
  private static let blockLength = 1 << 20

  /// Thrown by a body that needs no more lines.
  struct Enough: Error {}

  /// Whether the file has no bytes.
  var isEmpty: Bool { files.status(path)?.size == 0 }

  /// Calls `body` with every line that is not blank: its number and its value, or what is wrong.
  ///
  /// - Parameter isWanted: whether a line is worth being parsed.
  /// - Throws: a file that cannot be read, or that holds something else than JSON lines.
  func read(
    where isWanted: (UnsafeBufferPointer<UInt8>) -> Bool = { _ in true },
    _ body: (Int, Result<JSONValue, DatasetError>) throws -> Void
  ) throws {
    try readLines { number, line in
      if line.map(isWanted) ?? true { try body(number, value(number, line)) }
    }
  }

  /// The same with the bytes of the lines; nil for one that is too long.
  func readLines(_ body: (Int, UnsafeBufferPointer<UInt8>?) throws -> Void) throws {
    guard let file = files.open(path) else {
      let exists = files.status(path) != nil
      throw DatasetError(path: path, exists ? "the file cannot be read" : "no such file")
    }
    if let refusal = ForeignFile.refusal(folder: path, in: files) { throw refusal }
    var lines = LineSplitter(maximumLength: Self.maximumLineLength)
    var isFirst = true
    do {
      while let block = try block(of: file), !block.isEmpty {
        if isFirst, let refusal = ForeignFile.refusal(path: path, head: block) { throw refusal }
        isFirst = false
        try block.withUnsafeBytes { try lines.feed($0.bindMemory(to: UInt8.self), body) }
      }
      try lines.finish(body)
    } catch is Enough {
      return
    }
  }

  private func block(of file: any BlockReader) throws -> Data? {
    do {
      return try file.read(upToCount: Self.blockLength)
    } catch {
      throw DatasetError(path: path, "the file cannot be read: \(error.localizedDescription)")
    }
  }

  /// The value of a line, or what is wrong with it.
  func value(
    _ number: Int, _ line: UnsafeBufferPointer<UInt8>?
  ) -> Result<JSONValue, DatasetError> {
    guard let line else {
      let limit = Self.maximumLineLength >> 20
      return .failure(DatasetError(path: path, line: number, "a line of more than \(limit) MiB"))
    }
    guard line.isUTF8 else {
      return .failure(DatasetError(path: path, line: number, "the line is not UTF-8"))
    }
    do {
      return .success(try JSONParser.parse(line))
    } catch {
      let column = String(decoding: line.prefix(error.offset), as: UTF8.self).count + 1
      return .failure(
        DatasetError(path: path, line: number, column: column, "not JSON: \(error.message)"))
    }
  }
}

extension UnsafeBufferPointer<UInt8> {
  /// Whether the bytes are valid UTF-8; ASCII is looked at eight bytes at a time.
  var isUTF8: Bool {
    var position = 0
    if let start = UnsafeRawPointer(baseAddress) {
      while position + 8 <= count,
        start.loadUnaligned(fromByteOffset: position, as: UInt64.self) & 0x8080_8080_8080_8080 == 0
      {
        position += 8
      }
    }
    let rest = UnsafeBufferPointer(rebasing: self[position...])
    return rest.isEmpty || String(validating: rest, as: UTF8.self) != nil
  }
}

/// Cuts blocks of bytes into lines.
struct LineSplitter {
  typealias Line = UnsafeBufferPointer<UInt8>

  private let maximumLength: Int
  /// The beginning of a line whose end is in a later block.
  private var pending: [UInt8] = []
  private var isTooLong = false
  private var number = 0

  init(maximumLength: Int) { self.maximumLength = maximumLength }

  /// Hands over the lines that end in this block; nil for one that is too long.
  mutating func feed(_ block: Line, _ body: (Int, Line?) throws -> Void) rethrows {
    var start = 0
    while start < block.count, let base = block.baseAddress,
      let found = memchr(base + start, 0x0A, block.count - start)
    {
      let end = UnsafeRawPointer(found) - UnsafeRawPointer(base)
      let line = UnsafeBufferPointer(rebasing: block[start..<end])
      if pending.isEmpty, !isTooLong, line.count <= maximumLength {
        try hand(over: line, body)
      } else {
        append(line)
        try endPending(body)
      }
      start = end + 1
    }
    append(UnsafeBufferPointer(rebasing: block[start...]))
  }

  /// Hands over what stands behind the last line end.
  mutating func finish(_ body: (Int, Line?) throws -> Void) rethrows {
    if !pending.isEmpty || isTooLong { try endPending(body) }
  }

  private mutating func append(_ bytes: Line) {
    if isTooLong || pending.count + bytes.count > maximumLength {
      isTooLong = true
      pending = []
    } else {
      pending.append(contentsOf: bytes)
    }
  }

  private mutating func endPending(_ body: (Int, Line?) throws -> Void) rethrows {
    let line = pending
    pending.removeAll(keepingCapacity: true)
    guard isTooLong else {
      return try line.withUnsafeBufferPointer { try hand(over: $0, body) }
    }
    isTooLong = false
    number += 1
    try body(number, nil)
  }

  /// Hands over a line without byte-order mark and CR, unless it is blank.
  private mutating func hand(over bytes: Line, _ body: (Int, Line?) throws -> Void) rethrows {
    number += 1
    var line = bytes[...]
    if number == 1, line.starts(with: [0xEF, 0xBB, 0xBF]) { line = line.dropFirst(3) }
    if line.last == 0x0D { line = line.dropLast() }
    guard line.contains(where: { $0 != 0x20 && $0 != 0x09 }) else { return }
    try body(number, UnsafeBufferPointer(rebasing: line))
  }
}
