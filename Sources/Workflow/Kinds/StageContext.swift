public import Foundation
public import Host
public import Trace

/// Everything a stage may touch.
///
/// Calls come from the stage's own thread. None returns before its data is in memory; `save` makes
/// steps durable.
public protocol StageContext {
  /// The stage's name in the recipe.
  var stage: String { get }
  /// From the recipe's seed and the stage's name: variants share it (common random numbers).
  var seed: UInt64 { get }
  /// The resolved type of the factors of matrix products: "f32" or "bf16".
  var precision: String { get }
  /// The newest good checkpoint of this stage, when it is resumed.
  var resumePoint: Checkpoint? { get }
  /// What the stage does differently since it diverged; see `isSkipped` and `learningRateFactor`.
  var rollbacks: [Rollback.Change] { get }
  /// Starts the programs that a recipe names.
  var programs: any ProgramAccess { get }
  /// The inputs that the recipe gives a port; empty if it leaves the port out.
  func inputs(_ port: String) -> [StageInput]

  /// Reports the length of the stage, for progress and ETA.
  func begin(totalSteps: Int, unit: String)
  /// Reports the progress inside a step: "sampled", 5 of 8. Cheap enough for every completion.
  func progress(_ phase: String, done: Int, of total: Int)
  /// The timer that the stage tells its current phase; `step_time` and `time/PHASE` of each step
  /// come from it.
  var timer: StepTimer { get }
  /// Metrics of a step (updates are counted from 1; 0 for values outside the steps).
  func record(step: Int, _ metrics: [String: Double])
  /// Sampled completions of a step.
  func record(_ samples: [Sample])
  /// Sampled rows already stored for a step by an attempt that was interrupted inside it.
  func storedSamples(step: Int) throws -> [Sample]
  /// Scores of single items of an evaluation.
  func record(_ items: [Item])
  /// Writes a sentence to the log.
  func log(_ message: String)

  /// Gives rows to a person and returns the edited rows, with the path of their file; only for
  /// kinds with `asksPeople`. Throws `AwaitsReview` while that file does not exist.
  func review(_ rows: Data) throws -> (rows: Data, path: String)

  /// Called at the end of every step: saves if it is time for a checkpoint (often enough to lose
  /// little, rarely enough to take less than 1 % of the time) or if a stop was requested; in the
  /// latter case it then throws `StageStopped`. The files are read while the stage goes on, until
  /// `waitForCheckpoint` returns.
  func stepDone(_ step: Int, checkpoint: () throws -> Checkpoint) throws
  /// Waits until the files of the last checkpoint have been read; called before weights, moments
  /// or whatever else they are made from change.
  func waitForCheckpoint()
  /// Whether a stop was requested, and stopping inside the step loses nothing that was finished;
  /// for use inside long steps.
  var shouldStop: Bool { get }
  /// Whether a person asked to stop, and waits that have no end of their own must end: at once where that
  /// loses nothing, else after a moment in which the step may be finished and saved.
  var mustStop: Bool { get }
}

extension StageContext {
  public func progress(_ phase: String, done: Int, of total: Int) {}
  public var mustStop: Bool { shouldStop }

  /// Throws `StageStopped` if a stop was requested: the unfinished step is dropped.
  public func checkStop() throws {
    if shouldStop { throw StageStopped() }
  }

  /// Carries out the remaining steps, starting after the resume point; each ends with `stepDone`.
  ///
  /// - Parameters:
  ///   - checkpoint: makes the checkpoint of a step, when one is saved.
  ///   - step: gets the step's number, counted from 1.
  public func eachStep(
    of total: Int, unit: String, checkpoint: (Int) throws -> Checkpoint,
    _ step: (Int) throws -> Void
  ) throws {
    begin(totalSteps: total, unit: unit)
    for number in stride(from: (resumePoint?.step ?? 0) + 1, through: total, by: 1) {
      try step(number)
      try stepDone(number) { try checkpoint(number) }
    }
  }

  /// The only input of a required port.
  public func input(_ port: String) -> StageInput {
    guard let input = inputs(port).first else {
      preconditionFailure("stage \(stage) has no input '\(port)'; the loader checks this")
    }
    return input
  }
}

/// Thrown by a stage that can continue only when a person has done their part.
public struct AwaitsReview: Error, CustomStringConvertible {
  /// The file to review, and the path of the answer.
  public let asked: String
  public let answer: String

  public init(asked: String, answer: String) {
    self.asked = asked
    self.answer = answer
  }

  public var description: String {
    "a person is asked: edit a copy of \(asked), save it as \(answer), and resume the run"
  }
}

/// Thrown by a stage whose data or model is invalid, as opposed to its training: the command then
/// ends with the status for bad input.
public protocol InputFault: Error {
  var isInputFault: Bool { get }
}

/// Thrown by a stage that stopped on request.
public struct StageStopped: Error {
  public init() {}
}
