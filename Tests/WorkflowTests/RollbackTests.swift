import Foundation
import Recipes
import Settings
import Storage
import Synchronization
import Testing
import Trace

@testable import Workflow

@Suite struct RollbackTests {
  private let temporary: TemporaryWorkspace

  init() throws { temporary = try TemporaryWorkspace() }

  private func recipe(
    _ action: DivergencePolicy, divergences: Int = 1, back: Int = 2, most: Int = 3
  ) -> Recipe {
    var policy = StagePolicy()
    policy.onDivergence = action
    policy.rollbackSteps = back
    policy.maxRollbacks = most
    let values: [String: ConfigValue] = [
      "steps": 8, "diverge_at": 6, "divergences": .int(divergences),
    ]
    return Recipe(
      name: "r1", seed: 1, stages: [stage("base", policy: policy, values)])
  }

  @Test("a divergence fails the stage, and names step and value, unless the recipe says otherwise")
  func fails() async throws {
    let store = try temporary.open()
    let outcome = try await temporary.run(recipe(.fail), in: store)
    #expect(outcome.exitCode == 1)
    #expect(
      try store.stages(run: outcome.run)[0].message
        == "loss of step 6 is nan. The last checkpoint is kept; lower learning_rate or "
        + "max_grad_norm, look at the step's data, or set on_divergence")
    #expect(try store.rollbacks(stage: store.stages(run: outcome.run)[0].id).isEmpty)
  }

  @Test("it goes back to the last good checkpoint, leaves the update out, and says so")
  func skips() async throws {
    let store = try temporary.open()
    let log = EventLog()
    let outcome = try await temporary.run(recipe(.rollbackAndSkip), in: store, sinks: [log])
    #expect(outcome.status == .succeeded)
    #expect(
      log.all(.stageRolledBack).map(\.message) == [
        "loss of step 6 is nan: going back, and leaving the update out (rollback 1 of 3)"
      ])
    #expect(log.all(.stageStarted).map(\.step) == [0, 5])
    #expect(try store.metrics(run: outcome.run, name: "loss").map(\.step) == [1, 2, 3, 4, 5, 7, 8])
    #expect(try store.samples(run: outcome.run).allSatisfy { $0.step != 6 })
  }

  @Test("it goes back further to lower the learning rate, and samples anew what that changes")
  func lowers() async throws {
    let store = try temporary.open()
    let log = EventLog()
    let outcome = try await temporary.run(recipe(.rollbackAndLowerLR), in: store, sinks: [log])
    #expect(outcome.status == .succeeded)
    #expect(
      log.all(.stageRolledBack).map(\.message) == [
        "loss of step 6 is nan: going back, and multiplying the learning rate by 0.5 from step 4 on "
          + "(rollback 1 of 3)"
      ])
    #expect(log.all(.stageStarted).map(\.step) == [0, 3])
    // Step 4 was sampled by the weights of step 3, which stand; steps 5 and 6 were not.
    #expect(log.all(.log).compactMap(\.message) == ["step 4 was sampled before"])
    #expect(try store.metrics(run: outcome.run, name: "loss").map(\.step) == Array(1...8))
  }

  @Test(
    "what comes out does not depend on the checkpoint that it went back to",
    arguments: [DivergencePolicy.rollbackAndSkip, .rollbackAndLowerLR])
  func anyCheckpoint(action: DivergencePolicy) async throws {
    let store = try temporary.open()
    let often = try await temporary.run(recipe(action, divergences: 2), in: store)
    let other = try TemporaryWorkspace()
    let second = try other.open()
    // No checkpoint for an hour: every rollback goes back to the start.
    var settings = EngineSettings()
    settings.checkpointSeconds = 3600
    let log = EventLog()
    let plan = try other.planner(second).plan(recipe(action, divergences: 2))
    let never = try await Engine(
      store: second, catalog: other.catalog, settings: settings, sinks: [log]
    ).run(plan, as: RunRequest(name: "r1"))
    #expect(try Result(second, run: never.run) == Result(store, run: often.run))
    #expect(Set(log.all(.stageStarted).map(\.step)) == [0])
  }

  @Test("rollbacks are bounded, and a stage that was told to skip an update must do so")
  func bounded() async throws {
    let store = try temporary.open()
    let log = EventLog()
    let outcome = try await temporary.run(
      recipe(.rollbackAndLowerLR, divergences: 9, most: 2), in: store, sinks: [log])
    #expect(outcome.exitCode == 1 && log.all(.stageRolledBack).count == 2)
    var policy = StagePolicy()
    policy.onDivergence = .rollbackAndSkip
    let first = try #require(
      policy.rollback(
        after: Divergence(step: 6, quantity: "loss", value: .infinity), earlier: [], attempt: 1))
    #expect(
      policy.rollback(
        after: Divergence(step: 6, quantity: "loss", value: .infinity), earlier: [first],
        attempt: 2) == nil)
  }

  @Test(
    "killed at any call around a rollback, the run ends with the same bits",
    arguments: [DivergencePolicy.rollbackAndSkip, .rollbackAndLowerLR])
  func killed(action: DivergencePolicy) async throws {
    let recipe = recipe(action, divergences: 2)
    let store = try temporary.open()
    let straight = try Result(
      store, run: try await temporary.run(recipe, in: store).run)
    var count = 1
    while try await cut(recipe, at: count, straight) { count += 1 }
    #expect(count > 60)
  }

  /// Runs into a fault from which nothing more is written, and resumes, in the run or in a new one.
  private func cut(_ recipe: Recipe, at place: Int, _ straight: Result) async throws -> Bool {
    let temporary = try TemporaryWorkspace()
    let reached = Mutex(0)
    let faults = FaultHook { _ in
      let count = reached.withLock {
        $0 += 1
        return $0
      }
      if count >= place { throw FaultTests.Cut() }
    }
    do {
      try await temporary.run(recipe, in: temporary.open(faults: faults))
    } catch is StorageError {
    }
    let store = try temporary.open()
    guard let run = try store.runs().first else { return true }
    if run.status == .succeeded { return reached.withLock { $0 >= place } }
    let outcome =
      place % 2 == 0
      ? try await temporary.resume(run.id, in: store)
      : try await temporary.run(recipe, in: store, name: "new")
    #expect(outcome.status == .succeeded, "call \(place)")
    #expect(try Result(store, run: outcome.run) == straight, "call \(place)")
    #expect(try store.integrityProblems() == [])
    return true
  }
}
