import Foundation
import Trace

/// Carries out stages, in this process or elsewhere, and writes no row.
protocol StageExecutor: Sendable {
  /// Takes a stage from its job to its end.
  ///
  /// - Parameters:
  ///   - owner: receives the events of the stage.
  ///   - stop: set to stop at the next step.
  /// - Throws: errors outside the stage: its owner could not write, or an object of the workspace
  ///   is damaged. The run then cannot continue.
  func carryOut(
    _ job: StageJob, for owner: any StageOwner, until stop: StopFlag
  ) async throws -> StageEnd
}

/// The process that owns a run, as the executor of one of its stages sees it.
///
/// Calls come one after another.
protocol StageOwner: Sendable {
  /// Receives an event of the stage, in order.
  func receive(_ event: StageEvent)
  /// Makes a checkpoint durable in the background, with everything reported before it; its files
  /// are read until `waitUntilTaken` returns.
  func save(_ checkpoint: Checkpoint)
  /// Waits until the files of the last checkpoint have been read.
  func waitUntilTaken()
  /// Whether a checkpoint is being written.
  var isSaving: Bool { get }
  /// Processor seconds that saving took since the last call.
  func takeSpent() -> Double
  /// Throws an error from the background.
  func check() throws
  /// Waits until all data is durable; throws if some could not be written.
  func drain() throws

  /// Stored samples of a step from earlier attempts.
  func storedSamples(step: Int) throws -> [Sample]
  /// Gives rows to a person; see `StageContext.review`.
  func review(_ rows: Data) throws -> (rows: Data, path: String)
}

/// How an attempt at a stage ended, before it is stored.
enum StageEnd: Sendable {
  case finished(StageOutput)
  case stopped
  case awaits(AwaitsReview)
  case diverged(Divergence)
  /// - Parameter isInput: whether its data or its model is at fault.
  case failed(String, isInput: Bool = false)
}
