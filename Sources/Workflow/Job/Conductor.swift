import Foundation
import Host
import Recipes
import Trace

/// The context of a stage that runs in this process: decides when it saves, whether its guards or its
/// timeout end it, and how long it will take; passes everything else on to its owner.
///
/// Used from the stage's own thread only.
final class Conductor: StageContext {
  let timer: StepTimer
  let resumePoint: Checkpoint?
  let programs: any ProgramAccess = LocalPrograms()

  private let job: StageJob
  private let ports: [String: [StageInput]]
  private let owner: any StageOwner
  private let stop: StopFlag
  private let machine: Machine
  private var policy: CheckpointPolicy
  private var clock: StepClock
  private var total: Int?
  /// Steps done, and the newest of them in a checkpoint.
  private var step: Int
  private var saved: Int
  /// The newest step with a recorded value.
  private var logged = 0
  /// Its place inside its step; the last reported place, and its time.
  private var place = StepPlace()
  private var toldPlace = StepPlace()
  private var told: Double
  private let start: Double
  private let deadline: Double
  /// When a stop was first noticed inside a step.
  private var stopNoticed: Double?
  private var watch: GuardWatch
  /// Why a guard stops the stage.
  private var tripped: String?

  /// The clock and the processors.
  struct Machine: Sendable {
    /// Seconds on a clock that only runs forward.
    let seconds: @Sendable () -> Double
    /// Processors that the stages' arithmetic uses.
    let processors: Int
  }

  init(
    _ job: StageJob, inputs: [String: [StageInput]], resumePoint: Checkpoint?,
    owner: any StageOwner, stop: StopFlag, machine: Machine
  ) {
    self.job = job
    self.owner = owner
    self.stop = stop
    self.machine = machine
    self.resumePoint = resumePoint
    ports = inputs
    timer = StepTimer(seconds: machine.seconds)
    let now = machine.seconds()
    policy = CheckpointPolicy(minimum: job.checkpointSeconds, maximum: 300, start: now)
    clock = StepClock(start: now)
    start = now
    told = now
    deadline = job.policy.timeout.map { now + $0 } ?? .infinity
    saved = resumePoint?.step ?? 0
    step = saved
    watch = GuardWatch(job.policy) { Array((job.history[$0] ?? []).prefix($1)) }
  }

  var stage: String { job.stage }
  var seed: UInt64 { job.seed }
  var precision: String { job.precision }
  var rollbacks: [Rollback.Change] { job.rollbacks.map(\.change) }

  func inputs(_ port: String) -> [StageInput] { ports[port] ?? [] }

  func begin(totalSteps: Int, unit: String) {
    total = totalSteps
    _ = timer.take()
    owner.receive(.began(totalSteps: totalSteps, unit: unit))
    tellProgress()
  }

  /// Reported a few times per second, or every two seconds if nothing has changed, which shows that
  /// the process is alive.
  func progress(_ phase: String, done: Int, of total: Int) {
    place.note(phase, done: done, of: total)
    if machine.seconds() - told >= (place == toldPlace ? 2 : 0.2) { tellProgress() }
  }

  func record(step: Int, _ metrics: [String: Double]) {
    logged = step
    owner.receive(.metrics(step: step, values: metrics.mapValues { $0.isFinite ? $0 : nil }))
    let verdict = watch.note(step: step, metrics)
    for warning in verdict.warnings { log(warning) }
    tripped = tripped ?? verdict.stop
  }

  func record(_ samples: [Sample]) {
    logged = step + 1
    owner.receive(.samples(samples))
  }

  func record(_ items: [Item]) {
    logged = step + 1
    owner.receive(.items(items))
  }

  func log(_ message: String) { owner.receive(.log(message)) }

  func storedSamples(step: Int) throws -> [Sample] { try owner.storedSamples(step: step) }

  func review(_ rows: Data) throws -> (rows: Data, path: String) { try owner.review(rows) }

  /// Inside a step only once the steps before it are saved: a stop loses nothing that was finished.
  var shouldStop: Bool { stopRequested && saved == step }

  var mustStop: Bool {
    if shouldStop { return true }
    guard stopRequested else { return false }
    let now = machine.seconds()
    let since = stopNoticed ?? now
    stopNoticed = since
    return now - since >= Self.longestWait
  }

  /// Seconds that waits may still take in total after a stop was requested.
  private static let longestWait = 1.2

  private var stopRequested: Bool { stop.isSet || isLate }

  /// Whether the stage has taken longer than its timeout.
  private var isLate: Bool { machine.seconds() > deadline }

  /// How a stage ended that stopped before its last step.
  var stopped: StageEnd {
    guard isLate, !stop.isSet else { return .stopped }
    return .failed("\(WorkflowError.late(job.policy.timeout ?? 0, step: step))")
  }

  /// Throws if the recipe's `stop_if` says so.
  func checkGuards() throws {
    if let tripped {
      throw WorkflowError.tripped(tripped, checkpoint: saved > 0 ? saved : nil)
    }
  }

  /// Logs the watched metrics that were never recorded.
  func tellUnseen() {
    guard !watch.unseen.isEmpty else { return }
    let names = watch.unseen.joined(separator: ", ")
    log("warn_if and stop_if use metrics that this attempt did not record: \(names)")
  }

  func stepDone(_ step: Int, checkpoint: () throws -> Checkpoint) throws {
    self.step = step
    place = StepPlace()
    clock.stepDone(at: machine.seconds())
    recordTiming(step)
    timer.enter(.store)
    defer { timer.enter(.other) }
    tellProgress()
    try owner.check()
    // Not saved: a resumed run reaches the same step and the same end.
    try checkGuards()
    if stopRequested {
      try save(checkpoint)
      try owner.drain()
      throw StageStopped()
    }
    try saveIfDue(checkpoint)
    // The stage's output comes next; it must not be in memory together with the data of a
    // checkpoint.
    if step == total { try owner.drain() }
  }

  func waitForCheckpoint() {
    let start = machine.seconds()
    timer.measure(.store) { owner.waitUntilTaken() }
    policy.spent(machine.seconds() - start)
  }

  private func saveIfDue(_ checkpoint: () throws -> Checkpoint) throws {
    // The kernels use all processors, so that time on one of them is a share of the stage's.
    policy.spent(owner.takeSpent() / Double(machine.processors))
    let now = machine.seconds()
    guard policy.isDue(at: now), !owner.isSaving || policy.isOverdue(at: now) else { return }
    if owner.isSaving { try owner.drain() }
    try save(checkpoint)
    let end = machine.seconds()
    policy.saved(at: end, cost: end - now)
  }

  private func save(_ checkpoint: () throws -> Checkpoint) throws {
    owner.save(try checkpoint())
    saved = step
  }

  /// The times of a logged step; saving counts in the step after it.
  private func recordTiming(_ step: Int) {
    let metrics = timer.take()
    if logged == step { record(step: step, metrics) }
  }

  private func tellProgress() {
    let now = machine.seconds()
    told = now
    toldPlace = place
    owner.receive(
      .progress(
        .init(step: step, place: place.told, elapsed: clock.elapsed(at: now), eta: eta(at: now))))
  }

  /// By its own steps, and before the first of them by the times of earlier stages.
  private func eta(at now: Double) -> Double? {
    total.flatMap { clock.remaining(steps: $0 - step, at: now) }
      ?? job.expectedSeconds.map { max($0 - (now - start), 0) }
  }
}
