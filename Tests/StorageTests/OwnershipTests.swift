import Foundation
import Host
import Testing

@testable import Storage

@Suite struct OwnershipTests {
  private let temporary: TemporaryWorkspace

  init() throws { temporary = try TemporaryWorkspace() }

  @Test("a second owner is told who holds the run, and gets it once it is free")
  func held() throws {
    let work = try Work(try temporary.open())
    let other = try temporary.open()
    let error = storageError { _ = try other.claim(run: work.run.id) }
    #expect(error?.exitCode == 5)
    let claimed = try work.store.run(id: work.run.id)
    let since = Date(timeIntervalSince1970: Double(claimed.claimedAt ?? 0) / 1000).ISO8601Format()
    #expect(
      error?.message == "run r1 (\(work.run.id)) is held by \(Owner.host), process "
        + "\(ProcessInfo.processInfo.processIdentifier), since \(since); "
        + "wait for it or stop it first")
    #expect(try other.run(id: work.run.id).status == .running)
    try work.store.endRun(work.lease, .interrupted)
    #expect(throws: Never.self) { try other.claim(run: work.run.id) }
  }

  @Test("a run whose process died is interrupted by whoever opens the workspace next")
  func reconciles() throws {
    let work = try Work(try temporary.open())
    _ = try work.store.beginAttempt(work.lease, stage: work.stage.id, fromStep: 0)
    work.lease.release()
    let store = try temporary.open()
    #expect(try store.run(id: work.run.id).status == .interrupted)
    #expect(try store.stage("pretrain", of: work.run).status == .interrupted)
    #expect(try store.attempts(stage: work.stage.id).map(\.cause) == ["owner lost"])
    #expect(try store.newestUnfinishedRun()?.id == work.run.id)
  }

  @Test("an owner that lost its run changes nothing any more")
  func fenced() throws {
    let work = try Work(try temporary.open())
    let attempt = try work.store.beginAttempt(work.lease, stage: work.stage.id, fromStep: 0)
    work.lease.release()
    let other = try temporary.open()
    let lease = try other.claim(run: work.run.id)
    let late: [() throws -> Void] = [
      {
        try work.store.saveProgress(
          work.lease, stage: work.stage.id, attempt: attempt, metrics(1...2, value: 1))
      },
      {
        try work.store.saveCheckpoint(
          work.lease, stage: work.stage, attempt: attempt, step: 1,
          files: ["w": FileContent(Data([1]))],
          ProgressBatch())
      },
      { try work.finish(work.stage, attempt: attempt, ["model": ["w": FileContent(Data([1]))]]) },
      {
        try work.store.failStage(
          work.lease, stage: work.stage.id, attempt: attempt, ProgressBatch(), message: "late")
      },
      { try work.store.endRun(work.lease, .failed) },
    ]
    for write in late { #expect(storageError(write)?.code == .ownershipLost) }
    #expect(try other.metrics(run: work.run.id).isEmpty)
    #expect(try other.checkpoints(stage: work.stage.id).isEmpty)
    #expect(try other.run(id: work.run.id).status == .running)
    try other.endRun(lease, .interrupted)
  }

  @Test("a finished run cannot be claimed")
  func finished() throws {
    let work = try Work(try temporary.open())
    try work.store.endRun(work.lease, .succeeded)
    let error = storageError { _ = try work.store.claim(run: work.run.id) }
    #expect(error?.exitCode == 4)
    #expect(error?.message == "run r1 is succeeded: there is nothing to resume")
  }

  @Test("a stop asked for elsewhere reaches the owner with its next commit")
  func stop() throws {
    let work = try Work(try temporary.open())
    let attempt = try work.store.beginAttempt(work.lease, stage: work.stage.id, fromStep: 0)
    let save = {
      try work.store.saveProgress(
        work.lease, stage: work.stage.id, attempt: attempt, ProgressBatch())
    }
    #expect(try save() == false)
    try temporary.open().requestStop(run: work.run.id)
    #expect(try save() == true)
  }

  @Test("REGIMEN_FAULT takes a known name and a count")
  func faultText() throws {
    #expect(throws: Never.self) { try FaultHook.environment(nil) }
    #expect(throws: Never.self) { try FaultHook.environment("after-checkpoint:3") }
    for text in ["after-checkpoint", "nowhere:1", "after-checkpoint:0", "after-checkpoint:x"] {
      #expect(storageError { _ = try FaultHook.environment(text) }?.exitCode == 6)
    }
  }
}
