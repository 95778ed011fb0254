import Datasets
import Tasks

/// How many rows a reward that needs a gold answer can grade.
struct GoldCount {
  private let specs: [RewardSpec]
  private(set) var rows = 0
  private(set) var unjudged = 0
  /// The first row that it cannot grade, and why.
  private(set) var first: (PromptRow, reason: String)?

  /// - Parameter specs: the rewards of a stage, of which those count that compare with an answer.
  init(_ specs: [RewardSpec]) {
    self.specs = specs.filter(\.needsGold)
  }

  var reward: String { specs.first?.label ?? AccuracyReward.name }

  mutating func add(_ row: PromptRow) {
    guard specs.contains(where: { $0.applies(to: row.type, step: $0.fromStep) }) else { return }
    rows += 1
    guard let reason = row.goldProblem else { return }
    unjudged += 1
    first = first ?? (row, reason)
  }
}

extension CheckedInputs {
  /// Reports rows that no rule can grade, for lack of a gold answer.
  mutating func check(_ golds: GoldCount) {
    guard golds.rows > 0, let (first, reason) = golds.first else { return }
    let row = first.row
    if golds.unjudged < golds.rows {
      note(
        "\(golds.reward) can score \(golds.rows - golds.unjudged) of \(golds.rows) rows; "
          + "\(first.place): \(reason)")
      return
    }
    let keys = row.fields.keys.sorted().map { "'\($0)'" }.joined(separator: ", ")
    let others = keys.isEmpty ? "" : " (its other keys: \(keys))"
    tell(
      "\(golds.reward) can score none of the \(golds.rows) rows; "
        + "\(first.place)\(others): \(reason). \(remedy(row))")
  }
}

/// What to do about rows that no rule can grade.
private func remedy(_ row: Row) -> String {
  if row.gold != nil { return "Set the dataset's verifier to one that reads such answers" }
  if row.solution != nil {
    return
      "It has a solution: format: auto takes the gold answer from \\boxed{}, from after ####, from "
      + "$...$ at the end or from a short text there, and fields: { answer: solution } takes the whole text"
  }
  return "Name the key of the answer in the dataset's entry, fields: { answer: KEY }"
}
