import Foundation

/// A JSONL file read line by line: `try JSONLines(path: path).read { line, value in ... }`.
///
/// Memory holds one line and a block. A byte-order mark, CRLF, blank lines and a missing last line
/// end are taken as they come; lines are counted from 1, blank ones too.
struct JSONLines {
  let path: String

  /// Longer lines are mistakes (a file that is no JSONL), not rows.
  static let maximumLineLength = 64 << 20
  private static let blockLength = 1 << 20

  /// Thrown by a body that needs no more lines.
  struct Enough: Error {}

  /// Calls `body` with every line that is not blank: its number and its value, or what is wrong.
  ///
  /// - Parameter isWanted: whether a line is worth being parsed.
  func read(
    where isWanted: ([UInt8]) -> Bool = { _ in true },
    _ body: (Int, Result<JSONValue, DatasetError>) throws -> Void
  ) throws {
    guard let file = FileHandle(forReadingAtPath: path) else {
      let exists = FileManager.default.fileExists(atPath: path)
      throw DatasetError(path: path, exists ? "the file cannot be read" : "there is no such file")
    }
    var lines = LineSplitter(maximumLength: Self.maximumLineLength)
    do {
      while let block = try block(of: file), !block.isEmpty {
        try lines.feed(Array(block)) { number, line in
          if line.map(isWanted) ?? true { try body(number, value(number, line)) }
        }
      }
      try lines.finish { number, line in
        if line.map(isWanted) ?? true { try body(number, value(number, line)) }
      }
    } catch is Enough {
      return
    }
  }

  private func block(of file: FileHandle) throws -> Data? {
    do {
      return try file.read(upToCount: Self.blockLength)
    } catch {
      throw DatasetError(path: path, "the file cannot be read: \(error.localizedDescription)")
    }
  }

  private func value(_ number: Int, _ line: [UInt8]?) -> Result<JSONValue, DatasetError> {
    guard let line else {
      let limit = Self.maximumLineLength >> 20
      return .failure(DatasetError(path: path, line: number, "a line of more than \(limit) MiB"))
    }
    guard let text = String(validating: line, as: UTF8.self) else {
      return .failure(DatasetError(path: path, line: number, "the line is not UTF-8"))
    }
    do {
      return .success(try JSONParser.parse(line))
    } catch {
      let before = text.utf8.prefix(error.offset)
      let column = String(decoding: Array(before), as: UTF8.self).count + 1
      return .failure(
        DatasetError(path: path, line: number, column: column, "not JSON: \(error.message)"))
    }
  }
}

/// Cuts blocks of bytes into lines.
struct LineSplitter {
  private let maximumLength: Int
  private var pending: [UInt8] = []
  private var isTooLong = false
  private var number = 0

  init(maximumLength: Int) { self.maximumLength = maximumLength }

  /// Hands over the lines that end in this block; nil for one that is too long.
  mutating func feed(
    _ block: some Collection<UInt8>, _ body: (Int, [UInt8]?) throws -> Void
  ) rethrows {
    var rest = block[...]
    while let end = rest.firstIndex(of: 0x0A) {
      append(rest[..<end])
      try endLine(body)
      rest = rest[rest.index(after: end)...]
    }
    append(rest)
  }

  /// Hands over what stands behind the last line end.
  mutating func finish(_ body: (Int, [UInt8]?) throws -> Void) rethrows {
    if !pending.isEmpty || isTooLong { try endLine(body) }
  }

  private mutating func append(_ bytes: some Collection<UInt8>) {
    if isTooLong || pending.count + bytes.count > maximumLength {
      isTooLong = true
      pending = []
    } else {
      pending += bytes
    }
  }

  private mutating func endLine(_ body: (Int, [UInt8]?) throws -> Void) rethrows {
    number += 1
    var line = pending
    let wasTooLong = isTooLong
    pending.removeAll(keepingCapacity: true)
    isTooLong = false
    if number == 1, line.starts(with: [0xEF, 0xBB, 0xBF]) { line.removeFirst(3) }
    if line.last == 0x0D { line.removeLast() }
    let isBlank = line.allSatisfy { $0 == 0x20 || $0 == 0x09 }
    if wasTooLong || !isBlank { try body(number, wasTooLong ? nil : line) }
  }
}
