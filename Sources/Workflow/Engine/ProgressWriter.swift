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
    /// The files of the last checkpoint.
    var taking: Taking?
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

  /// Reads the files behind the stage's back; `waitUntilTaken` tells when that is done.
  func checkpoint(_ checkpoint: Checkpoint, _ batch: ProgressBatch) {
    let taking = Taking()
    state.withLock {
      $0.saving = true
      $0.taking = taking
    }
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
        batch, keepingBehind: behind, taken: taking.end)
      if asked { stop.setFromElsewhere() }
      tell(.checkpoint(step: checkpoint.step, manifest: manifest))
    } finally: {
      taking.end()
    }
  }

  /// Waits until the files of the last checkpoint have been read: they are written, if not yet durable.
  func waitUntilTaken() { state.withLock { $0.taking }?.wait() }

  /// Waits until all jobs are committed; throws if one failed.
  func drain() throws {
    queue.sync {}
    try check()
  }

  private func enqueue(
    _ job: @escaping @Sendable () throws -> Void, finally: @escaping @Sendable () -> Void = {}
  ) {
    queue.async { [self] in
      defer { finally() }
      if state.withLock({ $0.failure != nil }) { return }
      do {
        try job()
      } catch {
        state.withLock { $0.failure = error }
      }
    }
  }
}

/// The reading of a checkpoint's files, which ends once.
private final class Taking: Sendable {
  private let group = DispatchGroup()
  private let hasEnded = Atomic<Bool>(false)

  init() { group.enter() }

  @Sendable func end() {
    if !hasEnded.exchange(true, ordering: .relaxed) { group.leave() }
  }

  func wait() { group.wait() }
}

/// Processor time of the calling thread.
private func threadSeconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}
