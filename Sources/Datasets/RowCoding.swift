public import Foundation
import JSON

/// Rows as JSONL in TRL's shapes: `{"prompt": "...", "completion": "..."}`, or both as lists of
/// messages, or `prompt`, `chosen` and `rejected` of a pair; the row's other parts are further keys. Decoding gives the same rows back.
public enum RowCoding {
  /// A column as deep as a file may have it is written a level further down, in `fields`.
  private static let maximumDepth = JSONParser.maximumDepth + 1

  public static func encode(_ rows: [Row]) -> Data {
    var text = ""
    for row in rows {
      JSONValue.object(pairs(row)).write(into: &text)
      text += "\n"
    }
    return Data(text.utf8)
  }

  /// - Throws: `DatasetError` with `name` and the line.
  public static func decode(_ data: Data, name: String) throws -> [Row] {
    try decodeLines(data, name: name).map(\.row)
  }

  /// The rows with the lines that they stand in, counted from 1.
  ///
  /// - Throws: `DatasetError` with `name` and the line.
  public static func decodeLines(
    _ data: Data, name: String
  ) throws -> [(line: Int, row: Row)] {
    var rows: [(line: Int, row: Row)] = []
    try each(data, name: name) { line, _, row in rows.append((line, row)) }
    return rows
  }

  /// Hands over the rows one after another, without keeping them.
  ///
  /// - Throws: as `decode`, and what `body` throws.
  public static func each(
    _ data: Data, name: String, _ body: (Row) throws -> Void
  ) throws {
    try each(data, name: name) { _, _, row in try body(row) }
  }

  /// The same with the lines that the rows stand in.
  static func each(
    _ data: Data, name: String, _ body: (Int, UnsafeBufferPointer<UInt8>, Row) throws -> Void
  ) throws {
    var lines = LineSplitter(maximumLength: data.count)
    func take(_ number: Int, _ line: UnsafeBufferPointer<UInt8>?) throws {
      let line = line ?? UnsafeBufferPointer(start: nil, count: 0)
      try body(number, line, row(number, line, name: name))
    }
    try data.withUnsafeBytes { try lines.feed($0.bindMemory(to: UInt8.self), take) }
    try lines.finish(take)
  }

  /// The row of a line.
  static func row(
    _ number: Int, _ line: UnsafeBufferPointer<UInt8>, name: String
  ) throws -> Row {
    do {
      guard case .object(let object) = try JSONParser.parse(line, maximumDepth: maximumDepth)
      else { throw DatasetError("the row is not a JSON object") }
      return try row(object)
    } catch let error as JSONSyntaxError {
      throw DatasetError(path: name, line: number, "not JSON: \(error.message)")
    } catch let error as DatasetError {
      throw DatasetError(path: name, line: number, error.message)
    }
  }

  private static func pairs(_ row: Row) -> [(String, JSONValue)] {
    var pairs: [(String, JSONValue)] = [("id", .number(String(row.id)))]
    switch row.prompt {
    case .text(let text): pairs.append(("prompt", .string(text)))
    case .messages(let messages): pairs.append(("prompt", .array(messages.map(\.json))))
    }
    let isChat = if case .messages = row.prompt { true } else { false }
    let replies = [
      (row.rejected == nil ? "completion" : "chosen", row.completion, row.reply),
      ("rejected", row.rejected, row.rejectedReply),
    ]
    for case (let key, let text?, let reply) in replies {
      let message = reply ?? Message(role: "assistant", content: text)
      pairs.append((key, isChat ? .array([message.json]) : .string(text)))
    }
    if let label = row.label { pairs.append(("label", .bool(label))) }
    let texts = [
      ("solution", row.solution), ("answer", row.answer), ("gold", row.gold),
      ("verifier", row.verifier), ("split", row.split),
    ]
    for case (let key, let text?) in texts { pairs.append((key, .string(text))) }
    if !row.fields.isEmpty { pairs.append(("fields", .object(JSONObject(row.fields)))) }
    return pairs
  }

  private static func row(_ object: JSONObject) throws -> Row {
    let record = Record(object)
    guard let id = Int(try record.scalar("id")) else {
      throw DatasetError(
        "'id' is not an integer")
    }
    let fields: [String: JSONValue] =
      if case .object(let values)? = object["fields"] { values.dictionary } else { [:] }
    var row = Row(
      id: id, prompt: try record.prompt("prompt"), label: record.flag("label"),
      solution: try record.optionalScalar("solution"), answer: try record.optionalScalar("answer"),
      gold: try record.optionalScalar("gold"), verifier: try record.optionalScalar("verifier"),
      fields: fields, split: try record.optionalScalar("split") ?? "train")
    let key = object["rejected"] == nil ? "completion" : "chosen"
    if let reply = try record.optionalReply(key) { row.setCompletion(reply) }
    if let reply = try record.optionalReply("rejected") { row.setRejected(reply) }
    return row
  }
}
