import ArgumentParser
import Foundation
import Reports
import Storage

struct StatusCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "Shows how far a run is (default: the newest).")

  @Argument(help: "An id, a unique prefix, a name, or @last.")
  var selector = "@last"
  @Flag(help: "Print again every second until the run ends.") var watch = false
  @Flag(help: "Print one JSON document.") var json = false
  @OptionGroup var global: GlobalOptions

  func run() async throws {
    let id = try global.store().run(selector: selector).id
    let redraws = global.console.redraws && isatty(FileHandle.standardOutput.fileDescriptor) != 0
    var lines = 0
    while true {
      // Opened anew each time: opening is what notices that a run's process has died.
      let store = try global.store()
      let run = try store.run(id: id)
      if json {
        Output.json(try RunDocuments.run(store, run))
      } else {
        let text = try RunSummary(store, run: run, now: currentMilliseconds()).text
        if redraws, lines > 0 { Output.text("\u{1B}[\(lines)A\u{1B}[J") }
        Output.line(text)
        lines = text.count { $0 == "\n" } + 1
      }
      guard watch, run.status == .running else { return }
      try await Task.sleep(for: .seconds(1))
    }
  }
}
