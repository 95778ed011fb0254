import Datasets
import Neural
import Recipes
import Settings
import Workflow

/// The name of the file that holds a dataset's rows in an artifact.
let rowsFile = "rows.jsonl"

/// The rows of a dataset: a recipe's entry, or the output of an upstream stage.
func loadRows(_ input: StageInput, log: (String) -> Void = { _ in }) throws -> [Row] {
  var rows: [Row] = []
  try eachRow(input, log: log) { rows.append($0) }
  return rows
}

/// Passes the rows of a dataset to `body` one after another; they are not kept.
func eachRow(
  _ input: StageInput, log: (String) -> Void = { _ in }, _ body: (Row) throws -> Void
) throws {
  switch input.content {
  case .artifact:
    try RowCoding.each(input.file(rowsFile), name: "\(input.name)/\(rowsFile)", body)
  case .source(let values, let files):
    let skipped = try named(input) {
      try Dataset.each(
        DatasetConfiguration(values: values).resolved(in: files), seed: input.seed, in: files, body)
    }
    skipped.tell(of: input, log)
  }
}

/// The same for a file or what an upstream stage left: its rows can be asked for again, in any order; nil
/// for a task, none of whose rows is handed over.
func packedRows(
  _ input: StageInput, log: (String) -> Void, _ body: (Row) throws -> Void
) throws -> PackedRows? {
  switch input.content {
  case .artifact:
    return try PackedRows(input.file(rowsFile), name: "\(input.name)/\(rowsFile)", body)
  case .source(let values, let files):
    let rows = try named(input) {
      try PackedRows(DatasetConfiguration(values: values).resolved(in: files), in: files, body)
    }
    rows?.skipped.tell(of: input, log)
    return rows
  }
}

extension SkippedLines {
  fileprivate func tell(of input: StageInput, _ log: (String) -> Void) {
    guard count > 0, let first = reasons.first else { return }
    log("dataset '\(input.name)': \(count) bad lines skipped; the first: \(first)")
  }
}

/// The rows of a task's train side, generated when they are needed, in any order.
struct DrawnRows {
  /// The number of rows that are checked first, since all are drawn in the same way.
  static let examined = 2048

  private let input: StageInput
  private let rows: TaskRows

  /// Nil for other datasets, and for those of no more than `most` rows.
  init?(_ input: StageInput, above most: Int = examined) throws {
    guard case .source(let values, let files) = input.content else { return nil }
    let configuration = DatasetConfiguration(values: values)
    guard let count = configuration.drawnRows, count > most else { return nil }
    let rows = try named(input) {
      try TaskRows(configuration.resolved(in: files), seed: input.seed)
    }
    guard let rows else { return nil }
    self.input = input
    self.rows = rows
  }

  var count: Int { rows.count }

  func row(_ index: Int) throws -> Row { try named(input) { try rows.row(index) } }

  /// For the log.
  var note: String {
    "dataset '\(input.name)': \(Self.examined) of \(count) rows were checked; rows are generated "
      + "when they are needed"
  }
}

/// Runs `body` on a dataset; errors name the dataset.
func named<Value>(_ input: StageInput, _ body: () throws -> Value) throws -> Value {
  do {
    return try body()
  } catch let error as DatasetError {
    throw NamedDatasetError(dataset: input.name, error: error)
  }
}

/// What is wrong with a dataset, with its name.
struct NamedDatasetError: InputFault, CustomStringConvertible {
  let dataset: String
  let error: DatasetError

  var isInputFault: Bool { true }
  var description: String { "dataset '\(dataset)': \(error)" }
}

/// Where rows come from, for messages.
struct RowSource: Sendable {
  /// The dataset's name.
  let name: String
  private let locate: @Sendable (Int) -> String?

  /// A file's rows are numbered by its lines.
  init(_ input: StageInput) {
    name = input.name
    if case .source(let values, _) = input.content, case .string(let path)? = values["file"] {
      locate = { "\(path):\($0)" }
    } else {
      locate = input.locate
    }
  }

  init(name: String) {
    self.name = name
    locate = { _ in nil }
  }

  /// "dataset 'talk': row 7 (talk.jsonl:7)".
  func place(_ row: Row) -> String { "dataset '\(name)': row \(row.id)" + file(row) }

  /// Runs `body` on a row; errors name the row.
  func located<Value>(_ row: Row, _ body: () throws -> Value) throws -> Value {
    do {
      return try body()
    } catch let error as DatasetError {
      throw NamedDatasetError(
        dataset: name, error: DatasetError("row \(row.id)\(file(row)): \(error.message)"))
    }
  }

  /// " (talk.jsonl:7)", if the row comes from a file.
  func file(_ row: Row) -> String { locate(row.id).map { " (\($0))" } ?? "" }
}
