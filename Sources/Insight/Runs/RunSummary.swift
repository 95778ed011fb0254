import Foundation
public import Storage

/// A run as a table of its stages: for `show`, `status` and the end of `run`.
public struct RunSummary: Sendable {
  public struct Line: Sendable {
    public let stage: StageRecord
    /// Time that its attempts took in this run; nil for a stage that was never started in it.
    public let seconds: Double?
    public let figures: StageFigures
  }

  public let run: RunRecord
  public let lines: [Line]
  private let evaluations: EvaluationTables

  /// - Parameter now: milliseconds since 1970, for stages that are still running.
  public init(_ store: Store, run: RunRecord, now: Int64) throws {
    self.run = run
    let stages = try store.stages(run: run.id)
    evaluations = try EvaluationTables(store, stages: stages)
    lines = try stages.map { stage in
      let attempts = try store.attempts(stage: stage.id).filter { $0.number > 0 }
      let milliseconds = attempts.reduce(0) { $0 + max(0, ($1.endedAt ?? now) - $1.startedAt) }
      return Line(
        stage: stage, seconds: attempts.isEmpty ? nil : Double(milliseconds) / 1000,
        figures: try StageFigures(store, stage))
    }
  }

  /// One line on the run, then its stages; stages that failed or wait have a line that says why; then
  /// its evaluations side by side.
  public var text: String {
    ([title, table.render()] + messages + evaluations.text).joined(separator: "\n")
  }

  /// The same without the lines that say why.
  public var tables: String {
    ([title, table.render()] + evaluations.text).joined(separator: "\n")
  }

  /// `r1-tiny-base-17 (01j...): succeeded, 3 min 20 s`.
  public var title: String {
    var parts = ["\(run.name) (\(run.id)): \(run.status.word)"]
    let seconds = lines.compactMap(\.seconds).reduce(0, +)
    if seconds > 0 { parts.append(Quantity.duration(seconds)) }
    if let message = run.message, run.status != .succeeded { parts.append(shortened(message)) }
    return parts.joined(separator: ", ")
  }

  /// Without what a stage's own line says.
  private func shortened(_ message: String) -> String {
    for line in lines where !line.stage.status.isDone {
      guard let own = line.stage.message, message.hasSuffix(": \(own)") else { continue }
      return String(message.dropLast(own.count + 2))
    }
    return message
  }

  private var table: TextTable {
    var table = TextTable(["stage", "kind", "status", .right("steps"), .right("time"), "result"])
    for line in lines {
      table.add([
        line.stage.name, line.stage.kind, line.status, line.steps,
        line.seconds.map(Quantity.duration) ?? "", line.figures.text,
      ])
    }
    return table
  }

  /// Why stages failed or wait, and what of finished ones is lost.
  public var messages: [String] {
    lines.compactMap { line in
      if let lost = line.stage.lost {
        return
          "\(line.stage.name): its output is lost (\(lost)); the next run that needs it recreates "
          + "it"
      }
      guard let message = line.stage.message, !line.stage.status.isDone else { return nil }
      return "\(line.stage.name): \(message)"
    }
  }
}

extension RunSummary.Line {
  fileprivate var status: String {
    stage.status.rawValue + (stage.lost == nil ? "" : ", output lost")
  }

  /// `400`, or `400/1000` before the end.
  fileprivate var steps: String {
    guard stage.step > 0 || stage.status == .running else { return "" }
    guard let total = stage.totalSteps, total != stage.step else { return "\(stage.step)" }
    return "\(stage.step)/\(total)"
  }
}
