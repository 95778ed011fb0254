import Foundation
import GRDB
import Host
import Synchronization
import Testing

@testable import Storage

@Suite struct DiskSpaceTests {
  private let temporary: TemporaryWorkspace

  init() throws { temporary = try TemporaryWorkspace() }

  @Test("a save that would not fit is refused before anything is written, and fits after some room")
  func beforeSaving() throws {
    let room = Mutex(Workspace.reserve + 1000)
    let store = try Store(
      workspace: temporary.workspace, freeBytes: { room.withLock { $0 } })
    let work = try Work(store)
    let attempt = try store.beginAttempt(work.lease, stage: work.stage.id, fromStep: 0)
    func save(_ step: Int, _ bytes: Int) throws {
      try store.saveCheckpoint(
        work.lease, stage: work.stage, attempt: attempt, step: step,
        files: ["w": FileContent(Data(repeating: UInt8(step), count: bytes))], ProgressBatch())
    }
    try save(1, 1000)
    let error = storageError { try save(2, 2_000_000) }
    #expect(error?.exitCode == 6)
    #expect(
      error?.message == "the disk of \(temporary.workspace.folder) has 16 MB free, and the "
        + "checkpoint of step 2 needs 3 MB and 16 MB to spare; make room (`regimen gc`, "
        + "`regimen rm RUN`), then `regimen resume`")
    #expect(
      storageError {
        try work.finish(
          work.stage, attempt: attempt,
          ["model": ["w": FileContent(Data(repeating: 1, count: 2_000_000))]])
      }?.exitCode == 6)
    #expect(try store.checkpoints(stage: work.stage.id).map(\.step) == [1])
    #expect(try store.collect(dryRun: true)?.files == 0, "nothing half-written is left")
    room.withLock { $0 = .max }
    try save(2, 2_000_000)
    let largest = try store.read {
      try Int.fetchOne($0, sql: "SELECT checkpoint_bytes FROM stage WHERE id = \(work.stage.id)")
    }
    #expect((2_000_000...2_001_000).contains(try #require(largest)))
  }

  @Test("free space is asked of the system")
  func asked() throws {
    let free = try #require(FileSystem.freeBytes(temporary.workspace.folder))
    #expect(free > 0)
    #expect(FileSystem.freeBytes("/does/not/exist") == nil)
  }

  @Test("a file at the size limit of the process is an error that says what to do")
  func fileLimit() throws {
    let missing = storageError {
      _ = try NewFile(FileContent(Data(count: 10)), at: "/dev/full/x", faults: .none)
    }
    #expect(missing?.exitCode == 6)
    let full = StorageError.file("write", "/x", FileCallError(number: ENOSPC))
    #expect(
      full.message == "cannot write /x: No space left on device; make room (`regimen gc`, "
        + "`regimen rm RUN`), then `regimen resume`")
    let broken = StorageError.file("write", "/x", FileCallError(number: EIO))
    #expect(broken.message.hasSuffix("check the disk, then `regimen resume`"))
  }
}
