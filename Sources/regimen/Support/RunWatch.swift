import Foundation
import Host
import Insight
import Recipes
import Stages
import Storage
import Synchronization
import Workflow

/// Follows a run for its session: passes events on, estimates the remaining time of run and
/// experiment, and knows at any moment what would be lost.
final class RunWatch: EventSink {
  private struct State {
    var stage: String?
    var unit = "step"
    var step = 0
    /// The newest step of the stage that a checkpoint holds.
    var saved = 0
    var forecast: SessionForecast?
  }

  private let store: Store
  private let run: RunRecord
  private let sinks: [any EventSink]
  private let work: RunWork
  private let state = Mutex(State())

  init(_ store: Store, _ run: RunRecord, work: RunWork, sinks: [any EventSink]) {
    self.store = store
    self.run = run
    self.work = work
    self.sinks = sinks
  }

  func receive(_ event: RunEvent) {
    state.withLock { state in
      switch event.event {
      case .stageStarted:
        state.stage = event.stage
        state.step = event.step ?? 0
        state.saved = state.step
        state.unit = "step"
        state.forecast = try? SessionForecast(store, run, work)
      case .progress:
        state.step = event.step ?? state.step
        state.unit = event.unit ?? state.unit
      case .checkpoint: state.saved = event.step ?? state.saved
      case .stageFinished, .stageFailed, .stageInterrupted: state.stage = nil
      default: break
      }
    }
    for sink in sinks { sink.receive(event) }
  }

  /// How long run and experiment will take.
  func outlook(_ pace: StagePace) -> Outlook {
    state.withLock { $0.forecast?.outlook(pace) } ?? Outlook()
  }

  /// The message for quitting now: what is lost and what is kept.
  var loss: String {
    state.withLock { state in
      guard let stage = state.stage else { return "every finished stage is saved" }
      let lost = state.step - state.saved
      let before = lost > 0 ? " and the \(lost) before it, which no checkpoint contains," : ""
      let saved = state.saved > 0 ? "\(state.unit) \(state.saved) and all finished stages" : nil
      return "\(state.unit) \(state.step + 1) of \(stage), which was running,\(before) "
        + (lost > 0 ? "are lost; " : "is lost; ")
        + "\(saved ?? "finished stages") are saved"
    }
  }

  /// Leaves a word in the database on why the program ends, if that takes no longer than half a second.
  func noteEnd(_ message: String) {
    let done = DispatchSemaphore(value: 0)
    DispatchQueue.global().async { [store, run] in
      try? store.noteEnd(run.id, message)
      done.signal()
    }
    _ = done.wait(timeout: .now() + 0.5)
  }
}

/// Operations of the stages of runs, by name; each recipe is read once.
final class RunWork: Sendable {
  private let store: Store
  private let known = Mutex<[String: [String: Double]]>([:])

  init(_ store: Store) { self.store = store }

  func flops(_ run: RunRecord) throws -> [String: Double] {
    if let known = known.withLock({ $0[run.recipeID] }) { return known }
    let text = try store.recipe(of: run).resolved
    let recipe = try? Recipe(json: text, catalog: builtInStages.recipes)
    let stages = recipe.map { WorkloadPlan($0, in: LocalFiles()).stages } ?? [:]
    let flops = stages.compactMapValues { try? $0.get().flops }
    known.withLock { $0[run.recipeID] = flops }
    return flops
  }
}

/// The remaining time of a run and its experiment without the running stage.
private struct SessionForecast {
  private let run: RunForecast
  private let experiment: RunForecast?
  private let flops: [String: Double]

  init(_ store: Store, _ run: RunRecord, _ work: RunWork) throws {
    let runs = try store.experiment(of: run)?.runs ?? [run]
    flops = try work.flops(run)
    self.run = try RunForecast(store, [store.run(id: run.id)], like: runs, flops: work.flops)
    experiment =
      runs.count > 1 ? try RunForecast(store, runs, like: runs, flops: work.flops) : nil
  }

  func outlook(_ pace: StagePace) -> Outlook {
    func total(_ forecast: RunForecast?) -> Double? {
      guard let eta = pace.eta else { return nil }
      return forecast?.total(eta: eta, elapsed: pace.elapsed, flops: flops[pace.stage])
    }
    return Outlook(run: total(run), experiment: total(experiment))
  }
}
