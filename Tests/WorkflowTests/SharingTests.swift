import Foundation
import Recipes
import Settings
import Storage
import Testing

@testable import Workflow

@Suite struct SharingTests {
  private let temporary: TemporaryWorkspace
  private let store: Store

  init() throws {
    temporary = try TemporaryWorkspace()
    store = try temporary.open()
  }

  private var recipe: Recipe {
    Recipe(
      name: "r1", seed: 1,
      stages: [stage("base"), stage("other", ["steps": 3]), stage("sft", after: "base")])
  }

  @Test("a run that needs what another trains goes on elsewhere, waits, and takes the result")
  func shares() async throws {
    // The first run stands in the middle of base until the second waits for it.
    let (begun, waits) = (StopFlag(), DispatchSemaphore(value: 0))
    let slow = EventLog { event in
      guard event.event == .metrics, event.stage == "base", !begun.isSet else { return }
      begun.set()
      waits.wait()
    }
    let log = EventLog { if $0.event == .stageWaiting { waits.signal() } }
    async let first = temporary.run(recipe, in: store, options: until("base"), sinks: [slow])
    while !begun.isSet { try await Task.sleep(for: .milliseconds(5)) }
    let second = try await temporary.run(recipe, in: store, name: "second", sinks: [log])
    let run = try await first.run
    #expect(second.status == .succeeded)
    #expect(log.all(.stageFinished).map(\.stage) == ["other", "sft"], "base was not trained again")
    let reasons = log.all(.stageWaiting).compactMap(\.reason)
    #expect(reasons.count == 1 && reasons[0].hasPrefix("run r1 (\(run)), process"))
    #expect(log.all(.stageReused).map(\.reason) == ["reuse: same key as run r1 (\(run))"])
  }

  @Test("if the other process dies, the run goes on from its checkpoint")
  func inherits() async throws {
    let straight = try await straight()
    let plan = try temporary.planner(store).plan(chain())
    let failing = try await temporary.run(chain(["fail_at": 3]), in: store, name: "dead").run
    let base = try store.stage("base", of: store.run(id: failing))
    let claim = try #require(try store.claimStage(key: base.key))
    let log = EventLog { if $0.event == .stageWaiting { claim.release() } }
    let outcome = try await temporary.engine(store, sinks: [log])
      .run(plan, as: RunRequest(name: "heir"))
    #expect(outcome.status == .succeeded)
    #expect(log.all(.stageWaiting).count == 1)
    #expect(
      log.all(.stageStarted).first?.reason == "resume: step 2 of 4 of run dead (\(failing))")
    #expect(try Result(store, run: outcome.run) == straight)
  }

  @Test("a stop ends the waiting")
  func stopsWaiting() async throws {
    let plan = try temporary.planner(store).plan(chain())
    let claim = try #require(try store.claimStage(key: plan.steps[0].key.digest))
    let stop = StopFlag()
    let log = EventLog { if $0.event == .stageWaiting { stop.set() } }
    let outcome = try await temporary.engine(store, stop: stop, sinks: [log])
      .run(plan, as: RunRequest(name: "waiting"))
    #expect(outcome.exitCode == 75)
    claim.release()
    #expect(try await temporary.resume(outcome.run, in: store).exitCode == 0)
  }

  @Test("what was asked for anew waits for nobody")
  func forced() async throws {
    var options = PlanOptions()
    options.noCache = true
    let plan = try temporary.planner(store).plan(chain(), options: options)
    let claim = try #require(try store.claimStage(key: plan.steps[0].key.digest))
    defer { claim.release() }
    let outcome = try await temporary.engine(store).run(plan, as: RunRequest(name: "anew"))
    #expect(outcome.status == .succeeded)
  }

  private func straight() async throws -> Result {
    let other = try TemporaryWorkspace()
    let store = try other.open()
    return try Result(store, run: try await other.run(chain(), in: store).run)
  }

  private func until(_ stage: String) -> PlanOptions {
    var options = PlanOptions()
    options.until = stage
    return options
  }
}
