import Foundation
import Recipes
import Settings
import Storage
import Synchronization
import Testing

@testable import Workflow

@Suite struct ForecastTests {
  private let temporary: TemporaryWorkspace
  private let store: Store

  init() throws {
    temporary = try TemporaryWorkspace()
    store = try temporary.open()
  }

  /// A run whose stage `base` is done.
  private func half() async throws -> RunRecord {
    let recipe = Recipe(
      name: "r1", seed: 1,
      stages: [stage("base"), stage("sft", after: "base", ["steps": 9, "fail_at": 2])])
    return try store.run(id: try await temporary.run(recipe, in: store).run)
  }

  @Test("what is left takes the time of the same work, else that of its operations")
  func rest() async throws {
    let run = try await half()
    let time = try #require(
      try store.attempts(stage: store.stage("base", of: run).id).first.map {
        Double(($0.endedAt ?? 0) - $0.startedAt) / 1000
      })
    // Of `sft`, nothing like it was ever finished.
    let unknown = try RunForecast(store, [run], like: [run]) { _ in [:] }
    #expect(unknown.total(eta: 1, elapsed: 1, flops: 5) == nil)
    let known = try RunForecast(store, [run], like: [run]) { _ in ["base": 10, "sft": 30] }
    let total = try #require(known.total(eta: 2, elapsed: 1, flops: 5))
    // Where base was too quick to be measured, the stage at work tells: 5 operations in 3 s.
    let expected = time > 0 ? 2 + 3 * time : 2 + 30 * 3.0 / 5
    #expect(abs(total - expected) < 1e-9)
    let done = try RunForecast(store, [], like: [run]) { _ in [:] }
    #expect(done.total(eta: 2, elapsed: 1, flops: nil) == 2)
  }

  @Test("progress inside a step is an event a few times a second, and stands in the stage's row")
  func progress() async throws {
    let clock = Ticking()
    let log = EventLog()
    var settings = EngineSettings()
    settings.seconds = { clock.next() }
    settings.outlook = { Outlook(run: ($0.eta ?? 0) + 10, experiment: 100) }
    let plan = try temporary.planner(store).plan(
      Recipe(name: "r1", seed: 1, stages: [stage("base", ["steps": 3])]))
    let outcome = try await Engine(
      store: store, catalog: temporary.catalog, settings: settings, sinks: [log]
    ).run(plan, as: RunRequest(name: "r1"))
    let events = log.all(.progress).filter { $0.phase == "walked" }
    #expect(!events.isEmpty && events.allSatisfy { $0.of == 2 && $0.experimentETA == 100 })
    let record = try store.stage("base", of: store.run(id: outcome.run))
    #expect(record.progress?.experimentETA == 100)
    let json = String(decoding: try JSONEncoder().encode(events[0]), as: UTF8.self)
    #expect(json.contains("\"phase\":\"walked\"") && json.contains("\"experiment_eta\":100"))
  }
}

/// A clock that goes on by half a second whenever it is looked at.
private final class Ticking: Sendable {
  private let time = Mutex(0.0)

  func next() -> Double {
    time.withLock { time in
      time += 0.5
      return time
    }
  }
}
