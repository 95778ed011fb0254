import Foundation
import Recipes
import Settings
import Storage
import Trace

/// Everything that one try at a stage needs.
struct StageWork: Sendable {
  let store: Store
  let lease: Lease
  let record: StageRecord
  let attempt: Int
  let kind: any StageKind.Type
  let values: [String: ConfigValue]
  let policy: StagePolicy
  let rollbacks: [Rollback]
  let seed: UInt64
  let precision: String
  let inputs: [String: [StageInput]]
  let resumePoint: ResumePoint?
  let files: [OutsideFile]
  let settings: EngineSettings
  /// What is left of it takes, as far as earlier runs tell.
  let expectedSeconds: Double?
  /// The keys that stages of the run have once a person's answer, by its digest, is known.
  let keysAfterReview: @Sendable (String) throws -> [NewKey]
  let emit: @Sendable (RunEvent) -> Void
}

/// How a try at a stage ended.
enum StageEnd: Sendable {
  case succeeded, stopped
  /// - Parameter isInput: whether its data or its model is at fault.
  case failed(String, isInput: Bool = false)
  /// It can go on when a person has done what is said.
  case waiting(String)
  /// It diverged, and goes on from an earlier step, differently.
  case rolledBack(String)
  /// The store failed, not the stage: the run cannot go on.
  case broken(any Error)
}

extension StageWork {
  /// Runs the stage on a thread of its own, so that hours of arithmetic hold no thread of the
  /// concurrency pool and recursion has room.
  func run() async -> StageEnd {
    await withCheckedContinuation { continuation in
      let thread = Thread { continuation.resume(returning: carryOut()) }
      thread.name = record.name
      thread.stackSize = 64 << 20
      thread.start()
    }
  }

  private func carryOut() -> StageEnd {
    let writer = ProgressWriter(
      store: store, lease: lease, stage: record, attempt: attempt, stop: settings.stop,
      behind: policy.checkpointsBehind
    ) { step in
      var event = RunEvent(.checkpoint, run: record.run, stage: record.name)
      event.step = step
      emit(event)
    }
    let point = resumePoint.map { Checkpoint(step: $0.step, files: $0.files) }
    do {
      let context = try LiveContext(self, resumePoint: point, writer: writer)
      return try end(context, writer, Result { try run(kind, in: context) })
    } catch { return .broken(error) }
  }

  private func run<Kind: StageKind>(
    _ kind: Kind.Type, in context: LiveContext
  ) throws -> StageOutput {
    try Kind.run(Kind.Config(values: values), in: context)
  }

  private func end(
    _ context: LiveContext, _ writer: ProgressWriter, _ result: Result<StageOutput, any Error>
  ) throws -> StageEnd {
    try writer.drain()
    context.tellUnseen()
    let rest = context.takeBatch()
    do {
      let output = try result.get()
      try context.checkGuards()
      try finish(output, rest, keys: context.reviewed.map(keysAfterReview) ?? [])
      return .succeeded
    } catch let wait as AwaitsReview {
      try store.interruptStage(
        lease, stage: record.id, attempt: attempt, rest, cause: wait.description)
      return .waiting(wait.description)
    } catch is StageStopped where context.isLate && !settings.stop.isSet {
      return try fail(rest, "\(WorkflowError.late(policy.timeout ?? 0, step: rest.step))")
    } catch is StageStopped {
      try store.interruptStage(
        lease, stage: record.id, attempt: attempt, rest, cause: settings.stop.cause)
      return .stopped
    } catch let error as StorageError {
      throw error
    } catch let error as Divergence {
      guard let next = policy.rollback(after: error, earlier: rollbacks, attempt: attempt) else {
        return try fail(rest, "\(error)")
      }
      try store.rollBack(lease, stage: record, attempt: attempt, rest, next)
      return .rolledBack(next.words(of: policy.maxRollbacks))
    } catch {
      let isInput = (error as? any InputFault)?.isInputFault ?? false
      return try fail(rest, "\(error)", isInput: isInput)
    }
  }

  private func fail(
    _ rest: ProgressBatch, _ message: String, isInput: Bool = false
  ) throws -> StageEnd {
    try store.failStage(lease, stage: record.id, attempt: attempt, rest, message: message)
    return .failed(message, isInput: isInput)
  }

  private func finish(_ output: StageOutput, _ rest: ProgressBatch, keys: [NewKey]) throws {
    for port in kind.outputs where output.artifacts[port.name]?.files.isEmpty ?? true {
      throw WorkflowError.missingOutput(port.name, kind: kind.name)
    }
    let changed = try files.compactMap { try $0.change }
    var rest = rest
    rest.logs += changed.map {
      "\($0) while the run used it: the result is not shared"
    }
    try store.finishStage(
      lease, stage: record.id, attempt: attempt, rest,
      outputs: output.artifacts.mapValues(\.files), shared: changed.isEmpty, keys: keys)
  }
}
