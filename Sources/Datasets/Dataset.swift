import Randomness
import Tasks

/// The rows that a dataset entry stands for: `try Dataset.load(options, seed: seed)`.
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
  public static func load(_ options: DatasetOptions, seed: UInt64) throws -> Dataset {
    if let problem = options.problems.first {
      throw DatasetError("\(problem.field): \(problem.message)")
    }
    if let task = options.task { return try generate(task, options, seed: seed) }
    guard let file = options.file else { throw DatasetError("neither 'task' nor 'file'") }
    return try read(file, options)
  }

  // MARK: Tasks

  /// Train rows are drawn with replacement; test rows are different from each other.
  private static func generate(
    _ name: String, _ options: DatasetOptions, seed: UInt64
  ) throws -> Dataset {
    let task: any TrainingTask
    do {
      task = try TaskCatalog.make(name, options.parameters)
    } catch {
      throw DatasetError(error.description)
    }
    let split: TaskSplit = options.split == .test ? .test : .train
    let dressing = Dressing(options)
    var examples = ExampleDraw(task: task, split: split, seed: seed)
    let count = min(options.size, options.limit.map { $0 + options.offset } ?? options.size)
    var rows: [Row] = []
    for id in 0..<count {
      let example = try examples.next()
      if id < options.offset { continue }
      do {
        rows.append(try dressing.dress(row(example, id: id, split: split)))
      } catch let error as DatasetError {
        throw DatasetError("row \(id): \(error.message)")
      }
    }
    return try Dataset(rows: rows, skipped: 0, skippedReasons: []).checked(name)
  }

  private static func row(_ example: TaskExample, id: Int, split: TaskSplit) -> Row {
    var fields = example.fields.mapValues(JSONValue.string)
    fields["difficulty"] = .string(String(example.difficulty))
    return Row(
      id: id, prompt: .text(example.prompt), rejected: example.rejected,
      solution: example.solution, answer: example.answer, gold: example.gold,
      verifier: example.verifier, fields: fields, split: split.rawValue)
  }

  // MARK: Files

  private static func read(_ file: String, _ options: DatasetOptions) throws -> Dataset {
    var reader = FileReader(file, options)
    try JSONLines(path: file).read { line, value in
      guard reader.needsMore else { throw JSONLines.Enough() }
      try reader.add(line, value)
    }
    return try Dataset(
      rows: reader.rows, skipped: reader.skipped, skippedReasons: reader.skippedReasons
    ).checked(file)
  }

  /// A dataset without rows is a mistake that should not wait for the stage that uses it.
  private func checked(_ source: String) throws -> Dataset {
    guard rows.isEmpty else { return self }
    let reason = skippedReasons.first.map { "; the first bad line: \($0)" } ?? ""
    throw DatasetError(
      path: source, "no rows are left after split, offset, limit and \(skipped) bad lines\(reason)")
  }
}

/// The rows of a file as its lines come in.
private struct FileReader {
  private let file: String
  private let options: DatasetOptions
  private let map: FieldMap
  private let dressing: Dressing
  /// Rows of the wanted side so far, those before the offset too.
  private var seen = 0
  private(set) var rows: [Row] = []
  private(set) var skipped = 0
  private(set) var skippedReasons: [DatasetError] = []

  private static let maximumReasons = 10

  init(_ file: String, _ options: DatasetOptions) {
    self.file = file
    self.options = options
    map = FieldMap(options.format, options.fields)
    dressing = Dressing(options)
  }

  var needsMore: Bool { rows.count < options.limit ?? .max }

  mutating func add(_ line: Int, _ value: Result<JSONValue, DatasetError>) throws {
    do {
      let row = try row(line, value)
      guard options.split ?? .all == .all || options.split?.rawValue == row.split else { return }
      seen += 1
      if seen > options.offset { rows.append(row) }
    } catch let error as DatasetError {
      let located = error.path == nil ? DatasetError(path: file, line: line, error.message) : error
      guard options.onBadLine == .skip else { throw located }
      skipped += 1
      if skippedReasons.count < Self.maximumReasons { skippedReasons.append(located) }
    }
  }

  private func row(_ line: Int, _ value: Result<JSONValue, DatasetError>) throws -> Row {
    var row = try map.row(value.get(), line: line)
    row.split = Split.side(
      of: row.prompt, text: row.completion, testFraction: options.testFraction)
    return try dressing.dress(row)
  }
}

/// The examples of a split in order; on the test side each problem once.
private struct ExampleDraw {
  let task: any TrainingTask
  let split: TaskSplit
  let stream: RandomStream
  private var index = 0
  private var seen: Set<String> = []

  /// This many repeats in a row mean that the supply has run dry.
  private static let maximumRepeats = 2000

  init(task: any TrainingTask, split: TaskSplit, seed: UInt64) {
    self.task = task
    self.split = split
    stream = RandomStream(seed: seed)
  }

  mutating func next() throws -> TaskExample {
    for _ in 0..<Self.maximumRepeats {
      let example: TaskExample
      do {
        example = try task.example(index, split: split, stream: stream)
      } catch {
        throw DatasetError(error.description)
      }
      index += 1
      if split == .train || seen.insert(example.prompt).inserted { return example }
    }
    throw DatasetError(
      "task '\(type(of: task).name)' has hardly more than \(seen.count) different test problems "
        + "with these parameters; ask for fewer")
  }
}
