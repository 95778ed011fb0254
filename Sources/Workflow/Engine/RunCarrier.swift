import Recipes
import Storage

/// Takes one run from its claim to its end.
struct RunCarrier: Sendable {
  let store: Store
  let catalog: StageCatalog
  let settings: EngineSettings
  let executor: any StageExecutor
  let sinks: [any EventSink]
  let plan: Plan
  let run: RunRecord
  let lease: Lease

  func carryOut() async throws -> RunOutcome {
    var started = RunEvent(.runStarted, run: run.id)
    (started.name, started.place) = (run.name, run.position)
    emit(started)
    var failures: [String: Obstacle] = [:]
    var open = try unfinished(&failures)
    var told: String?
    while !open.isEmpty {
      if settings.stop.isSet { return try end(.interrupted, settings.stop.cause) }
      guard let (step, claim) = try await next(of: open, failures, &told) else { continue }
      defer { claim?.release() }
      open.removeAll { $0.name == step.name }
      let record = try store.stage(step.name, of: run)
      if let (culprit, obstacle) = obstacle(to: step, failures) {
        try block(record, by: culprit, obstacle)
        failures[step.name] = .blocked
        continue
      }
      switch try await carryOut(step, record) {
      case .succeeded, .rolledBack:
        failures[step.name] = try objection(to: step)
        if asksPeople(step) { open = try open.map(withStoredKey) }
        continue
      case .waiting(let what):
        failures[step.name] = .waiting(what)
        continue
      case .stopped: return try end(.interrupted, settings.stop.cause)
      case .failed(let why, let isInput): failures[step.name] = .failed(why, isInput: isInput)
      }
      if !settings.keepGoing { break }
    }
    // The others are blocked by the first failure; a waiting stage is not a failure.
    let culprits = plan.steps.map(\.name).filter { failures[$0]?.isBlocked == false }
    let first = culprits.first { failures[$0]?.isWaiting == false } ?? culprits.first
    let obstacle = first.flatMap { failures[$0] }
    let message = obstacle.map { "stage '\(first ?? "")' \($0.words)" }
    return try end(
      obstacle.map { $0.isWaiting ? .interrupted : .failed } ?? .succeeded, message,
      isInput: obstacle?.isInput ?? false)
  }

  /// Why stages that depend on a stage cannot run.
  private enum Obstacle {
    case failed(String, isInput: Bool)
    case notPromoted(String)
    case waiting(String)
    case blocked

    var words: String {
      switch self {
      case .failed(let why, _): "failed: \(why)"
      case .notPromoted(let why): "was not promoted: \(why)"
      case .waiting(let what): "waits: \(what)"
      case .blocked: "is blocked"
      }
    }

    /// Whether data or a model are at fault.
    var isInput: Bool { if case .failed(_, true) = self { true } else { false } }
    var isWaiting: Bool { if case .waiting = self { true } else { false } }
    var isBlocked: Bool { if case .blocked = self { true } else { false } }
  }

  /// The first of a step's inputs that is not available.
  private func obstacle(
    to step: PlanStep, _ failures: [String: Obstacle]
  ) -> (culprit: String, Obstacle)? {
    step.upstream.lazy.compactMap { name in failures[name].map { (name, $0) } }.first
  }

  /// Why stages that depend on a finished stage must wait; also reported as an event.
  private func objection(to step: PlanStep) throws -> Obstacle? {
    guard let reason = try Gate(store: store, run: run).objection(to: step.stage) else {
      return nil
    }
    var event = RunEvent(.stageNotPromoted, run: run.id, stage: step.name)
    event.kind = step.kind
    event.reason = reason
    emit(event)
    return .notPromoted(reason)
  }

  /// The steps that remain; the gates of the others are checked again.
  private func unfinished(_ failures: inout [String: Obstacle]) throws -> [PlanStep] {
    try plan.steps.filter { step in
      guard try store.stage(step.name, of: run).status.isDone else { return true }
      if step.adopted != nil { tellReused(step, step.reason) }
      failures[step.name] = try objection(to: step)
      return false
    }
  }

  /// The next step, claimed: the first whose inputs are there and which no other run is training. Nil
  /// after a wait in which there was none.
  private func next(
    of open: [PlanStep], _ failures: [String: Obstacle], _ told: inout String?
  ) async throws -> (PlanStep, StageClaim?)? {
    let waiting = Set(open.map(\.name))
    let ready = open.filter { waiting.isDisjoint(with: $0.upstream) }
    for step in ready {
      // A forced stage is not shared, and a blocked one needs no claim.
      if step.forced || obstacle(to: step, failures) != nil {
        return (step, nil)
      }
      if let claim = try store.claimStage(key: step.key.digest) { return (step, claim) }
    }
    if let first = ready.first, told != first.name {
      told = first.name
      try tellWaiting(first)
    }
    try await Task.sleep(for: .milliseconds(200))
    if try store.heartbeat(lease) { settings.stop.setFromElsewhere() }
    return nil
  }

  private func block(_ record: StageRecord, by culprit: String, _ obstacle: Obstacle) throws {
    // A failed stage has its own message; a gate has no row.
    let words =
      switch obstacle {
      case .failed: "failed"
      case .waiting: "waits for a person"
      default: obstacle.words
      }
    let reason = "'\(culprit)' \(words)"
    try store.blockStage(lease, stage: record.id, by: culprit, reason: reason)
    var event = RunEvent(.stageBlocked, run: run.id, stage: record.name)
    event.reason = reason
    emit(event)
  }

  private func end(
    _ status: RunStatus, _ message: String? = nil, isInput: Bool = false
  ) throws -> RunOutcome {
    try store.endRun(lease, status, message: message)
    let failed: Int32 = isInput ? 3 : 1
    let exit: Int32 = status == .succeeded ? 0 : status == .failed ? failed : 75
    finished(status, exit: exit, message: message)
    return RunOutcome(run: run.id, name: run.name, status: status, exitCode: exit)
  }

  private func finished(_ status: RunStatus, exit: Int32, message: String?) {
    var event = RunEvent(.runFinished, run: run.id)
    event.name = run.name
    event.status = status.rawValue
    event.exit = Int(exit)
    event.message = message
    emit(event)
  }

  /// Releases a run that cannot continue here. The next process that opens the database works out
  /// what could not be written now.
  func abandon(_ error: any Error) {
    let exit = (error as? StorageError)?.exitCode ?? (error as? WorkflowError)?.exitCode ?? 6
    do {
      try store.endRun(lease, .interrupted, message: "\(error)")
    } catch {
      lease.release()
    }
    finished(.interrupted, exit: exit, message: "\(error)")
  }

  @Sendable func emit(_ event: RunEvent) { for sink in sinks { sink.receive(event) } }
}
