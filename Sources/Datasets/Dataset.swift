public import Host
import JSON
import Randomness
import Tasks

/// The rows that a dataset entry stands for: `try Dataset.load(options, seed: seed, in: files)`.
///
/// Options are plain values (`DatasetOptions`, with `problems` to check them); rows are `Row`s; rows
/// that a stage makes are written and read by `RowCoding`. The same options, file and seed give the
/// same rows; the seed matters to generated rows only.
public struct Dataset: Sendable {
  public let rows: [Row]
  /// Lines that `on_bad_line: skip` left out.
  public let skipped: Int
  /// What was wrong with the first of them.
  public let skippedReasons: [DatasetError]

  /// - Throws: `DatasetError`: a mistake in the options, a missing file, a bad line, no rows at all.
  public static func load(
    _ options: DatasetOptions, seed: UInt64, in files: any FileAccess
  ) throws -> Dataset {
    var rows: [Row] = []
    let skipped = try each(options, seed: seed, in: files) { rows.append($0) }
    return Dataset(rows: rows, skipped: skipped.count, skippedReasons: skipped.reasons)
  }

  /// Hands over the rows one after another, without keeping them.
  ///
  /// - Throws: as `load`, and what `body` throws.
  public static func each(
    _ options: DatasetOptions, seed: UInt64, in files: any FileAccess,
    _ body: (Row) throws -> Void
  ) throws -> SkippedLines {
    try options.requireUsable()
    if let task = options.task { return try generate(task, options, seed: seed, body) }
    guard let file = options.file else { throw DatasetError("neither 'task' nor 'file'") }
    let lines = JSONLines(file, in: files)
    let reader = try read(lines, options) { row, _ in try body(row) }
    try require(reader, of: lines)
    return reader.skipped
  }

  /// The lines of a file that cannot be used.
  public static func mistakes(
    _ options: DatasetOptions, in files: any FileAccess
  ) throws -> SkippedLines {
    guard let file = options.file else { return SkippedLines() }
    var options = options
    options.onBadLine = .skip
    return try read(JSONLines(file, in: files), options) { _, _ in }.skipped
  }

  // MARK: Tasks

  /// Train rows are drawn with replacement; test rows are different from each other.
  private static func generate(
    _ name: String, _ options: DatasetOptions, seed: UInt64, _ body: (Row) throws -> Void
  ) throws -> SkippedLines {
    if let rows = try TaskRows(options, seed: seed) {
      for index in 0..<rows.count { try body(rows.row(index)) }
      return SkippedLines()
    }
    let builder = RowBuilder(options)
    var examples = TestExamples(task: try task(name, options), seed: seed)
    for id in 0..<options.drawnCount {
      let example = try examples.next()
      if id >= options.offset { try body(builder.build(example, id: id, split: .test)) }
    }
    try require(options.drawnCount - options.offset, of: name)
    return SkippedLines()
  }

  static func task(_ name: String, _ options: DatasetOptions) throws -> any TrainingTask {
    do {
      return try TaskCatalog.make(name, options.parameters)
    } catch {
      throw DatasetError(error.description)
    }
  }

  // MARK: Files

  /// Hands over the rows of a file with their lines' bytes.
  static func read(
    _ lines: JSONLines, _ options: DatasetOptions,
    _ body: (Row, UnsafeBufferPointer<UInt8>) throws -> Void
  ) throws -> FileReader {
    var reader = FileReader(lines.path, options)
    var failure: (any Error)?
    try lines.readLines { number, line in
      if failure != nil {
        // What a row lacks may be what `fields` names wrongly: no later row would have it, either.
        guard reader.lacksColumns else { throw JSONLines.Enough() }
        return reader.look(at: lines.value(number, line))
      }
      guard reader.needsMore else { throw JSONLines.Enough() }
      do {
        if let row = try reader.take(number, lines.value(number, line)), let line {
          try body(row, line)
        }
      } catch {
        failure = error
      }
    }
    if let failure {
      try reader.requireFields()
      throw failure
    }
    return reader
  }

  /// Throws for a file that had no rows, or none with a column that the recipe names.
  static func require(_ reader: FileReader, of lines: JSONLines) throws {
    try reader.requireFields()
    if reader.taken <= 0, lines.isEmpty {
      throw DatasetError(path: lines.path, "the file is empty")
    }
    try require(reader.taken, of: lines.path, reader.skipped)
  }

  /// A dataset without rows is a mistake that should not wait for the stage that uses it.
  static func require(
    _ rows: Int, of source: String, _ skipped: SkippedLines = SkippedLines()
  ) throws {
    guard rows <= 0 else { return }
    let reason = skipped.reasons.first.map { "; the first bad line: \($0)" } ?? ""
    throw DatasetError(
      path: source,
      "no rows are left after split, offset, limit and \(skipped.count) bad lines\(reason)")
  }
}

/// Lines that cannot be used, of a file whose `on_bad_line` skips them.
public struct SkippedLines: Sendable {
  public fileprivate(set) var count = 0
  /// What is wrong with the first of them.
  public fileprivate(set) var reasons: [DatasetError] = []
}

/// Makes rows of a file's lines as they come in.
struct FileReader: Sendable {
  private let file: String
  private let options: DatasetOptions
  private let reader: RowReader
  private let builder: RowBuilder
  /// The columns that the recipe maps and no row had so far, by the field that they are for.
  private var unseen: [(field: String, column: String)]
  /// The keys of the first row.
  private var keys = "none"
  /// Rows of the wanted side so far, those before the offset too.
  private var seen = 0
  /// Rows that were read.
  private(set) var taken = 0
  private(set) var skipped = SkippedLines()

  private static let maximumReasons = 10

  init(_ file: String, _ options: DatasetOptions) {
    self.file = file
    self.options = options
    reader = RowReader(
      options.format, options.fields, finalAnswer: options.finalAnswer,
      hasLabel: options.label != nil)
    builder = RowBuilder(options)
    unseen = options.fields.sorted { $0.key < $1.key }.flatMap { field, text in
      (JoinedColumns(text)?.columns ?? [text]).map { (field, $0) }
    }
  }

  var needsMore: Bool { taken < options.limit ?? .max }

  /// Whether the recipe maps a column that no row had so far.
  var lacksColumns: Bool { !unseen.isEmpty }

  /// The row of a line; nil where it is on the other side, before the offset or bad.
  mutating func take(_ line: Int, _ value: Result<JSONValue, DatasetError>) throws -> Row? {
    do {
      look(at: value)
      let row = try row(line, value)
      guard options.split ?? .all == .all || options.split?.rawValue == row.split else {
        return nil
      }
      seen += 1
      guard seen > options.offset else { return nil }
      taken += 1
      return row
    } catch let error as DatasetError {
      let located = error.path == nil ? DatasetError(path: file, line: line, error.message) : error
      guard options.onBadLine == .skip else { throw located }
      skipped.count += 1
      if skipped.reasons.count < Self.maximumReasons { skipped.reasons.append(located) }
      return nil
    }
  }

  /// Throws for an entry of `fields` whose column no row has.
  func requireFields() throws {
    guard let (field, column) = unseen.first, seen > 0 else { return }
    throw DatasetError(
      path: file,
      "fields: { \(field): ... } names '\(column)', which no row has; the first has the keys \(keys)"
    )
  }

  mutating func look(at value: Result<JSONValue, DatasetError>) {
    guard !unseen.isEmpty, case .success(.object(let object)) = value else { return }
    let record = Record(object)
    if keys == "none" { keys = record.keyList }
    unseen.removeAll { record.has($0.column) }
  }

  /// The row of a line, on whichever side it is.
  func row(_ line: Int, _ value: Result<JSONValue, DatasetError>) throws -> Row {
    var row = try reader.row(value.get(), line: line)
    row.split = Split.side(
      of: row.prompt, text: row.completion, testFraction: options.testFraction)
    return try builder.build(row)
  }
}

/// The examples of a task's test side in order, each problem once.
private struct TestExamples {
  let task: any TrainingTask
  let stream: RandomStream
  private var index = 0
  private var seen: Set<String> = []

  /// This many repeats in a row mean that the supply has run dry.
  private static let maximumRepeats = 2000

  init(task: any TrainingTask, seed: UInt64) {
    self.task = task
    stream = RandomStream(seed: seed)
  }

  mutating func next() throws -> TaskExample {
    for _ in 0..<Self.maximumRepeats {
      let example: TaskExample
      do {
        example = try task.example(index, split: .test, stream: stream)
      } catch {
        throw DatasetError(error.description)
      }
      index += 1
      if seen.insert(example.prompt).inserted { return example }
    }
    throw DatasetError(
      "task '\(type(of: task).name)' has hardly more than \(seen.count) different test problems "
        + "with these parameters; set a smaller size")
  }
}
