import ArgumentParser
import Foundation
import Stages
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
  @Option(
    help: ArgumentHelp(
      "Take this file as what people made of a human_review stage's rows; may be repeated.",
      valueName: "stage=file"))
  var reviewed: [String] = []
  @Flag(help: "Print events as JSON lines.") var json = false
  @OptionGroup var global: GlobalOptions

  func run() async throws {
    try global.applyThreads()
    let store = try global.store()
    let run = try selector.map { try store.run(selector: $0) } ?? newestUnfinished(store)
    guard run.status != .succeeded else {
      throw CommandError(.notFound, "run \(run.name) (\(run.id)) has succeeded: nothing to resume")
    }
    for pair in reviewed { try handIn(pair, run, store) }
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

  /// Puts a person's file where the stage that asked for it looks.
  private func handIn(_ pair: String, _ run: RunRecord, _ store: Store) throws {
    let parts = pair.split(separator: "=", maxSplits: 1).map(String.init)
    let waiting = try store.stages(run: run.id).filter {
      builtInStages.kind($0.kind)?.asksPeople == true && !$0.status.isDone
    }.map(\.name)
    guard parts.count == 2, waiting.contains(parts[0]) else {
      throw CommandError(
        .usage,
        "--reviewed \(pair): write STAGE=FILE; of run \(run.name) "
          + (waiting.isEmpty ? "no stage waits for a person" : waiting.joined(separator: ", ")))
    }
    guard FileManager.default.isReadableFile(atPath: parts[1]) else {
      throw CommandError(.badInput, "--reviewed \(pair): \(parts[1]) cannot be read")
    }
    try store.handIn(parts[1], run: run.id, stage: parts[0])
  }

  private func newestUnfinished(_ store: Store) throws -> RunRecord {
    guard let run = try store.newestUnfinishedRun() else {
      throw CommandError(.notFound, "there is no unfinished run to resume")
    }
    return run
  }
}
