import Foundation
import Host
import Synchronization
import Testing

@testable import Storage

@Suite struct QueryTests {
  private let temporary: TemporaryWorkspace
  private let store: Store

  init() throws {
    temporary = try TemporaryWorkspace()
    store = try temporary.open()
  }

  @Test("identifiers sort by time and have sixteen letters")
  func identifiers() {
    let early = RunID.make(at: 1_000_000_000_000)
    let late = RunID.make(at: 1_000_000_000_001)
    #expect(early < late && early.count == 16)
    #expect(early.prefix(10) == "00x3aaa400")
  }

  @Test("a run that was resumed began when it was begun, and took the time of all its attempts")
  func times() throws {
    let clock = Mutex<Int64>(1_000_000)
    let store = try Store(workspace: temporary.workspace, now: { clock.withLock { $0 } })
    let run = try store.createRun(newRun("a"))
    let stage = try store.stage("pretrain", of: run)
    for (pause, work) in [(5000, 7000), (90_000, 11_000)] {
      clock.withLock { $0 += Int64(pause) }
      let lease = try store.claim(run: run.id)
      let attempt = try store.beginAttempt(lease, stage: stage.id, fromStep: 0)
      clock.withLock { $0 += Int64(work) }
      try store.interruptStage(
        lease, stage: stage.id, attempt: attempt, ProgressBatch(), cause: "stop")
      try store.endRun(lease, .interrupted)
    }
    let time = try store.runTimes()[run.id]
    #expect(time?.began == 1_005_000 && time?.spent == 18_000)
  }

  @Test("a run is found by id, unique prefix, name and @last")
  func selectors() throws {
    let first = try store.createRun(newRun("a"))
    let second = try store.createRun(newRun("a"))
    let third = try store.createRun(newRun("b"))
    #expect(try store.run(selector: first.id).id == first.id)
    #expect(try store.run(selector: "a").id == second.id)
    #expect(try store.run(selector: "@last").id == third.id)
    #expect(try store.run(selector: String(second.id.prefix(15))).id == second.id)
    #expect(try store.runs().map(\.id) == [third.id, second.id, first.id])
    let ambiguous = storageError { _ = try store.run(selector: "0") }
    #expect(ambiguous?.exitCode == 4)
    #expect(
      ambiguous?.message == "'0' fits several runs: "
        + [first, second, third].sorted { $0.id < $1.id }.map { "\($0.id) (\($0.name))" }
        .joined(separator: ", ") + "; give more letters")
    for missing in ["zzz", "", "%"] {
      #expect(storageError { _ = try store.run(selector: missing) }?.code == .notFound)
    }
  }

  @Test("a workspace without runs has no last one")
  func empty() throws {
    #expect(storageError { _ = try store.run(selector: "@last") }?.exitCode == 4)
    #expect(try store.newestUnfinishedRun() == nil)
    #expect(try store.runs().isEmpty)
  }

  @Test("what a run was asked for comes back as it was")
  func documents() throws {
    var new = newRun()
    new.recipe = RecipeDocument(
      name: "r1", resolved: "{\"a\":1}", source: "recipe: r1\n", path: "/r1.yaml",
      overrides: ["seed=3"])
    new.environment = ["cpu": "avx2"]
    let run = try store.createRun(new)
    #expect(try store.recipe(of: run) == new.recipe)
    #expect(try store.environment(of: run) == ["cpu": "avx2"])
    let stages = try store.stages(run: run.id)
    #expect(
      stages.map(\.name) == ["pretrain", "sft"] && stages.map(\.status) == [.pending, .pending])
    #expect(storageError { _ = try store.stage("dpo", of: run) }?.exitCode == 4)
  }

  @Test("a reused stage shows the rows and outputs of the stage that made them")
  func reuse() throws {
    let work = try Work(store)
    let attempt = try store.beginAttempt(work.lease, stage: work.stage.id, fromStep: 0)
    try store.saveProgress(
      work.lease, stage: work.stage.id, attempt: attempt, metrics(1...3, value: 5))
    #expect(try store.cachedStage(key: "k1") == nil)
    try work.finish(work.stage, attempt: attempt, ["model": ["w": FileContent(Data("w".utf8))]])
    try store.endRun(work.lease, .succeeded)

    var origin = work.stage.id
    // Reuse of what was reused leads back to where it was made.
    for name in ["second", "third"] {
      let next = try Work(store, newRun(name))
      let cached = try #require(try store.cachedStage(key: "k1"))
      #expect(cached.id == work.stage.id && cached.runName == "r1")
      try store.adoptStage(next.lease, stage: next.stage.id, from: origin)
      let record = try store.stage("pretrain", of: next.run)
      #expect(record.status == .reused && record.reusedFrom == work.run.id && record.step == 3)
      #expect(try store.metrics(run: next.run.id).map(\.value) == [5, 5, 5])
      #expect(
        try store.outputs(stage: record.id) == store.outputs(stage: work.stage.id))
      try store.endRun(next.lease, .interrupted)
      origin = record.id
    }
    #expect(try store.hasOutputs(stage: work.stage.id))
    let manifest = try #require(try store.outputs(stage: work.stage.id)["model"])
    try FileManager.default.removeItem(atPath: store.objects.path(manifest))
    #expect(try !store.hasOutputs(stage: work.stage.id))
  }

  @Test("a result that must not be shared is not found under its key")
  func tainted() throws {
    let work = try Work(store)
    let attempt = try store.beginAttempt(work.lease, stage: work.stage.id, fromStep: 0)
    try store.finishStage(
      work.lease, stage: work.stage.id, attempt: attempt, ProgressBatch(),
      outputs: ["model": ["w": FileContent(Data("w".utf8))]], shared: false)
    #expect(try store.cachedStage(key: "k1") == nil)
    #expect(try store.stage("pretrain", of: work.run).tainted)
    #expect(try store.hasOutputs(stage: work.stage.id))
  }

  @Test("every change of state is in the log, in order")
  func events() throws {
    let work = try Work(store)
    let attempt = try store.beginAttempt(work.lease, stage: work.stage.id, fromStep: 0)
    try store.saveCheckpoint(
      work.lease, stage: work.stage, attempt: attempt, step: 2,
      files: ["w": FileContent(Data([1]))],
      metrics(1...2, value: 1))
    try store.failStage(
      work.lease, stage: work.stage.id, attempt: attempt, ProgressBatch(), message: "diverged")
    let second = try store.stage("sft", of: work.run)
    try store.blockStage(work.lease, stage: second.id, by: "pretrain", reason: "'pretrain' failed")
    try store.endRun(work.lease, .failed, message: "stage 'pretrain' failed")
    let events = try store.events(run: work.run.id)
    #expect(
      events.map(\.kind) == [
        "run created", "run claimed", "stage started", "checkpoint", "stage failed",
        "stage blocked", "run failed",
      ])
    #expect(try store.events(run: work.run.id, after: events[4].sequence).count == 2)
    #expect(try store.stage("sft", of: work.run).message == "'pretrain' failed")
  }

  @Test("ten thousand metrics are a fraction of a second to write and read")
  func bulk() throws {
    let work = try Work(store)
    let attempt = try store.beginAttempt(work.lease, stage: work.stage.id, fromStep: 0)
    let clock = ContinuousClock()
    let spent = try clock.measure {
      try store.saveProgress(
        work.lease, stage: work.stage.id, attempt: attempt, metrics(1...10_000, value: 1))
      #expect(try store.metrics(run: work.run.id).count == 10_000)
    }
    #expect(spent < .seconds(2))
  }
}
