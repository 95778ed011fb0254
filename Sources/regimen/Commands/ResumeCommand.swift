import ArgumentParser
import Storage
import Workflow

struct ResumeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "resume",
    abstract: "Goes on with a run that was stopped, killed or failed.",
    discussion: """
      Ends with the bits of an unbroken run: a recipe, program or machine that would give others \
      is refused in words. `regimen run --from-run RUN` starts a run that takes over what is finished.
      """)

  @Argument(help: "An id, a unique prefix, a name, or @last (default: the newest unfinished run).")
  var selector: String?
  @Flag(name: .shortAndLong, help: "Go on with what does not depend on a failed stage.")
  var keepGoing = false
  @Flag(help: "Use the recipe as it was, even if its file was changed since.")
  var storedRecipe = false
  @Flag(help: "Print events as JSON lines.") var json = false
  @OptionGroup var global: GlobalOptions

  func run() async throws {
    try global.applyThreads()
    let store = try global.store()
    let run = try selector.map { try store.run(selector: $0) } ?? newestUnfinished(store)
    guard run.status != .succeeded else {
      throw CommandError(.notFound, "run \(run.name) (\(run.id)) has succeeded: nothing to resume")
    }
    global.console.note("resuming \(run.name) (\(run.id))")
    let planner = Planner(store)
    let job = RunJob(plan: try planner.plan(resuming: run), request: nil)
    let origin = try StoredOrigin(store, run)
    if !storedRecipe, let current = origin.current() {
      try planner.requireUnchanged(current, since: run, path: origin.document.path)
    }
    try await RunSession(store: store, keepGoing: keepGoing, json: json, console: global.console)
      .carryOut([job])
  }

  private func newestUnfinished(_ store: Store) throws -> RunRecord {
    guard let run = try store.newestUnfinishedRun() else {
      throw CommandError(.notFound, "there is no unfinished run to resume")
    }
    return run
  }
}
