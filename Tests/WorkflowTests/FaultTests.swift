import Foundation
import Recipes
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

  private let recipe = chain(["steps": 2], second: ["steps": 2])

  @Test(
    "a run cut off at any call ends, once resumed, as if nothing had happened",
    arguments: [true, false])
  func everyCall(dead: Bool) async throws {
    let temporary = try TemporaryWorkspace()
    let store = try temporary.open()
    let straight = try Result(store, run: try await temporary.run(recipe, in: store).run)
    var count = 1
    while try await cut(at: count, dead: dead, straight) { count += 1 }
    #expect(count > 50)
  }

  /// Returns false when the run was over before the fault.
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
    if run.status != .succeeded { try await temporary.resume(run.id, in: store) }
    #expect(try store.run(id: run.id).status == .succeeded)
    #expect(try store.integrityProblems() == [])
    for stage in try store.stages(run: run.id) {
      #expect(try store.hasOutputs(stage: stage.id))
      #expect(try store.checkpoints(stage: stage.id).isEmpty)
    }
    #expect(try Result(store, run: run.id) == straight, "call \(count)")
    return faults.wasReached
  }
}
