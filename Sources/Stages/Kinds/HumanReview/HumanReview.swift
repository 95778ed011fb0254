import Datasets
import Foundation
import Recipes
import Settings
import Tasks
import Workflow

/// Gives rows to people and continues with the edited rows: DeepSeek-R1's cold start and its
/// non-reasoning data were edited and verified by hand (Guo et al., arXiv 2501.12948v2, B.3.2).
///
/// The edited file is part of the stage's key, so later stages run again when it changes.
struct HumanReview: StageKind {
  struct Config: Configuration {
    var instructions: String?
    var allowsAdded = true

    static let fields: [Field<Self>] = [
      Field(
        "instructions", \.instructions, affectsOutput: false,
        "What the reviewers should do, for the message to them."),
      Field(
        "allow_added_rows", \.allowsAdded,
        "Accept rows with new ids; otherwise they are an error."),
    ]
  }

  static let name = "human_review"
  static let revision = 1
  static let summary = "Exports rows for people to edit, waits, and reads the edited file."
  static let inputs = [
    InputPort("data", .dataset, multiple: true, "The rows to review.")
  ]
  static let outputs = [OutputPort("data", .dataset, "The reviewed rows.")]
  static let asksPeople = true
  static let metrics: [MetricDescription] = {
    let basis = MetricDescription.Basis.everything(but: [])
    let counts = [
      ("rows", "Exported rows."), ("unchanged", "Rows that came back unchanged."),
      ("edited", "Rows that came back changed."), ("added", "Rows that were added."),
      ("removed", "Rows that did not come back."),
    ]
    return counts.map { MetricDescription($0, unit: "rows", basis: basis, $1) }
      + RowCollection.metrics(basis, unit: "rows", of: "rows")
  }()

  static func run(_ config: Config, in context: any StageContext) throws -> StageOutput {
    var asked: [Row] = []
    var sources: [Int: String] = [:]
    for input in context.inputs("data") {
      for var row in try loadRows(input, log: context.log) {
        row.id = asked.count
        sources[row.id] = input.name
        asked.append(row)
      }
    }
    context.begin(totalSteps: 1, unit: "review")
    if let instructions = config.instructions { context.log(instructions) }
    let answer = try context.review(RowCoding.encode(asked))
    let reviewed = try ReviewedRows.read(answer.rows, path: answer.path)
    let review = ReviewedRows(asked: asked, reviewed: reviewed, keys: RowKeys(answer.rows))
    if let mistake = review.mistake(allowsAdded: config.allowsAdded) {
      throw TrainingError(.data, "\(answer.path):\(mistake.line): \(mistake.message)")
    }
    var kept = RowCollection()
    for (name, number) in review.counts { kept.count(name, number) }
    for (_, row) in reviewed {
      kept.keep(row, tokens: nil, source: sources[row.id] ?? "added")
    }
    context.record(step: 1, kept.metrics)
    context.log(kept.summary)
    try context.stepDone(1) { try CheckpointFiles.checkpoint(of: kept, step: 1) }
    return StageOutput(["data": try kept.artifact(remedy: "leave some rows in \(answer.path)")])
  }
}

/// Reviewed rows.
struct ReviewedRows {
  private let asked: [Int: Row]
  private let reviewed: [(line: Int, row: Row)]
  private let keys: RowKeys

  init(asked: [Row], reviewed: [(line: Int, row: Row)], keys: RowKeys) {
    self.keys = keys
    self.asked = Dictionary(asked.map { ($0.id, $0) }) { first, _ in first }
    self.reviewed = reviewed
  }

  /// The rows of a person's file with their lines; for a file that is not JSON lines the error
  /// names its format.
  static func read(_ data: Data, path: String) throws -> [(line: Int, row: Row)] {
    do {
      return try RowCoding.decodeLines(data, name: path)
    } catch {
      throw ForeignFile.refusal(path: path, head: data) ?? error
    }
  }

  /// How many rows there were, and how many came back unchanged, edited, not at all or new.
  var counts: [String: Int] {
    let known = reviewed.map(\.row).filter { asked[$0.id] != nil }
    let same = known.count { asked[$0.id] == $0 }
    return [
      "rows": asked.count, "unchanged": same, "edited": known.count - same,
      "added": reviewed.count - known.count, "removed": asked.count - known.count,
    ]
  }

  /// The first row that cannot be used, with its line and the remedy. Unchanged rows can always be
  /// used.
  func mistake(allowsAdded: Bool) -> (line: Int, message: String)? {
    var seen: [Int: Int] = [:]
    for (line, row) in reviewed {
      if let first = seen.updateValue(line, forKey: row.id) {
        let what = "the id \(row.id) is already in line \(first)"
        return (line, "\(what); give an added row a new id")
      }
      if let message = keys.mistake(line: line) { return (line, message) }
      if let message = mistake(row, allowsAdded: allowsAdded) { return (line, message) }
    }
    return nil
  }

  private func mistake(_ row: Row, allowsAdded: Bool) -> String? {
    if let name = row.verifier, name != asked[row.id]?.verifier, Verifier.named(name) == nil {
      let names = Verifier.all.map(\.name)
      let hint =
        nearestName(to: name, among: names).map { "did you mean '\($0)'?" }
        ?? "there are \(names.joined(separator: ", "))"
      return "the row \(row.id) has the verifier '\(name)', which does not exist; \(hint)"
    }
    guard let original = asked[row.id] else {
      return allowsAdded
        ? nil
        : "the row \(row.id) is not one of the exported rows; remove it, or set "
          + "allow_added_rows: true"
    }
    if original.completion ?? "" != "", row.completion ?? "" == "" {
      return "the row \(row.id) has lost its completion; write one, or remove the row"
    }
    if original.rejected != nil, row.rejected == nil {
      return "the row \(row.id) was a pair and no longer has a rejected reply"
    }
    return nil
  }
}

/// The keys of a person's rows that rows do not have: their values would be lost silently.
struct RowKeys {
  private let lines: [Data.SubSequence]

  init(_ data: Data) { lines = data.split(separator: 0x0A, omittingEmptySubsequences: false) }

  static let known = [
    "id", "prompt", "completion", "chosen", "rejected", "label", "solution", "answer", "gold",
    "verifier", "split", "fields",
  ]

  /// What is wrong with the keys of the row in a line, counted from 1.
  func mistake(line: Int) -> String? {
    guard lines.indices.contains(line - 1),
      let row = try? JSONSerialization.jsonObject(with: Data(lines[line - 1])) as? [String: Any],
      let key = row.keys.filter({ !Self.known.contains($0) }).min()
    else { return nil }
    let remedy =
      nearestName(to: key, among: Self.known).map { "did you mean '\($0)'?" }
      ?? "your own columns belong in its 'fields'"
    return "the key '\(key)' is not a key of a row; \(remedy)"
  }
}
