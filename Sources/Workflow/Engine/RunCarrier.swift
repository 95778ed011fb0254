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
      case .broken(let error): throw error
      }
      if !settings.keepGoing { break }
    }
    // The first to fail is what the others are blocked by; what only waits is no failure.
    let culprits = plan.steps.map(\.name).filter { failures[$0]?.isBlocked == false }
    let first = culprits.first { failures[$0]?.isWaiting == false } ?? culprits.first
    let obstacle = first.flatMap { failures[$0] }
    let message = obstacle.map { "stage '\(first ?? "")' \($0.words)" }
    return try end(
      obstacle.map { $0.isWaiting ? .interrupted : .failed } ?? .succeeded, message,
      isInput: obstacle?.isInput ?? false)
  }

  /// Why what depends on a stage cannot be done.
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

  /// The first of a step's inputs that cannot be had.
  private func obstacle(
    to step: PlanStep, _ failures: [String: Obstacle]
  ) -> (culprit: String, Obstacle)? {
    step.upstream.lazy.compactMap { name in failures[name].map { (name, $0) } }.first
  }

  /// Why what depends on a finished stage must wait; told as an event.
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

  /// The steps that are still to be carried out; the gates of the others are looked at again.
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
      // What was asked for anew is nobody else's, and what is blocked needs no right.
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

  private func carryOut(_ step: PlanStep, _ record: StageRecord) async throws -> StageEnd {
    if !step.forced, let origin = try reusable(step) {
      try store.adoptStage(
        lease, stage: record.id, from: origin.id, keys: newKeys(of: step, taking: origin))
      tellReused(
        step, step.action.isReuse ? step.reason : "reuse: same key as run \(origin.label)")
      return .succeeded
    }
    var reason = step.reason
    while true {
      let work = try begin(step, try store.stage(step.name, of: run), reason)
      let end = await work.run()
      tell(end, step)
      guard case .rolledBack = end else { return end }
      reason = "resume: it was rolled back"
    }
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

  private func asksPeople(_ step: PlanStep) -> Bool {
    catalog.kind(step.kind)?.asksPeople ?? false
  }

  /// A step under the key that its row holds by now.
  private func withStoredKey(_ step: PlanStep) throws -> PlanStep {
    step.with(key: try StageKey(json: store.stage(step.name, of: run).components))
  }

  /// The keys of a stage that takes over what a person made of its rows, and of those after it.
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

  private func begin(
    _ step: PlanStep, _ record: StageRecord, _ reason: String
  ) throws -> StageWork {
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
    return StageWork(
      store: store, lease: lease, record: record, attempt: attempt, kind: kind,
      values: step.stage.values, policy: step.stage.policy,
      rollbacks: try store.rollbacks(stage: record.id), seed: plan.recipe.seed(ofStage: step.name),
      precision: step.key.precision,
      inputs: try StageInputs(store: store, run: run, recipe: plan.recipe, catalog: catalog)
        .all(step, kind),
      resumePoint: point, files: plan.files, settings: settings,
      expectedSeconds: step.estimate?.seconds,
      keysAfterReview: { try newKeys(step, step.key.reviewed($0)) }, emit: emit)
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

  private func block(_ record: StageRecord, by culprit: String, _ obstacle: Obstacle) throws {
    // What failed says why itself; a gate has no row of its own.
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

  @Sendable func emit(_ event: RunEvent) { for sink in sinks { sink.receive(event) } }
}
