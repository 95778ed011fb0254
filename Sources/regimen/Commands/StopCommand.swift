import ArgumentParser
import Insight
import Storage

struct StopCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stop",
    abstract: "Asks a run to save and stop, from any terminal.",
    discussion: """
      Like Ctrl-C in its own terminal. Waits until the run has stopped; `regimen resume` continues \
      it.
      """)

  @Argument(help: "A run's id, unique prefix or name, @last, or an experiment's name.")
  var selector: String
  @Flag(help: "Do not wait for it.") var noWait = false
  @OptionGroup var global: GlobalOptions

  func run() async throws {
    let store = try global.store()
    let run =
      switch try store.resumeTarget(selector: selector) {
      case .run(let run): run
      case .experiment(let all): all.runs.first { $0.status == .running } ?? all.runs[0]
      }
    guard run.status == .running else {
      throw CommandError(
        .notFound, "run \(run.name) (\(run.id)) is \(run.status.word): nothing to stop")
    }
    try store.requestStop(run: run.id)
    let owner = "process \(run.process ?? 0) on \(run.host ?? "an unknown host")"
    global.console.note("asked \(owner) to stop \(run.name) (\(run.id))")
    if noWait { return }
    var status = run.status
    while status == .running {
      try await Task.sleep(for: .milliseconds(200))
      // Opened again each time, because opening notices that a run's process has died.
      status = try global.store().run(id: run.id).status
    }
    Output.line("\(run.name) (\(run.id)): \(status.word)")
    for line in try RunState(global.store(), global.store().run(id: run.id)).lines {
      global.console.note(line)
    }
  }
}
