import Foundation
import Recipes
import Settings
import Storage
import Testing

@testable import Workflow

@Suite struct EngineTests {
  private let temporary: TemporaryWorkspace

  init() throws { temporary = try TemporaryWorkspace() }

  @Test("a run carries its stages out in order and leaves outputs, rows and events")
  func runs() async throws {
    let store = try temporary.open()
    let log = EventLog()
    let outcome = try await temporary.run(chain(), in: store, sinks: [log])
    #expect(outcome.status == .succeeded && outcome.exitCode == 0 && outcome.name == "r1")
    let stages = try store.stages(run: outcome.run)
    #expect(stages.map(\.status) == [.succeeded, .succeeded])
    #expect(stages.map(\.step) == [4, 4] && stages.map(\.totalSteps) == [4, 4])
    #expect(try store.metrics(run: outcome.run, name: "loss").count == 8)
    #expect(try store.samples(run: outcome.run).count == 16)
    #expect(try store.items(run: outcome.run).count == 8)
    let kinds = log.all.map(\.event)
    #expect(kinds.first == .runStarted && kinds.last == .runFinished)
    #expect(log.all(.stageFinished).map(\.stage) == ["base", "sft"])
    #expect(log.all(.checkpoint).count == 8)
    #expect(log.all.last?.exit == 0 && log.all.last?.status == "succeeded")
    let last = try #require(log.all(.progress).last)
    #expect(last.step == 4 && last.total == 4 && last.unit == "updates" && last.eta == 0)
    #expect(try store.integrityProblems() == [])
  }

  @Test("two runs with one seed are the same, with another seed they are not")
  func deterministic() async throws {
    let store = try temporary.open()
    var options = PlanOptions()
    options.noCache = true
    let first = try await temporary.run(chain(), in: store)
    let second = try await temporary.run(chain(), in: store, options: options)
    let other = try await temporary.run(chain(seed: 18), in: store)
    let result = try Result(store, run: first.run)
    #expect(try Result(store, run: second.run) == result)
    #expect(try Result(store, run: other.run) != result)
  }

  @Test("a stage with a known key is reused, with its rows")
  func reuses() async throws {
    let store = try temporary.open()
    let first = try await temporary.run(chain(), in: store)
    let log = EventLog()
    let second = try await temporary.run(chain(), in: store, name: "again", sinks: [log])
    #expect(log.all(.stageReused).map(\.stage) == ["base", "sft"])
    #expect(log.all(.stageReused).first?.reason == "reuse: same key as run r1 (\(first.run))")
    #expect(try Result(store, run: second.run) == Result(store, run: first.run))
    #expect(try store.stages(run: second.run).map(\.reusedFrom) == [first.run, first.run])
    #expect(log.all(.stageStarted).isEmpty)
  }

  @Test("a stage that another run finished since the plan was made is reused")
  func reusesLate() async throws {
    let store = try temporary.open()
    let plan = try temporary.planner(store).plan(chain())
    let first = try await temporary.run(chain(), in: store)
    let log = EventLog()
    let outcome = try await temporary.engine(store, sinks: [log])
      .run(plan, as: RunRequest(name: "late"))
    #expect(outcome.status == .succeeded)
    #expect(log.all(.stageReused).map(\.reason).first == "reuse: same key as run r1 (\(first.run))")
  }

  @Test("a failed stage stops the run, keeps its checkpoints and continues with resume")
  func fails() async throws {
    let straight = try await straight()
    let store = try temporary.open()
    let log = EventLog()
    let outcome = try await temporary.run(chain(second: ["fail_at": 3]), in: store, sinks: [log])
    #expect(outcome.status == .failed && outcome.exitCode == 1)
    #expect(log.all(.stageFailed).map(\.message) == ["diverged at step 3"])
    let stages = try store.stages(run: outcome.run)
    #expect(stages.map(\.status) == [.succeeded, .failed])
    #expect(stages[1].message == "diverged at step 3")
    #expect(try store.run(id: outcome.run).message == "stage 'sft' failed: diverged at step 3")
    #expect(try store.checkpoints(stage: stages[1].id).map(\.step) == [2, 1])
    let after = EventLog()
    let resumed = try await temporary.resume(outcome.run, in: store, sinks: [after])
    #expect(resumed.status == .succeeded)
    #expect(try Result(store, run: outcome.run) == straight)
    // The rollouts of the step that failed were there already.
    #expect(after.all(.log).map(\.message) == ["step 3 was sampled before"])
    #expect(after.all(.stageStarted).map(\.step) == [2])
  }

  @Test("with keep going, what does not depend on the failed stage goes on")
  func keepsGoing() async throws {
    let recipe = Recipe(
      name: "r1", seed: 1,
      stages: [
        stage("base"), stage("bad", kind: "crash", after: "base"), stage("worse", after: "bad"),
        stage("worst", after: "worse"), stage("good", after: "base"),
      ])
    let store = try temporary.open()
    let log = EventLog()
    let outcome = try await temporary.run(recipe, in: store, keepGoing: true, sinks: [log])
    #expect(outcome.exitCode == 1)
    #expect(
      try store.stages(run: outcome.run).map(\.status)
        == [.succeeded, .failed, .blocked, .blocked, .succeeded])
    #expect(log.all(.stageBlocked).map(\.reason) == ["'bad' failed", "'worse' is blocked"])
    let stopped = try await temporary.run(recipe, in: store, name: "without")
    #expect(
      try store.stages(run: stopped.run).map(\.status)
        == [.reused, .failed, .pending, .pending, .pending])
  }

  @Test("a stage that leaves an output out has failed")
  func missingOutput() async throws {
    let store = try temporary.open()
    let recipe = Recipe(name: "r1", seed: 1, stages: [stage("base", kind: "empty")])
    let outcome = try await temporary.run(recipe, in: store)
    #expect(outcome.status == .failed)
    let record = try store.stages(run: outcome.run)[0]
    #expect(record.message == "the stage ended without its output 'model' (kind empty)")
    #expect(try store.cachedStage(key: record.key) == nil)
  }

  @Test("a stop saves, ends with 75, and resume ends with the same bits")
  func stops() async throws {
    let straight = try await straight()
    let store = try temporary.open()
    let stop = StopFlag()
    let log = EventLog { if $0.stage == "sft", $0.event == .metrics, $0.step == 2 { stop.set() } }
    let outcome = try await temporary.run(chain(), in: store, stop: stop, sinks: [log])
    #expect(outcome.status == .interrupted && outcome.exitCode == 75)
    #expect(log.all(.stageInterrupted).map(\.stage) == ["sft"])
    let record = try store.stage("sft", of: store.run(id: outcome.run))
    #expect(record.status == .interrupted)
    #expect(try store.checkpoints(stage: record.id).first?.step == 2)
    #expect(try await temporary.resume(outcome.run, in: store).exitCode == 0)
    #expect(try Result(store, run: outcome.run) == straight)
    #expect(throws: StorageError.self) { try store.claim(run: outcome.run) }
  }

  @Test("a stop in the middle of a step loses no finished step")
  func stopsInside() async throws {
    let straight = try await straight()
    let store = try temporary.open()
    let stop = StopFlag()
    // No save is due for an hour: only the stop itself saves.
    var settings = EngineSettings()
    settings.checkpointSeconds = 3600
    settings.stop = stop
    let log = EventLog { if $0.stage == "base", $0.event == .progress, $0.step == 2 { stop.set() } }
    let engine = Engine(
      store: store, catalog: temporary.catalog, settings: settings, sinks: [log])
    let outcome = try await engine.run(
      try temporary.planner(store).plan(chain()), as: RunRequest(name: "r1"))
    #expect(outcome.exitCode == 75)
    let record = try store.stages(run: outcome.run)[0]
    #expect(try store.checkpoints(stage: record.id).map(\.step) == [2])
    #expect(try await temporary.resume(outcome.run, in: store).exitCode == 0)
    #expect(try Result(store, run: outcome.run) == straight)
  }

  @Test("two runs at once in one workspace disturb each other in nothing")
  func together() async throws {
    var straight: [Int: Result] = [:]
    for seed in [1, 2] {
      let temporary = try TemporaryWorkspace()
      let store = try temporary.open()
      straight[seed] = try Result(
        store, run: try await temporary.run(chain(seed: seed), in: store).run)
    }
    let (one, two) = (try temporary.open(), try temporary.open())
    let temporary = temporary
    async let first = temporary.run(chain(seed: 1), in: one)
    async let second = temporary.run(chain(seed: 2), in: two)
    let outcomes = try await [first, second]
    #expect(outcomes.map(\.status) == [.succeeded, .succeeded])
    #expect(try Result(one, run: outcomes[0].run) == straight[1])
    #expect(try Result(one, run: outcomes[1].run) == straight[2])
    #expect(try one.integrityProblems() == [])
  }

  @Test("a stop asked for in the database reaches the running stage")
  func stopsFromElsewhere() async throws {
    let store = try temporary.open()
    let other = try temporary.open()
    let log = EventLog {
      if $0.event == .checkpoint, $0.step == 1 { try? other.requestStop(run: $0.run) }
    }
    let outcome = try await temporary.run(
      chain(["steps": 50]), in: store, sinks: [log])
    #expect(outcome.exitCode == 75)
    #expect(try store.stages(run: outcome.run).map(\.status) == [.interrupted, .pending])
  }

  @Test("a file that comes into a folder while a stage uses it is named")
  func taintedFolder() async throws {
    let path = temporary.workspace.folder + "/data"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    try Data("one".utf8).write(to: URL(fileURLWithPath: "\(path)/a.jsonl"))
    let store = try temporary.open()
    let log = EventLog {
      guard $0.event == .stageStarted else { return }
      try? Data("two".utf8).write(to: URL(fileURLWithPath: "\(path)/b.jsonl"))
    }
    let recipe = Recipe(name: "r1", seed: 1, stages: [stage("base", ["file": .string(path)])])
    let outcome = try await temporary.run(recipe, in: store, sinks: [log])
    #expect(try store.stages(run: outcome.run)[0].tainted)
    let message =
      "stages.base.file (\(path)): \(path)/b.jsonl was added while the run used it: "
      + "the result is not shared"
    #expect(
      try store.events(run: outcome.run).filter { $0.kind == "log" }.map(\.data)
        == [["message": .text(message)]])
  }

  @Test("a file that changes while a stage uses it keeps the result from being shared")
  func tainted() async throws {
    let path = try temporary.write("a.jsonl", "one")
    let temporary = temporary
    let folder = temporary.workspace.folder
    let store = try temporary.open()
    let log = EventLog {
      guard $0.event == .stageStarted else { return }
      try? Data("two".utf8).write(to: URL(fileURLWithPath: "\(folder)/a.jsonl"))
    }
    let recipe = Recipe(name: "r1", seed: 1, stages: [stage("base", ["file": .string(path)])])
    let outcome = try await temporary.run(recipe, in: store, sinks: [log])
    #expect(outcome.status == .succeeded)
    let record = try store.stages(run: outcome.run)[0]
    #expect(record.tainted)
    #expect(try store.cachedStage(key: record.key) == nil)
    let logs = try store.events(run: outcome.run).filter { $0.kind == "log" }
    #expect(
      logs.map(\.data) == [
        [
          "message": .text(
            "stages.base.file (\(path)) was changed while the run used it: "
              + "the result is not shared")
        ]
      ])
  }

  @Test("the newest checkpoint is broken: the one before it leads to the same end")
  func fallsBack() async throws {
    let straight = try await straight()
    let store = try temporary.open()
    let outcome = try await temporary.run(chain(second: ["fail_at": 4]), in: store)
    let record = try store.stages(run: outcome.run)[1]
    let newest = try store.checkpoints(stage: record.id)[0]
    let state = try #require(try store.objects.manifest(newest.manifest).files["state"])
    let path = store.objects.path(state.sha256)
    try FileManager.default.removeItem(atPath: path)
    try Data(repeating: 0, count: state.size).write(to: URL(fileURLWithPath: path))
    let log = EventLog()
    let again = try temporary.open()
    #expect(try await temporary.resume(outcome.run, in: again, sinks: [log]).exitCode == 0)
    #expect(log.all(.stageStarted).map(\.step) == [2])
    #expect(try Result(again, run: outcome.run) == straight)
  }

  @Test("a second resume of a run that is being worked on is refused with exit 5")
  func held() async throws {
    let store = try temporary.open()
    let outcome = try await temporary.run(chain(["fail_at": 2]), in: store)
    let lease = try store.claim(run: outcome.run)
    let other = try temporary.open()
    let plan = try temporary.planner(other).plan(resuming: other.run(id: outcome.run))
    await #expect {
      try await temporary.engine(other).resume(plan)
    } throws: {
      ($0 as? StorageError)?.exitCode == 5
    }
    try store.endRun(lease, .interrupted)
  }

  /// The result of the chain without any mishap, in a workspace of its own.
  private func straight() async throws -> Result {
    let temporary = try TemporaryWorkspace()
    let store = try temporary.open()
    return try Result(store, run: try await temporary.run(chain(), in: store).run)
  }
}
