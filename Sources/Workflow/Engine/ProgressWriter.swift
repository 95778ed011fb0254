import Dispatch
import Foundation
import Storage
import Synchronization
import Trace

/// Commits rows and checkpoints in the background: hashing, writing and syncing take no time of the
/// stage.
///
/// Jobs are carried out in order. The first failure is kept and later jobs are dropped.
final class ProgressWriter: Sendable {
  private struct State {
    var failure: (any Error)?
    var saving = false
    var spent = 0.0
  }

  private let store: Store
  private let lease: Lease
  private let stage: StageRecord
  private let attempt: Int
  private let stop: StopFlag
  private let behind: Int?
  private let tell: @Sendable (StageEvent) -> Void
  private let queue: DispatchQueue
  private let state = Mutex(State())

  /// - Parameters:
  ///   - behind: how many steps older than the newest checkpoint the one that is kept must be.
  ///   - tell: is told of checkpoints that are durable.
  init(
    store: Store, lease: Lease, stage: StageRecord, attempt: Int, stop: StopFlag, behind: Int?,
    tell: @escaping @Sendable (StageEvent) -> Void
  ) {
    self.store = store
    self.lease = lease
    self.stage = stage
    self.attempt = attempt
    self.stop = stop
    self.behind = behind
    self.tell = tell
    queue = DispatchQueue(label: "progress of \(stage.name)")
  }

  /// Whether a checkpoint is being written.
  var isSaving: Bool { state.withLock { $0.saving } }

  /// Processor seconds that saving took since the last call.
  func takeSpent() -> Double {
    state.withLock { state in
      defer { state.spent = 0 }
      return state.spent
    }
  }

  /// Throws an error from the background.
  func check() throws {
    if let failure = state.withLock({ $0.failure }) { throw failure }
  }

  func rows(_ batch: ProgressBatch) {
    enqueue { [self] in
      if try store.saveProgress(lease, stage: stage.id, attempt: attempt, batch) {
        stop.setFromElsewhere()
      }
    }
  }

  func checkpoint(_ checkpoint: Checkpoint, _ batch: ProgressBatch) {
    state.withLock { $0.saving = true }
    enqueue { [self] in
      let start = threadSeconds()
      defer {
        let spent = threadSeconds() - start
        state.withLock {
          $0.saving = false
          $0.spent += spent
        }
      }
      let (manifest, asked) = try store.saveCheckpoint(
        lease, stage: stage, attempt: attempt, step: checkpoint.step, files: checkpoint.files,
        batch, keepingBehind: behind)
      if asked { stop.setFromElsewhere() }
      tell(.checkpoint(step: checkpoint.step, manifest: manifest))
    }
  }

  /// Waits until all jobs are committed; throws if one failed.
  func drain() throws {
    queue.sync {}
    try check()
  }

  private func enqueue(_ job: @escaping @Sendable () throws -> Void) {
    queue.async { [self] in
      if state.withLock({ $0.failure != nil }) { return }
      do {
        try job()
      } catch {
        state.withLock { $0.failure = error }
      }
    }
  }
}

/// Processor time of the calling thread.
private func threadSeconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}
