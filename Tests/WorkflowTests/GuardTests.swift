import Foundation
import Recipes
import Settings
import Storage
import Synchronization
import Testing

@testable import Workflow

@Suite struct GuardTests {
  private let temporary: TemporaryWorkspace
  private let store: Store

  init() throws {
    temporary = try TemporaryWorkspace()
    store = try temporary.open()
  }

  private func policy(_ change: (inout StagePolicy) -> Void) -> StagePolicy {
    var policy = StagePolicy()
    change(&policy)
    return policy
  }

  @Test("a streak must be unbroken; a warning comes once, until it is over")
  func streaks() {
    let policy = policy {
      $0.warnIf = ["kl > 0.5 for 2"]
      $0.stopIf = ["kl > 0.5 for 3", "entropy < 0.1"]
    }
    var watch = GuardWatch(policy) { _, _ in [] }
    let values = [0.6, 0.4, 0.6, 0.7, 0.8]
    let verdicts = values.enumerated().map { watch.note(step: $0 + 1, ["kl": $1]) }
    #expect(verdicts.prefix(3).allSatisfy { $0 == GuardWatch.Verdict() })
    #expect(verdicts[3].warnings == ["warn_if kl > 0.5 for 2: kl of step 4 is 0.7"])
    #expect(verdicts[3].stop == nil && verdicts[4].warnings.isEmpty)
    #expect(verdicts[4].stop == "kl > 0.5 for 3: kl of step 5 is 0.8")
    #expect(watch.unseen == ["entropy"])
    #expect(
      watch.note(step: 6, ["entropy": .nan]).stop == "entropy < 0.1: entropy of step 6 is nan")
  }

  @Test("after a resume a streak goes on where it was")
  func history() {
    let policy = policy { $0.stopIf = ["kl > 0.5 for 3"] }
    var watch = GuardWatch(policy) { name, count in
      #expect(name == "kl" && count == 3)
      return [0.7, nil, 0.2]
    }
    #expect(watch.note(step: 9, ["kl": 0.6]).stop != nil)
  }

  @Test("stop_if fails the stage with the reason; the key is the same, so a laxer run goes on")
  func stops() async throws {
    let strict = policy { $0.stopIf = ["loss >= 0"] }
    func recipe(_ policy: StagePolicy) -> Recipe {
      Recipe(name: "r1", seed: 1, stages: [stage("base", policy: policy)])
    }
    let log = EventLog()
    let outcome = try await temporary.run(recipe(strict), in: store, sinks: [log])
    #expect(outcome.exitCode == 1)
    let message = try #require(log.all(.stageFailed).first?.message)
    #expect(message.hasPrefix("stop_if loss >= 0: loss of step 1 is "))
    #expect(
      message.hasSuffix("There is no checkpoint yet: with another stop_if the stage starts again"))
    let again = try await temporary.resume(outcome.run, in: store)
    #expect(again.exitCode == 1, "its recipe is the same, and so is its end")
    let lax = try await temporary.run(
      recipe(policy { $0.warnIf = ["loss >= 0"] }), in: store, name: "lax", sinks: [log])
    #expect(lax.status == .succeeded)
    #expect(log.all(.log).count == 1, "one warning for one streak")
  }

  @Test("a metric that is watched and never comes is named")
  func misspelt() async throws {
    let log = EventLog()
    let recipe = Recipe(
      name: "r1", seed: 1, stages: [stage("base", policy: policy { $0.stopIf = ["lss > 9"] })])
    #expect(try await temporary.run(recipe, in: store, sinks: [log]).exitCode == 0)
    #expect(
      log.all(.log).map(\.message) == [
        "warn_if and stop_if use metrics that this attempt did not record: lss"
      ])
  }

  @Test("a stage that takes longer than its timeout fails with a checkpoint, and can go on")
  func timeout() async throws {
    let recipe = Recipe(
      name: "r1", seed: 1, stages: [stage("base", policy: policy { $0.timeout = 2.5 })])
    let clock = TestClock()
    var settings = EngineSettings()
    settings.checkpointSeconds = 3600
    settings.seconds = { clock.time }
    let log = EventLog { if $0.event == .metrics { clock.advance(1) } }
    let plan = try temporary.planner(store).plan(recipe)
    let outcome = try await Engine(
      store: store, catalog: temporary.catalog, settings: settings, sinks: [log]
    ).run(plan, as: RunRequest(name: "r1"))
    #expect(outcome.exitCode == 1)
    let record = try store.stages(run: outcome.run)[0]
    #expect(record.message?.hasPrefix("longer than its timeout of 2.5 seconds; step ") == true)
    #expect(try store.checkpoints(stage: record.id).count == 1)
    let straight = try TemporaryWorkspace()
    let other = try straight.open()
    #expect(try await temporary.resume(outcome.run, in: store).exitCode == 0)
    let unbroken = try await straight.run(recipe, in: other).run
    #expect(try Result(store, run: outcome.run) == Result(other, run: unbroken))
  }

  @Test(
    "a gate that does not hold blocks what depends on it and nothing else, until another recipe")
  func gates() async throws {
    func recipe(_ condition: String) -> Recipe {
      Recipe(
        name: "r1", seed: 1,
        stages: [
          stage("base"),
          stage(
            "dev", needs: ["base"], policy: policy { $0.promoteIf = [condition] }, ["steps": 3]),
          stage("next", after: "base", needs: ["dev"]), stage("last", after: "next"),
          stage("free", after: "base", ["steps": 2]),
        ])
    }
    let log = EventLog()
    let outcome = try await temporary.run(
      recipe("final >= base.final + 1000"), in: store, sinks: [log])
    #expect(outcome.exitCode == 1)
    #expect(
      try store.stages(run: outcome.run).map(\.status)
        == [.succeeded, .succeeded, .blocked, .blocked, .succeeded])
    let reason = try #require(log.all(.stageNotPromoted).first?.reason)
    #expect(reason.hasPrefix("final >= base.final + 1000: final is "))
    let stages = try store.stages(run: outcome.run)
    #expect(stages[2].message == "'dev' was not promoted: \(reason)")
    #expect(stages[3].message == "'next' is blocked")
    #expect(
      try store.run(id: outcome.run).message == "stage 'dev' was not promoted: \(reason)")
    #expect(try await temporary.resume(outcome.run, in: store).exitCode == 1, "it still does not")
    let lax = try await temporary.run(
      recipe("final >= base.final - 1000"), in: store, name: "lax")
    #expect(lax.status == .succeeded, "a stated drop is tolerated")
    #expect(
      try store.stages(run: lax.run).map(\.status)
        == [.reused, .reused, .succeeded, .succeeded, .reused])
    let missing = try await temporary.run(recipe("bleu > 0"), in: store, name: "missing")
    #expect(missing.exitCode == 1)
    #expect(
      try store.stages(run: missing.run)[2].message
        == "'dev' was not promoted: bleu > 0: it has no finite bleu")
  }
}

/// A clock that a test moves.
final class TestClock: Sendable {
  private let now = Mutex(0.0)
  var time: Double { now.withLock { $0 } }
  func advance(_ seconds: Double) { now.withLock { $0 += seconds } }
}
