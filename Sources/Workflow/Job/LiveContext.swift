import Foundation
import Recipes
import Storage
import Trace

/// The context of a stage that runs under the engine; used from the stage's own thread only.
final class LiveContext: StageContext {
  let stage: String
  let seed: UInt64
  let precision: String
  let resumePoint: Checkpoint?
  let timer: StepTimer

  private let work: StageWork
  private let writer: ProgressWriter
  private var batch = ProgressBatch()
  private var policy: CheckpointPolicy
  private var clock: StepClock
  private var flushed: Double
  private var total: Int?
  private var unit: String?
  /// Where it is inside its step, and what of that was last told.
  private var place = StepPlace()
  private var toldPlace = StepPlace()
  /// When the stage began, and when it last told where it is.
  private let start: Double
  private var told: Double
  /// The step of the newest checkpoint handed to the writer.
  private var saved: Int
  /// The newest step of which anything was recorded.
  private var logged = 0
  private var watch: GuardWatch
  /// What a guard wants the stage stopped for.
  private var tripped: String?
  private let deadline: Double
  /// Digest of what a person made of the stage's rows.
  private(set) var reviewed: String?

  init(_ work: StageWork, resumePoint: Checkpoint?, writer: ProgressWriter) throws {
    self.work = work
    self.writer = writer
    stage = work.record.name
    seed = work.seed
    precision = work.precision
    self.resumePoint = resumePoint
    timer = StepTimer(seconds: work.settings.seconds)
    let now = work.settings.seconds()
    policy = CheckpointPolicy(
      minimum: work.settings.checkpointSeconds, maximum: 300, start: now)
    clock = StepClock(start: now)
    flushed = now
    start = now
    told = now
    deadline = work.policy.timeout.map { now + $0 } ?? .infinity
    saved = resumePoint?.step ?? 0
    let step = saved
    watch = try GuardWatch(work.policy) { name, count in
      try work.store.recentMetrics(
        stage: work.record.id, name: name, through: step, count: count)
    }
    batch.step = saved
  }

  var rollbacks: [Rollback.Change] { work.rollbacks.map(\.change) }

  func inputs(_ port: String) -> [StageInput] { work.inputs[port] ?? [] }

  func begin(totalSteps: Int, unit: String) {
    batch.totalSteps = totalSteps
    batch.unit = unit
    total = totalSteps
    self.unit = unit
    _ = timer.take()
    emitProgress()
  }

  /// Passed on a few times a second, or every ten seconds where nothing has changed, and written down
  /// every two seconds: that the process is alive is worth knowing, too.
  func progress(_ phase: String, done: Int, of total: Int) {
    place.note(phase, done: done, of: total)
    let now = work.settings.seconds()
    if now - told >= (place == toldPlace ? 10 : 0.2) { emitProgress() }
    if now - flushed >= 2 { flush() }
  }

  func record(step: Int, _ metrics: [String: Double]) {
    logged = step
    let at = work.store.milliseconds
    batch.metrics += metrics.sorted { $0.key < $1.key }.map {
      ProgressBatch.Metric(step: step, name: $0.key, value: $0.value, at: at)
    }
    var event = RunEvent(.metrics, run: work.record.run, stage: stage)
    event.step = step
    event.metrics = metrics.mapValues { $0.isFinite ? $0 : nil }
    work.emit(event)
    let verdict = watch.note(step: step, metrics)
    for warning in verdict.warnings { log(warning) }
    tripped = tripped ?? verdict.stop
    flushIfDue()
  }

  /// Throws if the recipe's `stop_if` says so.
  func checkGuards() throws {
    if let tripped {
      throw WorkflowError.tripped(tripped, checkpoint: saved > 0 ? saved : nil)
    }
  }

  /// Says which watched metrics never came.
  func tellUnseen() {
    guard !watch.unseen.isEmpty else { return }
    let names = watch.unseen.joined(separator: ", ")
    log("warn_if and stop_if watch what this attempt did not record: \(names)")
  }

  /// Handed over at once: a rollout costs more than its rows.
  func record(_ samples: [Sample]) {
    logged = batch.step + 1
    batch.samples += samples
    flush()
  }

  func record(_ items: [Item]) {
    logged = batch.step + 1
    batch.items += items
    flushIfDue()
  }

  func storedSamples(step: Int) throws -> [Sample] {
    try work.store.storedSamples(stage: work.record.id, before: work.attempt, step: step)
  }

  func review(_ rows: Data) throws -> (rows: Data, path: String) {
    let (workspace, run) = (work.store.workspace, work.record.run)
    let path = workspace.reviewedFile(run, stage: stage)
    guard let answer = try work.store.handOut(rows, run: run, stage: stage) else {
      throw AwaitsReview(asked: workspace.reviewFile(run, stage: stage), answer: path)
    }
    reviewed = answer.digest
    return (answer.rows, path)
  }

  func log(_ message: String) {
    batch.logs.append(message)
    var event = RunEvent(.log, run: work.record.run, stage: stage)
    event.message = message
    work.emit(event)
    flushIfDue()
  }

  /// Inside a step only once the steps before it are saved: a stop loses nothing that was finished.
  var shouldStop: Bool { stopRequested && saved == batch.step }

  var stopRequested: Bool { work.settings.stop.isSet || isLate }

  /// Whether the stage has taken longer than its timeout.
  var isLate: Bool { work.settings.seconds() > deadline }

  func stepDone(_ step: Int, checkpoint: () throws -> Checkpoint) throws {
    batch.step = step
    place = StepPlace()
    clock.stepDone(at: work.settings.seconds())
    recordTiming(step)
    timer.enter(.store)
    defer { timer.enter(.other) }
    emitProgress()
    try writer.check()
    // Not saved: whoever goes on comes to the same step and the same end.
    try checkGuards()
    if stopRequested {
      try save(checkpoint)
      try writer.drain()
      throw StageStopped()
    }
    try saveIfDue(checkpoint)
    // What the stage leaves comes next: it need not lie in memory beside what a checkpoint is written from.
    if step == total { try writer.drain() }
  }

  private func saveIfDue(_ checkpoint: () throws -> Checkpoint) throws {
    // The kernels use all processors, so that time on one of them is a share of the stage's.
    policy.spent(writer.takeSpent() / Double(work.settings.processors))
    let now = work.settings.seconds()
    guard policy.isDue(at: now), !writer.isSaving || policy.isOverdue(at: now) else {
      return flushIfDue()
    }
    if writer.isSaving { try writer.drain() }
    try save(checkpoint)
    let end = work.settings.seconds()
    policy.saved(at: end, cost: end - now)
  }

  /// What the clock says of a step that the stage logged; saving counts for the step after it.
  private func recordTiming(_ step: Int) {
    let metrics = timer.take()
    if logged == step { record(step: step, metrics) }
  }

  private func save(_ checkpoint: () throws -> Checkpoint) throws {
    writer.checkpoint(try checkpoint(), takeBatch())
    saved = batch.step
  }

  private func flushIfDue() {
    if work.settings.seconds() - flushed >= 1 { flush() }
  }

  private func flush() { writer.rows(takeBatch()) }

  /// What has not been handed over yet.
  func takeBatch() -> ProgressBatch {
    flushed = work.settings.seconds()
    var taken = batch
    let (eta, outlook) = outlook(at: flushed)
    taken.progress = StageProgressRecord(
      phase: place.current?.phase, done: place.current?.done, of: place.current?.of,
      words: place.words, eta: eta, runETA: outlook.run, experimentETA: outlook.experiment,
      at: work.store.milliseconds)
    batch = ProgressBatch()
    batch.step = taken.step
    return taken
  }

  private func emitProgress() {
    let now = work.settings.seconds()
    told = now
    var event = RunEvent(.progress, run: work.record.run, stage: stage)
    event.step = batch.step
    event.total = total
    event.unit = unit
    event.elapsed = clock.elapsed(at: now)
    let (eta, outlook) = outlook(at: now)
    event.eta = eta
    event.runETA = outlook.run
    event.experimentETA = outlook.experiment
    event.phase = place.current?.phase
    event.done = place.current?.done
    event.of = place.current?.of
    event.words = place.words
    toldPlace = place
    work.emit(event)
  }

  private func outlook(at now: Double) -> (eta: Double?, rest: Outlook) {
    let eta = eta(at: now)
    let pace = StagePace(stage: stage, elapsed: now - start, eta: eta)
    return (eta, work.settings.outlook?(pace) ?? Outlook())
  }

  /// By its own steps, and before the first of them by what such a stage took before.
  private func eta(at now: Double) -> Double? {
    total.flatMap { clock.remaining(steps: $0 - batch.step, at: now) }
      ?? work.expectedSeconds.map { max($0 - (now - start), 0) }
  }
}
