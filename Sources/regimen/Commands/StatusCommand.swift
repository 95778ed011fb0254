import ArgumentParser
import Foundation
import Insight
import JSON
import Storage

struct StatusCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "Shows the progress of a run (default: the newest).")

  @Argument(help: "A run's id, unique prefix or name, @last, or an experiment's name.")
  var selector = "@last"
  @Flag(help: "Print again every second until the run ends.") var watch = false
  @Flag(help: "Print one JSON document.") var json = false
  @OptionGroup var global: GlobalOptions

  func run() async throws {
    let target = try global.store().resumeTarget(selector: selector)
    var frame = ScreenFrame()
    while try show(target, &frame) { try await Task.sleep(for: .seconds(1)) }
  }

  /// Prints how far it is; whether to print it again.
  private func show(_ target: ResumeTarget, _ frame: inout ScreenFrame) throws -> Bool {
    // Opened again each time, because opening notices that a run's process has died.
    let store = try global.store()
    let run = try Self.run(target, store)
    let state = try RunState(store, run)
    let goesOn = watch && run.status == .running
    if json {
      Output.json(try RunDocuments.run(store, run, more: state.members))
      return goesOn
    }
    let redraws = global.console.redraws && isatty(FileHandle.standardOutput.fileDescriptor) != 0
    let (table, rest) = try Self.text(store, state)
    if goesOn, redraws, let size = Console.size(of: .standardOutput) {
      Output.text(frame.next(table: table, rest: rest, size: size))
    } else {
      if redraws { Output.text(frame.erased) }
      Output.line(([table] + rest).joined(separator: "\n"))
    }
    return goesOn
  }

  /// Of an experiment the running run, else the first that is not done, else the last.
  private static func run(_ target: ResumeTarget, _ store: Store) throws -> RunRecord {
    switch target {
    case .run(let run): return try store.run(id: run.id)
    case .experiment(let known):
      let runs = try known.runs.map { try store.run(id: $0.id) }
      return runs.first { $0.status == .running } ?? runs.first { $0.status != .succeeded }
        ?? runs[runs.count - 1]
    }
  }

  /// The tables, and what is said below them.
  private static func text(
    _ store: Store, _ state: RunState
  ) throws -> (table: String, rest: [String]) {
    let summary = try RunSummary(store, run: state.run, now: currentMilliseconds())
    var parts: [String] = []
    if let title = state.title { parts.append(title) }
    if let runs = state.experiment?.runs { parts.append(try table(store, runs) + "\n") }
    parts.append(CommandText.completed(summary.tables))
    return (
      parts.joined(separator: "\n"), summary.messages.map(CommandText.completed) + state.lines
    )
  }

  private static func table(_ store: Store, _ runs: [RunRecord]) throws -> String {
    var table = TextTable([.right(""), "run", "name", "status", .right("stages")])
    let counts = try store.stageCounts()
    for run in runs {
      let stages = counts[run.id] ?? StageCount()
      table.add([
        "\(run.position ?? 0)", run.id, run.name, run.status.word,
        "\(stages.done)/\(stages.total)",
      ])
    }
    return table.render()
  }
}
