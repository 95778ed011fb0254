import Recipes
import Storage

/// The events of a run's stages.
extension RunCarrier {
  /// Reports that a stage could have resumed from a later step, unless the plan knew it.
  func tellDamage(
    _ record: StageRecord, resuming point: ResumePoint?, told: String
  ) throws {
    let checkpoints = try store.checkpoints(stage: record.id)
    guard let damage = DamagedCheckpoint(checkpoints, resuming: point?.step),
      !told.contains(damage.words)
    else { return }
    var event = RunEvent(.log, run: run.id, stage: record.name)
    event.message =
      "\(damage.words): "
      + (point.map { "it continues from step \($0.step)" } ?? "it starts again")
    emit(event)
    try store.note(lease, stage: record.id, event.message ?? "")
  }

  func tellReused(_ step: PlanStep, _ reason: String) {
    var event = RunEvent(.stageReused, run: run.id, stage: step.name)
    event.kind = step.kind
    event.reason = reason
    emit(event)
  }

  func tellWaiting(_ step: PlanStep) throws {
    var event = RunEvent(.stageWaiting, run: run.id, stage: step.name)
    event.kind = step.kind
    event.reason =
      try store.worker(key: step.key.digest).map { "\($0.label) is training it" }
      ?? "another run has just started to train it"
    emit(event)
  }

  func tell(_ outcome: StageOutcome, _ step: PlanStep) {
    var event: RunEvent
    switch outcome {
    case .succeeded: event = RunEvent(.stageFinished, run: run.id, stage: step.name)
    case .stopped: event = RunEvent(.stageInterrupted, run: run.id, stage: step.name)
    case .failed(let message, _):
      event = RunEvent(.stageFailed, run: run.id, stage: step.name)
      event.message = message
    case .waiting(let message):
      event = RunEvent(.stageWaiting, run: run.id, stage: step.name)
      event.reason = message
    case .rolledBack(let message):
      event = RunEvent(.stageRolledBack, run: run.id, stage: step.name)
      event.message = message
    }
    event.kind = step.kind
    emit(event)
  }

  /// Says that a run cannot go on, for a reason other than its stage.
  func tellBroken(_ step: PlanStep, _ error: any Error) {
    var event = RunEvent(.stageInterrupted, run: run.id, stage: step.name)
    event.kind = step.kind
    event.message = "\(error)"
    emit(event)
  }
}
