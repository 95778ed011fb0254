import Datasets
import Neural
import Recipes
import Workflow

/// The name of the file that holds a dataset's rows in an artifact.
let rowsFile = "rows.jsonl"

/// The rows of a dataset: a recipe's entry, or what an upstream stage left.
func loadRows(_ input: StageInput, log: (String) -> Void = { _ in }) throws -> [Row] {
  switch input.content {
  case .artifact(_, let read):
    return try RowCoding.decode(read(rowsFile), name: "\(input.name)/\(rowsFile)")
  case .source(let values):
    let dataset = try named(input) {
      try Dataset.load(DatasetConfiguration(values: values).resolved(), seed: input.seed)
    }
    if dataset.skipped > 0, let first = dataset.skippedReasons.first {
      log("dataset '\(input.name)': \(dataset.skipped) bad lines skipped; the first: \(first)")
    }
    return dataset.rows
  }
}

/// Does something with a dataset; its errors say which it is.
func named<Value>(_ input: StageInput, _ body: () throws -> Value) throws -> Value {
  do {
    return try body()
  } catch let error as DatasetError {
    throw TrainingError(.data, "dataset '\(input.name)': \(error)")
  }
}

/// Where rows come from, for messages.
struct RowSource {
  /// The dataset's name.
  let name: String
  private let file: String?

  init(_ input: StageInput) {
    name = input.name
    file =
      if case .source(let values) = input.content, case .string(let path)? = values["file"] {
        path
      } else {
        nil
      }
  }

  init(name: String) {
    self.name = name
    file = nil
  }

  /// "dataset 'talk': row 7 (talk.jsonl:7)": a file's rows are numbered by its lines.
  func place(_ row: Row) -> String {
    "dataset '\(name)': row \(row.id)" + (file.map { " (\($0):\(row.id))" } ?? "")
  }
}
