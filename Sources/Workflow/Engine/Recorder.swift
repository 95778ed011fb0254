import Foundation
import Recipes
import Storage
import Synchronization
import Trace

/// Turns what a stage reports into rows of its attempt and events of its run, in order: samples are
/// committed at once, since a rollout costs more than its rows, and the rest every second or two.
final class Recorder: StageOwner {
  fileprivate struct State {
    var batch = ProgressBatch()
    var flushed: Double
    /// The newest progress that was reported as an event of the run, and its time.
    var told: (progress: StageEvent.Progress, at: Double)?
    var total: Int?
    var unit: String?
    /// The digest of the stage's reviewed rows.
    var reviewed: String?
  }

  private let store: Store
  private let lease: Lease
  private let record: StageRecord
  private let attempt: Int
  private let settings: EngineSettings
  private let writer: ProgressWriter
  private let emit: @Sendable (RunEvent) -> Void
  private let state: Mutex<State>

  /// - Parameters:
  ///   - record: the stage's row at the start of the attempt.
  ///   - emit: receives the run's events.
  init(
    _ job: StageJob, of record: StageRecord, store: Store, lease: Lease, settings: EngineSettings,
    emit: @escaping @Sendable (RunEvent) -> Void
  ) {
    self.store = store
    self.lease = lease
    self.record = record
    self.settings = settings
    self.emit = emit
    attempt = job.attempt
    writer = ProgressWriter(
      store: store, lease: lease, stage: record, attempt: job.attempt, stop: settings.stop,
      behind: job.policy.checkpointsBehind
    ) { event in
      RunEvent(event, run: record.run, stage: record.name).map(emit)
    }
    state = Mutex(State(flushed: settings.seconds()))
    let step = job.resumePoint?.step ?? 0
    let began = StageEvent.Progress(
      step: step, place: .init(), elapsed: 0, eta: job.expectedSeconds)
    let row = row(of: began, outlook(began))
    state.withLock {
      $0.batch.step = step
      $0.batch.progress = row
    }
  }

  func receive(_ event: StageEvent) {
    if case .progress(let progress) = event {
      note(progress)
    } else {
      let at = store.milliseconds
      state.withLock { $0.note(event, at: at) }
      RunEvent(event, run: record.run, stage: record.name).map(emit)
    }
    flush(ifOlderThan: event.longestWait)
  }

  private func note(_ progress: StageEvent.Progress) {
    let outlook = outlook(progress)
    let row = row(of: progress, outlook)
    let now = settings.seconds()
    let event = state.withLock { state -> RunEvent? in
      state.batch.step = progress.step
      state.batch.progress = row
      if let (told, at) = state.told, told.step == progress.step, told.place == progress.place,
        now - at < 10
      {
        return nil
      }
      state.told = (progress, now)
      var event = RunEvent(.progress(progress), run: record.run, stage: record.name)
      event?.total = state.total
      event?.unit = state.unit
      event?.runETA = outlook.run
      event?.experimentETA = outlook.experiment
      return event
    }
    event.map(emit)
  }

  private func row(of progress: StageEvent.Progress, _ outlook: Outlook) -> StageProgressRecord {
    StageProgressRecord(
      phase: progress.place.phase, done: progress.place.done, of: progress.place.of,
      words: progress.place.words, eta: progress.eta, runETA: outlook.run,
      experimentETA: outlook.experiment, at: store.milliseconds)
  }

  private func outlook(_ progress: StageEvent.Progress) -> Outlook {
    let pace = StagePace(stage: record.name, elapsed: progress.elapsed, eta: progress.eta)
    return settings.outlook?(pace) ?? Outlook()
  }

  private func flush(ifOlderThan seconds: Double) {
    let now = settings.seconds()
    let isDue = state.withLock { now - $0.flushed >= seconds }
    if isDue { writer.rows(takeBatch()) }
  }

  /// The rows that have not been passed to the writer yet.
  private func takeBatch() -> ProgressBatch {
    let now = settings.seconds()
    return state.withLock { state in
      state.flushed = now
      let taken = state.batch
      state.batch = ProgressBatch()
      state.batch.step = taken.step
      state.batch.progress = taken.progress
      return taken
    }
  }

  func save(_ checkpoint: Checkpoint) { writer.checkpoint(checkpoint, takeBatch()) }
  func waitUntilTaken() { writer.waitUntilTaken() }
  var isSaving: Bool { writer.isSaving }
  func takeSpent() -> Double { writer.takeSpent() }
  func check() throws { try writer.check() }
  func drain() throws { try writer.drain() }

  func storedSamples(step: Int) throws -> [Sample] {
    try store.storedSamples(stage: record.id, before: attempt, step: step)
  }

  func review(_ rows: Data) throws -> (rows: Data, path: String) {
    let path = store.workspace.reviewedFile(record.run, stage: record.name)
    guard let answer = try store.handOut(rows, run: record.run, stage: record.name) else {
      throw AwaitsReview(
        asked: store.workspace.reviewFile(record.run, stage: record.name), answer: path)
    }
    state.withLock { $0.reviewed = answer.digest }
    return (answer.rows, path)
  }

  /// The digest of the stage's reviewed rows.
  var reviewed: String? { state.withLock { $0.reviewed } }
}

/// The ends of an attempt at a stage, each in one transaction with the last rows.
extension Recorder {
  /// - Parameters:
  ///   - changed: changes of outside files while the stage used them: its result is then not
  ///     shared.
  ///   - keys: the new keys of stages of the run.
  func finish(_ output: StageOutput, changed: [String], keys: [NewKey]) throws {
    var rest = takeBatch()
    rest.logs += changed.map { "\($0) while the run used it: the result is not shared" }
    try store.finishStage(
      lease, stage: record.id, attempt: attempt, rest,
      outputs: output.artifacts.mapValues(\.files), shared: changed.isEmpty, keys: keys)
  }

  func fail(_ message: String) throws {
    try store.failStage(
      lease, stage: record.id, attempt: attempt, takeBatch(), message: message)
  }

  func interrupt(_ cause: String) throws {
    try store.interruptStage(
      lease, stage: record.id, attempt: attempt, takeBatch(), cause: cause)
  }

  func rollBack(_ rollback: Rollback) throws {
    try store.rollBack(lease, stage: record, attempt: attempt, takeBatch(), rollback)
  }
}

extension Recorder.State {
  fileprivate mutating func note(_ event: StageEvent, at: Int64) {
    switch event {
    case .began(let totalSteps, let unit):
      (total, self.unit) = (totalSteps, unit)
      (batch.totalSteps, batch.unit) = (totalSteps, unit)
    case .metrics(let step, let values):
      batch.metrics += values.sorted { $0.key < $1.key }.map {
        ProgressBatch.Metric(step: step, name: $0.key, value: $0.value, at: at)
      }
    case .samples(let samples): batch.samples += samples
    case .items(let items): batch.items += items
    case .log(let message): batch.logs.append(message)
    case .progress, .checkpoint: break
    }
  }
}

extension StageEvent {
  /// How many seconds rows may wait to be stored after this event.
  fileprivate var longestWait: Double {
    switch self {
    case .samples: 0
    case .metrics, .items, .log: 1
    case .progress: 2
    case .began, .checkpoint: .infinity
    }
  }
}
