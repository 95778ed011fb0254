import ArgumentParser
import Foundation
import Insight
import Recipes
import Stages
import Storage
import Synchronization
import Workflow

/// A run that is written down, and what will be done with it.
struct RunJob {
  let plan: Plan
  let run: RunRecord
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
    let watch = Mutex<RunWatch?>(nil)
    let work = RunWork(store)
    let hints = RunHints(store)
    let signals = StopSignals(
      onStop: { cause in
        if stop.isSet { return console.note("\nalready stopping; a second Ctrl-C quits at once") }
        stop.set(cause)
        console.note(
          "\nstopping: if the steps before the current one are not saved yet, it is finished; "
            + "otherwise it is dropped and its finished completions are kept; a second Ctrl-C "
            + "quits at once, and everything since the last checkpoint is lost")
      },
      onQuit: {
        guard let watch = watch.withLock({ $0 }) else { return }
        watch.noteEnd("quit by a second Ctrl-C")
        console.note("\nquit: \(watch.loss)")
        if let next = try? hints.resume(jobs[0].run) {
          console.note(next + "    continues from there")
        }
      })
    let status = try await signals.whileCaught {
      var status = ExitStatus.ok
      for (place, job) in jobs.enumerated() {
        let ended = try await carryOut(job, stop, work) { new in watch.withLock { $0 = new } }
        if status == .ok { status = ended }
        if stop.isSet || ended == .stopped { status = .stopped }
        // A stop that came too late for the last run stopped nothing.
        if place == jobs.count - 1, ended == .ok, jobs.count == 1 { status = .ok }
        if status == .stopped || (status != .ok && !keepGoing) { break }
      }
      return status
    }
    if !json { for hint in try hints.after(jobs.map(\.run)) { console.note(hint) } }
    if status != .ok { throw status.exitCode }
  }

  private func carryOut(
    _ job: RunJob, _ stop: StopFlag, _ work: RunWork, watched: (RunWatch) -> Void
  ) async throws -> ExitStatus {
    var settings = EngineSettings(environment: ProcessInfo.processInfo.environment)
    settings.stop = stop
    settings.keepGoing = keepGoing
    if let note = job.plan.recipe.precision.note { console.note(note) }
    for change in job.plan.changes { console.note("from the present recipe: \(change)") }
    let watch = RunWatch(store, job.run, work: work, sinks: try sinks(job))
    watched(watch)
    let hints = RunHints(store)
    OutOfMemory.began(resume: try hints.resume(job.run), again: try hints.again(job.run)) {
      watch.noteEnd("out of memory")
    }
    settings.outlook = { watch.outlook($0) }
    let engine = Engine(
      store: store, catalog: builtInStages, settings: settings, sinks: [watch])
    let outcome = try await engine.carryOut(job.plan, job.run)
    if !json {
      let run = try store.run(id: outcome.run)
      let summary = try RunSummary(store, run: run, now: currentMilliseconds())
      Output.line(CommandText.completed(summary.text))
    }
    return ExitStatus(rawValue: outcome.exitCode) ?? .stageFailed
  }

  private func sinks(_ job: RunJob) throws -> [any EventSink] {
    let runs = try store.experiment(of: job.run)?.runs.count
    var sinks: [any EventSink] = [
      json ? JSONSink() : ConsoleSink(plan: job.plan, runs: runs, console: console)
    ]
    if job.plan.recipe.logTo == .tensorboard {
      sinks.append(TensorBoardSink(workspace: store.workspace, console: console))
    }
    return sinks
  }
}
