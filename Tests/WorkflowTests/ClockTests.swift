import Foundation
import Recipes
import Settings
import Storage
import Synchronization
import Testing

@testable import Workflow

@Suite struct ClockTests {
  @Test("a wall clock that jumps to and fro by days changes no result, live row or order")
  func jumps() async throws {
    let straight = try TemporaryWorkspace()
    let other = try straight.open()
    let unbroken = try Result(other, run: try await straight.run(chain(), in: other).run)

    let temporary = try TemporaryWorkspace()
    let calls = Mutex(Int64(0))
    let store = try Store(workspace: temporary.workspace) {
      let call = calls.withLock {
        $0 += 1
        return $0
      }
      return 1_800_000_000_000 + (call % 7 - 3) * 86_400_000
    }
    let failed = try await temporary.run(chain(second: ["fail_at": 3]), in: store)
    #expect(try await temporary.resume(failed.run, in: store).status == .succeeded)
    #expect(try Result(store, run: failed.run) == unbroken)
    let again = try await temporary.run(chain(), in: store, name: "again")
    #expect(try store.stages(run: again.run).map(\.status) == [.reused, .reused])
    #expect(try store.events(run: failed.run).map(\.sequence).isSorted)
  }
}

extension [Int64] {
  var isSorted: Bool { zip(self, dropFirst()).allSatisfy { $0 < $1 } }
}
