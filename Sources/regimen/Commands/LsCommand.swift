import ArgumentParser
import Foundation
import Reports
import Storage

struct LsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ls", abstract: "Lists the runs of the workspace, newest first.")

  @Flag(help: "Print JSON lines, one a run.") var json = false
  @OptionGroup var global: GlobalOptions

  func run() throws {
    guard Workspace(global.directory).exists else {
      global.console.note("no runs in \(Workspace(global.directory).folder)")
      return
    }
    let store = try global.store()
    var table = TextTable([
      .init("run"), .init("name"), .init("status"), .init("stages", .right), .init("started"),
      .init("time", .right),
    ])
    let counts = try store.stageCounts()
    for run in try store.runs() {
      let stages = counts[run.id] ?? StageCount()
      if json {
        Output.json(RunDocuments.line(run, stages: stages))
      } else {
        table.add(row(run, stages))
      }
    }
    if !json { Output.line(table.rows.isEmpty ? "no runs" : table.render()) }
  }

  private func row(_ run: RunRecord, _ stages: StageCount) -> [String] {
    let end = run.endedAt ?? (run.status == .running ? currentMilliseconds() : nil)
    let start = run.claimedAt ?? run.createdAt
    let started = Date(timeIntervalSince1970: Double(start) / 1000)
    return [
      run.id, run.name, run.status.rawValue,
      "\(stages.done)/\(stages.total)",
      started.formatted(.iso8601.dateSeparator(.dash).dateTimeSeparator(.space)),
      end.map { Quantity.duration(Double($0 - start) / 1000) } ?? "",
    ]
  }
}
