import ArgumentParser
import Foundation
import Insight
import Recipes
import Stages
import Storage
import Workflow

struct ResumeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "resume",
    abstract: "Continues runs that were stopped, were killed or failed.",
    discussion: """
      Without a name, or with that of an experiment (the variants and seeds of one `run`), all of its \
      unfinished runs continue in order. The results are bit for bit those of an uninterrupted \
      run: a recipe, program or machine that would give others is refused with the reason. \
      `regimen run --from-run RUN` starts a run that takes over finished stages. Settings that \
      affect no result (warn_if, stop_if, promote_if, timeout, log_to) are read from the present \
      recipe file.
      """)

  @Argument(
    help:
      "A run's id, unique prefix or name, @last, or an experiment's name (default: the newest unfinished one)."
  )
  var selector: String?
  @Flag(name: .shortAndLong, help: "Continue with stages that do not depend on a failed one.")
  var keepGoing = false
  @Flag(help: "Use the recipe as it was, even if its file has changed.")
  var storedRecipe = false
  @Option(
    help: ArgumentHelp(
      "Take this file as the reviewed rows of a human_review stage; may be repeated.",
      valueName: "stage=file"))
  var reviewed: [String] = []
  @Flag(help: "Do not check the datasets before the first stage runs.")
  var noData = false
  @Flag(help: "Start even if a stage is expected to need more memory than there is.")
  var noMemoryCheck = false
  @Flag(help: "Print events as JSON lines.") var json = false
  @OptionGroup var global: GlobalOptions

  func run() async throws {
    try global.applyThreads()
    let store = try global.store()
    let runs = try unfinished(store)
    for pair in reviewed { try handIn(pair, runs[0], store) }
    let planner = Planner(store)
    let jobs = try runs.map { RunJob(plan: try plan($0, planner, store), run: $0) }
    if !noData { try checkData(jobs, store) }
    if !noMemoryCheck {
      try MemoryCheck(threads: global.threadCount)?.require(jobs.map(\.plan))
    }
    try await RunSession(store: store, keepGoing: keepGoing, json: json, console: global.console)
      .carryOut(jobs)
  }

  /// Checks the datasets of the remaining stages, as `run` does; earlier checks are not repeated.
  private func checkData(_ jobs: [RunJob], _ store: Store) throws {
    var mistakes: [Diagnostic] = []
    for job in jobs {
      let recipes = try StoredOrigin(store, job.run)
        .set(job.plan, stored: job.plan.document == nil)
      for mistake in try recipes.mistakes(
        in: [job.plan], DataChecks(store.workspace), global.console)
      where !mistakes.contains(mistake) {
        mistakes.append(mistake)
      }
    }
    guard mistakes.isEmpty else { throw RecipeError(mistakes) }
  }

  /// The runs to resume, in order.
  private func unfinished(_ store: Store) throws -> [RunRecord] {
    let target = try selector.map { try store.resumeTarget(selector: $0) }
    guard let target = try target ?? store.newestUnfinished() else {
      throw CommandError(.notFound, "there is no unfinished run to resume")
    }
    switch target {
    case .run(let run):
      guard run.status != .succeeded else {
        throw CommandError(
          .notFound, "run \(run.name) (\(run.id)) has succeeded: nothing to resume")
      }
      global.console.note("resuming \(run.name) (\(run.id))")
      return [run]
    case .experiment(let experiment):
      let open = experiment.unfinished
      guard !open.isEmpty else {
        throw CommandError(
          .notFound,
          "all \(experiment.runs.count) runs of experiment \(experiment.name) have succeeded: "
            + "nothing to resume")
      }
      global.console.note(
        "resuming experiment \(experiment.name): \(open.count) of \(experiment.runs.count) runs "
          + "are unfinished")
      return open
    }
  }

  /// With the recipe as its file now reads, where that gives the same results.
  private func plan(_ run: RunRecord, _ planner: Planner, _ store: Store) throws -> Plan {
    do {
      return try planner.plan(resuming: run, as: storedRecipe ? nil : reading(of: run, store))
    } catch let error as WorkflowError {
      let hints = RunHints(store)
      let stored = CommandText.make(
        "resume", try store.resumeHandle(of: run), "--stored-recipe")
      let remedy =
        switch error.code {
        case .changedFile:
          "`\(try hints.again(run))` starts a run with the present files, which reuses the stages "
            + "that do not read them"
        case .changedRecipe:
          "`\(stored)` continues with the recipe as it was, `\(try hints.again(run))` starts a run "
            + "of the new one, which reuses what has not changed"
        case .changedMachine:
          "`\(try hints.again(run, fork: true))` starts a run that takes over its finished stages"
        default: ""
        }
      if remedy.isEmpty { throw error }
      throw CommandError(.incompatible, "\(error.message); \(remedy)")
    }
  }

  private func reading(of run: RunRecord, _ store: Store) throws -> RecipeReading? {
    let origin = try StoredOrigin(store, run)
    do {
      let reading = try origin.current()
      if reading == nil {
        global.console.note(
          "\(origin.document.path) is gone: continuing with the recipe as it was")
      }
      return reading
    } catch let error as RecipeError {
      global.console.note("\(error)\ncontinuing with the recipe as it was, including its guards")
      return nil
    }
  }

  /// Puts a person's file where its stage looks for it.
  private func handIn(_ pair: String, _ run: RunRecord, _ store: Store) throws {
    let parts = pair.split(separator: "=", maxSplits: 1).map(String.init)
    let waiting = try store.stages(run: run.id).filter {
      builtInStages.kind($0.kind)?.asksPeople == true && !$0.status.isDone
    }.map(\.name)
    guard parts.count == 2, waiting.contains(parts[0]) else {
      let names = waiting.map { "'\($0)'" }.joined(separator: ", ")
      let who =
        switch waiting.count {
        case 0: "no stage waits"
        case 1: "the stage \(names) waits"
        default: "the stages \(names) wait"
        }
      throw CommandError(
        .usage, "--reviewed \(pair): write STAGE=FILE; in run \(run.name) \(who) for a person")
    }
    guard FileManager.default.isReadableFile(atPath: parts[1]) else {
      throw CommandError(.badInput, "--reviewed \(pair): \(parts[1]) cannot be read")
    }
    try store.handIn(parts[1], run: run.id, stage: parts[0])
  }
}
