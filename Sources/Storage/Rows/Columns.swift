import Foundation
import GRDB

/// A row as a value whose members have the names of the columns.
private struct Decoded<Value: Decodable>: FetchableRecord, Decodable {
  let value: Value

  init(from decoder: any Decoder) throws { value = try Value(from: decoder) }
}

extension Database {
  /// All rows of a query; a column of JSON is a value of its own.
  func rows<Value: Decodable>(
    _ sql: String, _ arguments: StatementArguments = []
  ) throws -> [Value] {
    do {
      return try Decoded<Value>.fetchAll(self, sql: sql, arguments: arguments).map(\.value)
    } catch let error as DatabaseError {
      throw error
    } catch { throw StorageError.brokenRow("\(error)") }
  }

  /// The first row of a query.
  func row<Value: Decodable>(_ sql: String, _ arguments: StatementArguments = []) throws -> Value? {
    let all: [Value] = try rows(sql, arguments)
    return all.first
  }

  /// Writes a row.
  func insert(
    _ verb: String = "INSERT", into table: String,
    _ columns: KeyValuePairs<String, (any DatabaseValueConvertible)?>
  ) throws {
    let names = columns.map(\.key).joined(separator: ", ")
    let marks = databaseQuestionMarks(count: columns.count)
    try cachedStatement(sql: "\(verb) INTO \(table) (\(names)) VALUES (\(marks))")
      .execute(arguments: StatementArguments(columns.map(\.value)))
  }
}

/// How values lie in columns.
enum Columns {
  /// JSON with sorted keys.
  static func json(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }

  static func decode<Value: Decodable>(_ type: Value.Type, _ text: String) throws -> Value {
    do {
      return try JSONDecoder().decode(type, from: Data(text.utf8))
    } catch { throw StorageError.brokenRow(text) }
  }

  /// Little-endian words, one after another.
  static func blob(_ values: [Int32]) -> Data { words(values.map { UInt32(bitPattern: $0) }) }
  static func blob(_ values: [Float]) -> Data { words(values.map(\.bitPattern)) }

  static func ints(_ blob: Data) -> [Int32] { words(blob).map { Int32(bitPattern: $0) } }
  static func floats(_ blob: Data) -> [Float] { words(blob).map { Float(bitPattern: $0) } }

  /// SQL has no place for what is not a number.
  static func finite(_ value: Double?) -> Double? {
    value.flatMap { $0.isFinite ? $0 : nil }
  }

  private static func words(_ values: [UInt32]) -> Data {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(4 * values.count)
    for value in values {
      for shift in stride(from: 0, to: 32, by: 8) {
        bytes.append(UInt8(truncatingIfNeeded: value >> UInt32(shift)))
      }
    }
    return Data(bytes)
  }

  private static func words(_ blob: Data) -> [UInt32] {
    let bytes = [UInt8](blob)
    return stride(from: 0, to: bytes.count - bytes.count % 4, by: 4).map { start in
      (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[start + $1]) << UInt32(8 * $1) }
    }
  }
}
