import Foundation
import Recipes
import Settings
import Storage
import Synchronization
import Testing

@testable import Workflow

/// Every boundary at which a run can be cut off, one after another.
@Suite struct FaultTests {
  struct Cut: Error {}

  /// Fails the Nth call, or that and all after it: as if the process had died there.
  private final class Plan: Sendable {
    private let at: Int
    private let dead: Bool
    private let reached = Mutex(0)

    init(at: Int, dead: Bool) {
      self.at = at
      self.dead = dead
    }

    var hook: FaultHook {
      FaultHook { [self] _ in
        let count = reached.withLock {
          $0 += 1
          return $0
        }
        if count == at || (dead && count > at) { throw Cut() }
      }
    }

    var wasReached: Bool { reached.withLock { $0 >= at } }
  }

  private let recipe = chain(["steps": 1], second: ["steps": 2, "fail_at": 2])

  @Test(
    "a run cut off at any call ends, once resumed, as if nothing had happened",
    arguments: [true, false])
  func everyCall(dead: Bool) async throws {
    let straight = try await straight()
    var count = 1
    while try await cut(at: count, dead: dead, straight) { count += 1 }
    #expect(count > 50)
  }

  /// Runs with a fault, then resumes; returns false when the run was over before the fault.
  private func cut(at count: Int, dead: Bool, _ straight: Result) async throws -> Bool {
    let temporary = try TemporaryWorkspace()
    let faults = Plan(at: count, dead: dead)
    let broken = try temporary.open(faults: faults.hook)
    do {
      try await temporary.run(recipe, in: broken)
    } catch is StorageError {
    }
    let store = try temporary.open()
    #expect(try store.integrityProblems() == [])
    guard let run = try store.runs().first else {
      #expect(count == 1, "only the first call comes before there is a run")
      return true
    }
    try await finish(run.id, in: store, temporary)
    try check(store, run: run.id, straight, "call \(count)")
    return faults.wasReached
  }

  @Test(
    "a resume cut off at any call ends, once resumed again, as if nothing had happened",
    arguments: [true, false])
  func everyCallOfResume(dead: Bool) async throws {
    let straight = try await straight()
    var count = 1
    while try await cutResume(at: count, dead: dead, straight) { count += 1 }
    #expect(count > 20)
  }

  private func cutResume(at count: Int, dead: Bool, _ straight: Result) async throws -> Bool {
    let temporary = try TemporaryWorkspace()
    let first = try temporary.open()
    let failed = try await temporary.run(recipe, in: first)
    #expect(failed.status == .failed)
    let faults = Plan(at: count, dead: dead)
    let broken = try temporary.open(faults: faults.hook)
    do {
      // The first half goes on in the run, the second half in a new one that adopts it.
      if count % 2 == 0 {
        try await temporary.resume(failed.run, in: broken)
      } else {
        try await temporary.run(recipe, in: broken, name: "new")
      }
    } catch is StorageError {
    }
    let store = try temporary.open()
    for run in try store.runs() {
      try await finish(run.id, in: store, temporary)
      try check(store, run: run.id, straight, "\(run.name), call \(count)")
    }
    return faults.wasReached
  }

  private func finish(_ run: String, in store: Store, _ temporary: TemporaryWorkspace) async throws
  {
    // A fresh start meets the failure that the recipe asks for, once.
    for _ in 0..<2 where try store.run(id: run).status != .succeeded {
      try await temporary.resume(run, in: store)
    }
    #expect(try store.run(id: run).status == .succeeded)
  }

  private func check(
    _ store: Store, run: String, _ straight: Result, _ place: Comment
  ) throws {
    #expect(try store.integrityProblems() == [], place)
    for stage in try store.stages(run: run) {
      #expect(try store.hasOutputs(stage: stage.id), place)
      #expect(try store.checkpoints(stage: stage.id).isEmpty, place)
    }
    #expect(try Result(store, run: run) == straight, place)
  }

  private func straight() async throws -> Result {
    let temporary = try TemporaryWorkspace()
    let store = try temporary.open()
    let recipe = chain(["steps": 1], second: ["steps": 2])
    return try Result(store, run: try await temporary.run(recipe, in: store).run)
  }
}
