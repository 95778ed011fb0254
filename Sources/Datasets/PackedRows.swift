public import Foundation
public import Host

/// The rows of a file in their lines' bytes: built again when they are needed, in any order.
///
/// They take the bytes of the lines and sixteen a row. The file is read once, so later changes to
/// it have no effect.
public struct PackedRows: Sendable {
  private let lines: PackedLines
  private let make: @Sendable (Int, UnsafeBufferPointer<UInt8>) throws -> Row
  /// The lines that `on_bad_line: skip` left out.
  public let skipped: SkippedLines

  /// The rows of a dataset's file, each passed to `body` once; nil for rows of a task.
  ///
  /// - Throws: as `Dataset.each`, and what `body` throws.
  public init?(
    _ options: DatasetOptions, in files: any FileAccess, _ body: (Row) throws -> Void
  ) throws {
    guard options.task == nil, let file = options.file else { return nil }
    try options.requireUsable()
    let source = JSONLines(file, in: files)
    var lines = PackedLines()
    let reader = try Dataset.read(source, options) { row, line in
      lines.append(line, number: row.id)
      try body(row)
    }
    try Dataset.require(reader, of: source)
    self.lines = lines
    skipped = reader.skipped
    make = { number, line in try reader.row(number, source.value(number, line)) }
  }

  /// The rows that `RowCoding` wrote, each passed to `body` once.
  ///
  /// - Throws: as `RowCoding.decode`, and what `body` throws.
  public init(_ data: Data, name: String, _ body: (Row) throws -> Void) throws {
    var lines = PackedLines()
    try RowCoding.each(data, name: name) { number, line, row in
      lines.append(line, number: number)
      try body(row)
    }
    self.lines = lines
    skipped = SkippedLines()
    make = { number, line in try RowCoding.row(number, line, name: name) }
  }

  public var count: Int { lines.count }

  /// - Parameter index: the row's place among all, from 0.
  public func row(_ index: Int) throws -> Row { try lines.with(index, make) }
}

/// Lines of bytes, kept one behind the other.
private struct PackedLines: Sendable {
  private struct Place {
    let chunk: Int32
    let start: Int32
    let count: Int32
    let number: Int32
  }

  /// Bytes of a chunk before another is begun: growing copies no more than one.
  private static let chunkSize = 1 << 20

  private var places: [Place] = []
  private var chunks: [[UInt8]] = []

  var count: Int { places.count }

  mutating func append(_ line: UnsafeBufferPointer<UInt8>, number: Int) {
    if chunks.last.map({ $0.count + line.count > Self.chunkSize }) ?? true {
      chunks.append([])
      chunks[chunks.count - 1].reserveCapacity(max(line.count, Self.chunkSize))
    }
    let last = chunks.count - 1
    places.append(
      Place(
        chunk: Int32(last), start: Int32(chunks[last].count), count: Int32(line.count),
        number: Int32(number)))
    chunks[last].append(contentsOf: line)
  }

  /// Does something with a line and its number.
  func with<Value>(
    _ index: Int, _ body: (Int, UnsafeBufferPointer<UInt8>) throws -> Value
  ) rethrows -> Value {
    let place = places[index]
    let range = Int(place.start)..<Int(place.start) + Int(place.count)
    return try chunks[Int(place.chunk)].withUnsafeBufferPointer {
      try body(Int(place.number), UnsafeBufferPointer(rebasing: $0[range]))
    }
  }
}
