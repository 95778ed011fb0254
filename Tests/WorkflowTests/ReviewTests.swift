import Foundation
import Recipes
import Settings
import Storage
import Synchronization
import Testing

@testable import Workflow

@Suite("A stage that asks people")
struct ReviewTests {
  private let temporary: TemporaryWorkspace
  private let store: Store

  init() throws {
    temporary = try TemporaryWorkspace()
    store = try temporary.open()
  }

  /// base → check → sft → last, and other beside them.
  private var recipe: Recipe {
    Recipe(
      name: "r1", seed: 1,
      stages: [
        stage("base"), stage("check", kind: "ask", after: "base"), stage("sft", after: "check"),
        stage("last", after: "sft"), stage("other", ["steps": 3]),
      ])
  }

  private func answer(_ text: String, _ run: String) throws {
    try Data(text.utf8).write(
      to: URL(fileURLWithPath: store.workspace.reviewedFile(run, stage: "check")))
  }

  private func statuses(_ run: String) throws -> [StageStatus] {
    try store.stages(run: run).map(\.status)
  }

  private func keys(_ run: String) throws -> [String] {
    try store.stages(run: run).map(\.key)
  }

  @Test("the run does what it can, then stops and says what to do")
  func waits() async throws {
    let log = EventLog()
    let outcome = try await temporary.run(recipe, in: store, sinks: [log])
    #expect(outcome.status == .interrupted && outcome.exitCode == 75)
    #expect(
      try statuses(outcome.run) == [.succeeded, .interrupted, .blocked, .blocked, .succeeded])
    let asked = store.workspace.reviewFile(outcome.run, stage: "check")
    let reviewed = store.workspace.reviewedFile(outcome.run, stage: "check")
    let words =
      "a person is asked: edit a copy of \(asked), save it as \(reviewed), and resume the run"
    #expect(try store.stages(run: outcome.run)[1].message == words)
    #expect(try store.run(id: outcome.run).message == "stage 'check' waits: \(words)")
    #expect(log.all(.stageWaiting).map(\.reason) == [words])
    #expect(log.all(.stageBlocked).first?.reason == "'check' waits for a person")
    let handed = try #require(FileManager.default.contents(atPath: asked))
    #expect(UInt64(String(decoding: handed, as: UTF8.self)) != nil)
    let again = try await temporary.resume(outcome.run, in: store)
    #expect(again.exitCode == 75)
    #expect(FileManager.default.contents(atPath: asked) == handed)
  }

  @Test("what came back is in the keys of all that follows, and of nothing else")
  func keysFollow() async throws {
    let run = try await temporary.run(recipe, in: store).run
    let before = try keys(run)
    try answer("41", run)
    #expect(try await temporary.resume(run, in: store).status == .succeeded)
    let after = try keys(run)
    #expect(zip(before, after).map { $0 == $1 } == [true, false, false, false, true])
    // A second run with the same answer comes to the same keys, with another to others.
    var options = PlanOptions()
    options.force = ["check"]
    for (text, isSame) in [("41", true), ("42", false)] {
      let other = try await temporary.run(recipe, in: store, name: text, options: options).run
      try answer(text, other)
      let log = EventLog()
      #expect(try await temporary.resume(other, in: store, sinks: [log]).status == .succeeded)
      #expect((try keys(other) == after) == isSame)
      #expect(log.all(.stageReused).map(\.stage) == (isSame ? ["sft", "last"] : []), "\(text)")
      let states = try Result(store, run: other).outputs["last"]
      #expect((try Result(store, run: run).outputs["last"] == states) == isSame)
    }
  }

  @Test("rows that were looked at are not handed out again")
  func remembers() async throws {
    let run = try await temporary.run(recipe, in: store).run
    try answer("41", run)
    try await temporary.resume(run, in: store)
    let plan = try temporary.planner(store).plan(recipe)
    #expect(plan.steps.map(\.action.word) == Array(repeating: "reuse", count: 5))
    // A change behind the review leaves it alone, one before it asks anew.
    let changed = Recipe(
      name: "r1", seed: 1,
      stages: recipe.stages.map {
        $0.name == "last" ? stage("last", after: "sft", ["steps": 2]) : $0
      })
    let outcome = try await temporary.run(changed, in: store, name: "changed")
    #expect(outcome.status == .succeeded)
    let earlier = Recipe(
      name: "r1", seed: 1,
      stages: recipe.stages.map { $0.name == "base" ? stage("base", ["steps": 2]) : $0 })
    #expect(try await temporary.run(earlier, in: store, name: "earlier").exitCode == 75)
  }

  @Test("an answer that cannot be taken fails the stage; a better one goes on")
  func badAnswer() async throws {
    let run = try await temporary.run(recipe, in: store).run
    try answer("forty-one", run)
    #expect(try await temporary.resume(run, in: store).status == .failed)
    try answer("41", run)
    #expect(try await temporary.resume(run, in: store).status == .succeeded)
    #expect(try store.integrityProblems() == [])
  }

  @Test("a failure elsewhere is what the run ends with")
  func failureFirst() async throws {
    let stages = recipe.stages + [stage("broken", kind: "crash")]
    let outcome = try await temporary.run(
      Recipe(name: "r1", seed: 1, stages: stages), in: store, keepGoing: true)
    #expect(outcome.status == .failed && outcome.exitCode == 1)
  }

  @Test("two reviews in a row each decide what is behind them")
  func twice() async throws {
    let twice = Recipe(
      name: "r1", seed: 1,
      stages: [
        stage("check", kind: "ask"), stage("middle", after: "check"),
        stage("second", kind: "ask", after: "middle"), stage("last", after: "second"),
      ])
    let run = try await temporary.run(twice, in: store).run
    try answer("1", run)
    #expect(try await temporary.resume(run, in: store).exitCode == 75)
    try Data("2".utf8).write(
      to: URL(fileURLWithPath: store.workspace.reviewedFile(run, stage: "second")))
    #expect(try await temporary.resume(run, in: store).status == .succeeded)
    let plan = try temporary.planner(store).plan(twice)
    #expect(plan.steps.map(\.key.digest) == (try keys(run)))
    #expect(plan.hasWork == false)
  }

  private struct Cut: Error {}

  @Test("cut off at any call while it takes the answer, a run ends with the same keys and results")
  func cutOff() async throws {
    let recipe = Recipe(
      name: "r1", seed: 1,
      stages: [stage("check", kind: "ask"), stage("sft", after: "check", ["steps": 1])])
    let straight = try await temporary.run(recipe, in: store).run
    try answer("41", straight)
    try await temporary.resume(straight, in: store)
    let (result, keys) = (try Result(store, run: straight), try keys(straight))
    var (at, isReached) = (0, true)
    while isReached {
      at += 1
      let limit = at
      let other = try TemporaryWorkspace()
      let whole = try other.open()
      let run = try await other.run(recipe, in: whole).run
      try Data("41".utf8).write(
        to: URL(fileURLWithPath: whole.workspace.reviewedFile(run, stage: "check")))
      let calls = Mutex(0)
      let broken = try other.open(
        faults: FaultHook { _ in
          let count = calls.withLock {
            $0 += 1
            return $0
          }
          if count >= limit { throw Cut() }
        })
      do { try await other.resume(run, in: broken) } catch is StorageError {}
      isReached = calls.withLock { $0 >= limit }
      let fresh = try other.open()
      if try fresh.run(id: run).status != .succeeded { try await other.resume(run, in: fresh) }
      #expect(try Result(fresh, run: run) == result, "call \(at)")
      #expect(try fresh.stages(run: run).map(\.key) == keys, "call \(at)")
    }
    #expect(at > 20)
  }
}
