import ArgumentParser
import Foundation
import Insight
import Storage

struct LogsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "logs", abstract: "Prints what happened to a run, oldest first.")

  @Argument(help: "An id, a unique prefix, a name, or @last.") var selector = "@last"
  @Argument(help: "Only this stage.") var stage: String?
  @Flag(name: .shortAndLong, help: "Keep printing until the run ends.") var follow = false
  @OptionGroup var global: GlobalOptions

  func run() async throws {
    let run = try global.store().run(selector: selector)
    if let stage { _ = try global.store().stage(stage, of: run) }
    var seen: Int64 = 0
    while true {
      // Opened again each time, because opening notices that a run's process has died.
      let store = try global.store()
      let now = try store.run(id: run.id)
      let status = now.status
      for event in try store.events(run: run.id, stage: stage, after: seen) {
        seen = event.sequence
        Output.line(CommandText.completed(Self.text(event)))
      }
      guard follow, status == .running || status == .created else {
        for line in try RunState(store, now).lines { global.console.note(line) }
        return
      }
      try await Task.sleep(for: .milliseconds(500))
    }
  }

  private static func text(_ event: EventRecord) -> String {
    let time = Date(timeIntervalSince1970: Double(event.at) / 1000)
    let data = event.data.sorted { $0.key < $1.key }.map { key, value in
      switch value {
      case .text(let text): key == "message" ? text : "\(key) \(text)"
      case .number(let number): "\(key) \(number)"
      }
    }
    let what = data.isEmpty ? event.kind : "\(event.kind): \(data.joined(separator: ", "))"
    let stage = event.stage.map { "\($0)  " } ?? ""
    return "\(time.formatted(.iso8601.dateTimeSeparator(.space)))  \(stage)\(what)"
  }
}
