import Recipes
import Storage

/// Takes one run from its claim to its end.
struct RunCarrier: Sendable {
  let store: Store
  let catalog: StageCatalog
  let settings: EngineSettings
  let sinks: [any EventSink]
  let plan: Plan
  let run: RunRecord
  let lease: Lease

  func carryOut() async throws -> RunOutcome {
    var started = RunEvent(.runStarted, run: run.id)
    started.name = run.name
    emit(started)
    var failures: [String: String] = [:]
    for step in plan.steps {
      if settings.stop.isSet { return try end(.interrupted) }
      let record = try store.stage(step.name, of: run)
      if record.status.isDone { continue }
      if let culprit = step.upstream.first(where: { failures[$0] != nil }) {
        failures[step.name] = "blocked"
        try block(record, by: culprit)
        continue
      }
      switch try await carryOut(step, record) {
      case .succeeded: continue
      case .stopped: return try end(.interrupted)
      case .failed(let why): failures[step.name] = why
      case .broken(let error): throw error
      }
      if !settings.keepGoing { break }
    }
    // The first to fail is what the others are blocked by.
    let first = plan.steps.first { failures[$0.name] != nil }?.name
    let message = first.map { "stage '\($0)' failed: \(failures[$0] ?? "")" }
    return try end(first == nil ? .succeeded : .failed, message)
  }

  private func carryOut(_ step: PlanStep, _ record: StageRecord) async throws -> StageEnd {
    if !step.forced, let origin = try reusable(step) {
      try store.adoptStage(lease, stage: record.id, from: origin.id)
      var event = RunEvent(.stageReused, run: run.id, stage: step.name)
      event.kind = step.kind
      event.reason = step.action.isReuse ? step.reason : "reuse: same key as run \(origin.label)"
      emit(event)
      return .succeeded
    }
    let work = try begin(step, record)
    let end = await work.run()
    tell(end, step)
    return end
  }

  /// The finished stage with the same key, looked up again: another run may have finished it, or
  /// lost it, since the plan was made.
  private func reusable(_ step: PlanStep) throws -> EarlierStage? {
    guard let cached = try store.cachedStage(key: step.key.digest),
      try store.hasOutputs(stage: cached.id)
    else { return nil }
    return cached
  }

  private func begin(_ step: PlanStep, _ record: StageRecord) throws -> StageWork {
    guard let kind = catalog.kind(step.kind) else {
      preconditionFailure("the loader checks that kind \(step.kind) exists")
    }
    if case .resume(let origin, _, _) = step.action, origin != record.id, record.attempt == 0 {
      try store.adoptCheckpoints(lease, stage: record.id, from: origin)
    }
    let point = try store.resumePoint(lease, stage: record.id)
    let attempt = try store.beginAttempt(lease, stage: record.id, fromStep: point?.step ?? 0)
    var event = RunEvent(.stageStarted, run: run.id, stage: step.name)
    event.kind = step.kind
    event.step = point?.step ?? 0
    event.reason = step.reason
    emit(event)
    return StageWork(
      store: store, lease: lease, record: record, attempt: attempt, kind: kind,
      values: step.stage.values, seed: plan.recipe.seed(ofStage: step.name),
      precision: step.key.precision,
      inputs: try StageInputs(store: store, run: run, recipe: plan.recipe).all(step, kind),
      resumePoint: point, files: plan.files, settings: settings, emit: emit)
  }

  private func block(_ record: StageRecord, by culprit: String) throws {
    try store.blockStage(lease, stage: record.id, by: culprit)
    var event = RunEvent(.stageBlocked, run: run.id, stage: record.name)
    event.reason = "'\(culprit)' failed"
    emit(event)
  }

  private func tell(_ end: StageEnd, _ step: PlanStep) {
    var event: RunEvent
    switch end {
    case .succeeded: event = RunEvent(.stageFinished, run: run.id, stage: step.name)
    case .stopped: event = RunEvent(.stageInterrupted, run: run.id, stage: step.name)
    case .failed(let message):
      event = RunEvent(.stageFailed, run: run.id, stage: step.name)
      event.message = message
    case .broken(let error):
      event = RunEvent(.stageInterrupted, run: run.id, stage: step.name)
      event.message = "\(error)"
    }
    event.kind = step.kind
    emit(event)
  }

  private func end(_ status: RunStatus, _ message: String? = nil) throws -> RunOutcome {
    try store.endRun(lease, status, message: message)
    let exit: Int32 = status == .succeeded ? 0 : status == .failed ? 1 : 75
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

  /// Lets go of a run that cannot go on here. What the database could not be told now, the next
  /// process that opens it works out.
  func abandon(_ error: any Error) {
    let exit = (error as? StorageError)?.exitCode ?? (error as? WorkflowError)?.exitCode ?? 6
    do {
      try store.endRun(lease, .interrupted, message: "\(error)")
    } catch {
      lease.release()
    }
    finished(.interrupted, exit: exit, message: "\(error)")
  }

  @Sendable private func emit(_ event: RunEvent) { for sink in sinks { sink.receive(event) } }
}
