import Recipes
import Settings
import Storage

/// The stored end of an attempt at a stage.
enum StageOutcome: Sendable {
  case succeeded, stopped
  /// - Parameter isInput: whether its data or its model is at fault.
  case failed(String, isInput: Bool)
  /// It can continue when a person has done their part.
  case waiting(String)
  /// It diverged, and continues differently from an earlier step.
  case rolledBack(String)
}

/// Takes single stages to their end.
extension RunCarrier {
  /// Takes a stage to its end: from the result of another run, or from a job.
  func carryOut(_ step: PlanStep, _ record: StageRecord) async throws -> StageOutcome {
    if !step.forced, let origin = try reusable(step) {
      try store.adoptStage(
        lease, stage: record.id, from: origin.id, keys: newKeys(of: step, taking: origin))
      tellReused(
        step, step.action.isReuse ? step.reason : "reuse: same key as run \(origin.label)")
      return .succeeded
    }
    var reason = step.reason
    while true {
      let record = try store.stage(step.name, of: run)
      let job = try begin(step, record, reason)
      let outcome = try await carryOut(job, step, record)
      tell(outcome, step)
      guard case .rolledBack = outcome else { return outcome }
      reason = "resume: it was rolled back"
    }
  }

  private func carryOut(
    _ job: StageJob, _ step: PlanStep, _ record: StageRecord
  ) async throws -> StageOutcome {
    let recorder = Recorder(
      job, of: record, store: store, lease: lease, settings: settings, emit: emit)
    do {
      let end = try await executor.carryOut(job, for: recorder, until: settings.stop)
      return try conclude(end, of: job, step, recorder)
    } catch {
      tellBroken(step, error)
      throw error
    }
  }

  /// Stores the end of an attempt, and decides what follows for the stage.
  private func conclude(
    _ end: StageEnd, of job: StageJob, _ step: PlanStep, _ recorder: Recorder
  ) throws -> StageOutcome {
    switch end {
    case .finished(let output):
      try recorder.finish(
        output, changed: try plan.files.compactMap { try $0.change },
        keys: try recorder.reviewed.map { try newKeys(step, step.key.reviewed($0)) } ?? [])
      return .succeeded
    case .stopped:
      try recorder.interrupt(settings.stop.cause)
      return .stopped
    case .awaits(let review):
      try recorder.interrupt(review.description)
      return .waiting(review.description)
    case .diverged(let divergence):
      guard
        let next = job.policy.rollback(
          after: divergence, earlier: job.rollbacks, attempt: job.attempt)
      else { return try failed("\(divergence)", recorder) }
      try recorder.rollBack(next)
      return .rolledBack(next.words(of: job.policy.maxRollbacks))
    case .failed(let message, let isInput):
      return try failed(message, isInput: isInput, recorder)
    }
  }

  private func failed(
    _ message: String, isInput: Bool = false, _ recorder: Recorder
  ) throws -> StageOutcome {
    try recorder.fail(message)
    return .failed(message, isInput: isInput)
  }

  /// The finished stage with the same key, looked up again: another run may have finished it, or
  /// lost it, since the plan was made.
  private func reusable(_ step: PlanStep) throws -> EarlierStage? {
    guard
      let known = try store.cachedStage(key: step.key.digest)
        ?? (asksPeople(step) ? store.review(of: step.key, kind: step.kind) : nil),
      try store.hasOutputs(stage: known.id)
    else { return nil }
    return known
  }

  func asksPeople(_ step: PlanStep) -> Bool {
    catalog.kind(step.kind)?.asksPeople ?? false
  }

  /// A step under the key that its row now has.
  func withStoredKey(_ step: PlanStep) throws -> PlanStep {
    step.with(key: try StageKey(json: store.stage(step.name, of: run).components))
  }

  /// The keys of a stage with reviewed rows, and of the stages after it.
  private func newKeys(of step: PlanStep, taking origin: EarlierStage) throws -> [NewKey] {
    guard origin.key != step.key.digest else { return [] }
    return try newKeys(step, StageKey(json: origin.components))
  }

  private func newKeys(_ step: PlanStep, _ key: StageKey) throws -> [NewKey] {
    let stages = try store.stages(run: run.id)
    let current = try stages.map { ($0.name, try StageKey(json: $0.components)) }
    let keys = StageKey.following(step.name, is: key, among: current)
    return stages.compactMap { record in
      keys[record.name].map {
        NewKey(stage: record.id, key: $0.digest, components: $0.json)
      }
    }
  }

  /// Begins an attempt at a stage and makes its job.
  private func begin(
    _ step: PlanStep, _ record: StageRecord, _ reason: String
  ) throws -> StageJob {
    guard let kind = catalog.kind(step.kind) else {
      preconditionFailure("the loader checks that kind \(step.kind) exists")
    }
    let origin = try takeCheckpoints(step, record)
    let point = try store.resumePoint(lease, stage: record.id)
    let attempt = try store.beginAttempt(lease, stage: record.id, fromStep: point?.step ?? 0)
    var event = RunEvent(.stageStarted, run: run.id, stage: step.name)
    event.kind = step.kind
    event.step = point?.step ?? 0
    event.reason = origin.map { "resume: \($0.place)" } ?? reason
    emit(event)
    try tellDamage(record, resuming: point, told: event.reason ?? "")
    return StageJob(
      run: run.id, stage: step.name, attempt: attempt, kind: step.kind, revision: kind.revision,
      values: step.stage.values, seed: plan.recipe.seed(ofStage: step.name),
      numerics: step.key.numerics,
      inputs: try StageInputs(store: store, run: run, recipe: plan.recipe, catalog: catalog)
        .all(step, kind),
      resumePoint: point, rollbacks: try store.rollbacks(stage: record.id),
      policy: step.stage.policy,
      history: try history(of: record, for: step.stage.policy, through: point?.step ?? 0),
      checkpointSeconds: settings.checkpointSeconds, expectedSeconds: step.estimate?.seconds)
  }

  /// Earlier values of the metrics in guards.
  private func history(
    of record: StageRecord, for policy: StagePolicy, through step: Int
  ) throws -> [String: [Double?]] {
    var history: [String: [Double?]] = [:]
    for condition in policy.warnings + policy.limits
    where condition.times > max(1, history[condition.metric]?.count ?? 0) {
      history[condition.metric] = try store.recentMetrics(
        stage: record.id, name: condition.metric, through: step, count: condition.times)
    }
    return history
  }

  /// For a stage that was not tried yet: takes over the checkpoints that another run left for its key,
  /// looked up again, since that run may have died after the plan was made.
  private func takeCheckpoints(_ step: PlanStep, _ record: StageRecord) throws -> EarlierStage? {
    guard !step.forced, record.attempt == 0 else { return nil }
    try store.reconcile()
    let others = try store.earlierStages(key: step.key.digest).filter { $0.id != record.id }
    guard let origin = others.furthest else { return nil }
    try store.adoptCheckpoints(lease, stage: record.id, from: origin.id)
    return origin
  }
}
