public import Foundation
public import Host
public import Trace

/// Everything a stage may touch.
///
/// Calls come from the stage's own thread; none returns before what it promises is in memory, and
/// `save` is what makes steps durable.
public protocol StageContext {
  /// The stage's name in the recipe.
  var stage: String { get }
  /// From the recipe's seed and the stage's name: variants share it (common random numbers).
  var seed: UInt64 { get }
  /// What the factors of matrix products are held in, as resolved: "f32" or "bf16".
  var precision: String { get }
  /// The newest good checkpoint of this stage, when it is resumed.
  var resumePoint: Checkpoint? { get }
  /// What the stage does differently since it diverged; see `isSkipped` and `learningRateFactor`.
  var rollbacks: [Rollback.Change] { get }
  /// Starts the programs that a recipe names.
  var programs: any ProgramAccess { get }
  /// What the recipe gives an input port; empty when it leaves the port out.
  func inputs(_ port: String) -> [StageInput]

  /// Tells how long the stage is, for progress and ETA.
  func begin(totalSteps: Int, unit: String)
  /// Tells where the stage is inside a step, for people who watch: "sampled", 5 of 8. Cheap enough for
  /// every completion.
  func progress(_ phase: String, done: Int, of total: Int)
  /// Where the stage tells what it is doing; `step_time` and `time/PHASE` of each step come from it.
  var timer: StepTimer { get }
  /// Metrics of a step (updates are counted from 1; 0 for what belongs to no step).
  func record(step: Int, _ metrics: [String: Double])
  /// Sampled completions of a step.
  func record(_ samples: [Sample])
  /// Sampled rows already stored for a step by an attempt that was interrupted inside it.
  func storedSamples(step: Int) throws -> [Sample]
  /// Scores of single items of an evaluation.
  func record(_ items: [Item])
  /// A note for the log: what happened, in a sentence.
  func log(_ message: String)

  /// Hands rows to a person and gives back what they made of them, with the path of their file; only
  /// for kinds that say `asksPeople`. Throws `AwaitsReview` while that file is not there.
  func review(_ rows: Data) throws -> (rows: Data, path: String)

  /// Called at the end of every step: saves when a checkpoint is due (often enough to lose little,
  /// rarely enough to cost below 1 % of the time) or a stop was asked for; then throws
  /// `StageStopped` in the latter case.
  func stepDone(_ step: Int, checkpoint: () throws -> Checkpoint) throws
  /// Whether a person asked to stop, and stopping inside the step loses nothing that was finished; to be
  /// read inside long steps.
  var shouldStop: Bool { get }
  /// Whether a person asked to stop, and waits that have no end of their own must end: at once where that
  /// loses nothing, else after a moment in which the step may be finished and saved.
  var mustStop: Bool { get }
}

extension StageContext {
  public func progress(_ phase: String, done: Int, of total: Int) {}
  public var mustStop: Bool { shouldStop }

  /// Throws `StageStopped` if a stop was asked for: the unfinished step is dropped.
  public func checkStop() throws {
    if shouldStop { throw StageStopped() }
  }

  /// Carries out the steps that are left, from the one behind the resume point on; each ends with
  /// `stepDone`.
  ///
  /// - Parameters:
  ///   - checkpoint: what a step leaves, where it is to be saved.
  ///   - step: is given the step's number, counted from 1.
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

/// Thrown by a stage that can go on only when a person has done their part.
public struct AwaitsReview: Error, CustomStringConvertible {
  /// What the person is to look at, and where they leave what they make of it.
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

/// What a stage throws when what it was given is at fault, its data or its model, rather than the
/// training: the command then ends with the status for bad input.
public protocol InputFault: Error {
  var isInputFault: Bool { get }
}

/// Thrown by a stage that stopped because it was asked to.
public struct StageStopped: Error {
  public init() {}
}
