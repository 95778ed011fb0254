import ArgumentParser
import Foundation
import Insight
import JSON
import Storage

struct LsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ls", abstract: "Lists the runs of the workspace, newest first.")

  @Flag(help: "Print JSON lines, one per run.") var json = false
  @OptionGroup var global: GlobalOptions

  func run() throws {
    guard Workspace(global.directory).isThere else {
      global.console.note("no runs in \(Workspace(global.directory).folder)")
      return
    }
    let store = try global.store()
    var table = TextTable(["run", "name", "status", .right("stages"), "started", .right("time")])
    let counts = try store.stageCounts()
    let superseded = try store.supersededRuns()
    let times = try store.runTimes()
    for run in try store.runs() {
      let stages = counts[run.id] ?? StageCount()
      if json {
        Output.json(
          RunDocuments.line(run, stages: stages, superseded: superseded.contains(run.id)))
      } else {
        table.add(row(run, stages, superseded.contains(run.id), times[run.id]))
      }
    }
    guard !json else { return }
    Output.line(table.rows.isEmpty ? "no runs" : table.render())
    if let run = try store.newestUnfinishedRun(), run.status != .running {
      let experiment = try store.experiment(of: run)
      let what = experiment.map { "experiment \($0.name)" } ?? "\(run.name) (\(run.id))"
      global.console.note("\n\(CommandText.make("resume"))    continues \(what)")
    }
  }

  /// A run that was resumed began when it was first begun, and took the time of all its attempts.
  private func row(
    _ run: RunRecord, _ stages: StageCount, _ superseded: Bool,
    _ time: (began: Int64, spent: Int64)?
  ) -> [String] {
    [
      run.id, run.name, run.status.word + (superseded ? ", done since" : ""),
      "\(stages.done)/\(stages.total)",
      run.status == .created ? "" : RunState.time(time?.began ?? run.claimedAt ?? run.createdAt),
      time.map { Quantity.duration(Double($0.spent) / 1000) } ?? "",
    ]
  }
}
