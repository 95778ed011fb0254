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

  private static let maximumReasons = 10

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
      rows.append(try dressing.dress(row(example, id: id, split: split)))
    }
    return try Dataset(rows: rows, skipped: 0, skippedReasons: []).checked(name)
  }

  private static func row(_ example: TaskExample, id: Int, split: TaskSplit) -> Row {
    var fields = example.fields
    fields["difficulty"] = String(example.difficulty)
    return Row(
      id: id, prompt: .text(example.prompt), solution: example.solution, answer: example.answer,
      gold: example.gold, verifier: example.verifier, fields: fields, split: split.rawValue)
  }

  // MARK: Files

  private static func read(_ file: String, _ options: DatasetOptions) throws -> Dataset {
    let map = FieldMap(options.format, options.fields)
    let dressing = Dressing(options)
    var rows: [Row] = []
    var skipped: [DatasetError] = []
    var skippedCount = 0
    var seen = 0
    let limit = options.limit ?? .max
    try JSONLines(path: file).forEach { line, value in
      guard rows.count < limit else { throw JSONLines.Enough() }
      do {
        var row = try map.row(value.get(), line: line)
        row.split = Split.side(
          of: row.prompt, text: row.completion, testFraction: options.testFraction)
        let side = options.split ?? .all
        let dressed = try dressing.dress(row)
        guard side == .all || side.rawValue == row.split else { return }
        seen += 1
        if seen > options.offset { rows.append(dressed) }
      } catch let error as DatasetError {
        let located =
          error.path == nil ? DatasetError(path: file, line: line, error.message) : error
        guard options.onBadLine == .skip else { throw located }
        skippedCount += 1
        if skipped.count < maximumReasons { skipped.append(located) }
      }
    }
    return try Dataset(rows: rows, skipped: skippedCount, skippedReasons: skipped).checked(file)
  }

  /// A dataset without rows is a mistake that should not wait for the stage that uses it.
  private func checked(_ source: String) throws -> Dataset {
    guard rows.isEmpty else { return self }
    let reason = skippedReasons.first.map { "; the first bad line: \($0)" } ?? ""
    throw DatasetError(
      path: source, "no rows are left after split, offset, limit and \(skipped) bad lines\(reason)")
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
