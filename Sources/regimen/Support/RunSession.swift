import ArgumentParser
import Foundation
import Recipes
import Reports
import Stages
import Storage
import Workflow

/// A run to start, or, without a request, to go on with.
struct RunJob {
  let plan: Plan
  let request: RunRequest?
}

/// Carries out runs one after another under Ctrl-C, shows how they go, and ends with their status.
struct RunSession {
  let store: Store
  let keepGoing: Bool
  let json: Bool
  let console: Console

  /// Throws the exit code if it is not 0.
  func carryOut(_ jobs: [RunJob]) async throws {
    let stop = StopFlag()
    let signals = StopSignals {
      stop.set()
      console.note("\nstopping after this step; Ctrl-C again quits at once")
    }
    let status = try await signals.whileCaught {
      var status = ExitStatus.ok
      for job in jobs {
        let ended = try await carryOut(job, stop)
        if status == .ok { status = ended }
        if stop.isSet || ended == .stopped { status = .stopped }
        if status == .stopped || (status != .ok && !keepGoing) { break }
      }
      return status
    }
    if status != .ok { throw status.exitCode }
  }

  private func carryOut(_ job: RunJob, _ stop: StopFlag) async throws -> ExitStatus {
    var settings = EngineSettings(environment: ProcessInfo.processInfo.environment)
    settings.stop = stop
    settings.keepGoing = keepGoing
    if let note = job.plan.recipe.precision.note { console.note(note) }
    let engine = Engine(
      store: store, catalog: builtInStages, settings: settings, sinks: sinks(job))
    let outcome =
      if let request = job.request {
        try await engine.run(job.plan, as: request)
      } else {
        try await engine.resume(job.plan)
      }
    if !json { try show(outcome) }
    return ExitStatus(rawValue: outcome.exitCode) ?? .stageFailed
  }

  private func sinks(_ job: RunJob) -> [any EventSink] {
    var sinks: [any EventSink] = [
      json ? JSONSink() : ConsoleSink(plan: job.plan, console: console)
    ]
    if job.plan.recipe.logTo == .tensorboard {
      sinks.append(TensorBoardSink(workspace: store.workspace, console: console))
    }
    return sinks
  }

  /// The run's table, and where to look next.
  private func show(_ outcome: RunOutcome) throws {
    let run = try store.run(id: outcome.run)
    let summary = try RunSummary(store, run: run, now: currentMilliseconds())
    Output.line(summary.text)
    for hint in hints(summary) { console.note(hint) }
  }

  private func hints(_ summary: RunSummary) -> [String] {
    let name = summary.run.name
    guard summary.run.status == .succeeded else {
      return ["", "regimen resume \(name)    goes on with it"]
    }
    let last = summary.lines.last { line in
      (try? store.outputs(stage: line.stage.id).keys.contains("model")) ?? false
    }
    var hints = ["", "regimen metrics \(name)    every number of every step"]
    hints.append("regimen samples \(name)    what was sampled and how it was judged")
    if let last {
      hints.append("regimen generate --model \(name)/\(last.stage.name) --prompt ...    try it")
      hints.append("regimen export \(name)/\(last.stage.name) --format hf -o DIR    take it away")
    }
    return hints
  }
}
