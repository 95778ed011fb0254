import JSON
import Randomness
import Settings
import Tasks

/// The train side of a task: rows that are generated when they are needed, in any order.
///
/// Row i depends only on the options, the seed and i.
public struct TaskRows: Sendable {
  public let count: Int
  private let task: any TrainingTask
  private let stream: RandomStream
  private let builder: RowBuilder
  private let offset: Int

  /// Nil where the options stand for something else than the train side of a task.
  ///
  /// - Throws: `DatasetError` for a mistake in the options and for a window without rows.
  public init?(_ options: DatasetOptions, seed: UInt64) throws {
    guard let name = options.task, options.split != .test else { return nil }
    try options.requireUsable()
    task = try Dataset.task(name, options)
    stream = RandomStream(seed: seed)
    builder = RowBuilder(options)
    offset = options.offset
    count = options.drawnCount - offset
    try Dataset.require(count, of: name)
  }

  /// - Parameter index: from 0; the row's id is `offset` more.
  public func row(_ index: Int) throws -> Row {
    let id = offset + index
    let example: TaskExample
    do {
      example = try task.example(id, split: .train, stream: stream)
    } catch {
      throw DatasetError(error.description)
    }
    return try builder.build(example, id: id, split: .train)
  }
}

extension RowBuilder {
  /// The row of a task's example; mistakes name it.
  func build(_ example: TaskExample, id: Int, split: TaskSplit) throws -> Row {
    var fields = example.fields.mapValues(JSONValue.string)
    fields["difficulty"] = .string(String(example.difficulty))
    let row = Row(
      id: id, prompt: .text(example.prompt), rejected: example.rejected,
      solution: example.solution, answer: example.answer, gold: example.gold,
      verifier: example.verifier, fields: fields, split: split.rawValue)
    do {
      return try build(row)
    } catch let error as DatasetError {
      throw DatasetError("row \(id): \(error.message)")
    }
  }
}

extension DatasetOptions {
  /// Rows of a task up to the end of the window that `offset` and `limit` take.
  var drawnCount: Int { min(size, limit.map { $0 + offset } ?? size) }

  /// Throws the first mistake that shows without reading a file.
  func requireUsable() throws {
    if let problem = problems.first {
      throw DatasetError("\(problem.field): \(problem.message)")
    }
  }
}
