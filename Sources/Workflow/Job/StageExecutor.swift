import Foundation
import Trace

/// Carries out stages, in this process or elsewhere, and writes no row.
protocol StageExecutor: Sendable {
  /// Takes a stage from its job to its end.
  ///
  /// - Parameters:
  ///   - owner: is told what the stage reports.
  ///   - stop: set to stop at the next step.
  /// - Throws: what is at fault other than the stage: its owner could not write, or an object of the
  ///   workspace is damaged. The run cannot go on then.
  func carryOut(
    _ job: StageJob, for owner: any StageOwner, until stop: StopFlag
  ) async throws -> StageEnd
}

/// The process that owns a run, as the executor of one of its stages sees it.
///
/// Calls come one after another.
protocol StageOwner: Sendable {
  /// Takes note of what the stage reports; keeps the order.
  func receive(_ event: StageEvent)
  /// Makes a checkpoint durable with all that was reported before it, behind the stage's back.
  func save(_ checkpoint: Checkpoint)
  /// Whether a checkpoint is on its way to the disk.
  var isSaving: Bool { get }
  /// Processor seconds that saving took since the last time this was asked.
  func takeSpent() -> Double
  /// Throws what went wrong in the background.
  func check() throws
  /// Waits until everything handed over is durable; throws if something was not.
  func drain() throws

  /// Samples of a step that earlier tries left.
  func storedSamples(step: Int) throws -> [Sample]
  /// Hands rows to a person; see `StageContext.review`.
  func review(_ rows: Data) throws -> (rows: Data, path: String)
}

/// How a try at a stage ended, before anything of that is written down.
enum StageEnd: Sendable {
  case finished(StageOutput)
  case stopped
  case awaits(AwaitsReview)
  case diverged(Divergence)
  /// - Parameter isInput: whether its data or its model is at fault.
  case failed(String, isInput: Bool = false)
}
