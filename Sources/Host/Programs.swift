public import Foundation

/// Starts programs: a stage gets it from its executor.
public protocol ProgramAccess: Sendable {
  /// A program that answers lines; it is started at the first question.
  func program(_ command: [String], _ limits: AnswerLimits) -> any AnsweringProgram
}

/// How long a program may take for its answers.
public struct AnswerLimits: Sendable {
  /// For one question.
  public var timeout: Duration
  /// The extra time for starting, including imports and models: for a program that never answered,
  /// over all its starts together; for one that did, as long per start as its first answer took.
  public var start: Duration
  /// How often a question without an answer is asked again.
  public var retries: Int

  public init(timeout: Duration, start: Duration = .seconds(60), retries: Int = 0) {
    self.timeout = timeout
    self.start = start
    self.retries = retries
  }
}

/// A program that keeps running, reads one line per question and answers each with a line.
public protocol AnsweringProgram: AnyObject {
  /// Writes a line and reads the answer; a program that gives none is killed, started again and
  /// asked again, as often as its limits allow.
  ///
  /// - Parameters:
  ///   - mustStop: asked several times a second.
  ///   - written: gets the lines that the program wrote to its standard error.
  /// - Throws: `ProgramFailure`; `StoppedWaiting`.
  func ask(_ line: Data, unless mustStop: () -> Bool, written: ([String]) -> Void) throws -> Data
  /// Kills it, with all processes that it started; the next question starts it again.
  func end()
}

/// Why a program gave no answer.
public struct ProgramFailure: Error, CustomStringConvertible {
  public internal(set) var description: String
  /// Whether there may never be an answer: it was late, or the program never gave one.
  public internal(set) var isSilence = false
  /// How often it was asked.
  public internal(set) var tries = 1
}

/// Thrown if `mustStop` returned true.
public struct StoppedWaiting: Error {}

/// Programs on this machine.
public struct LocalPrograms: ProgramAccess {
  public init() {}

  public func program(_ command: [String], _ limits: AnswerLimits) -> any AnsweringProgram {
    RestartedProgram(command, limits)
  }
}

/// A `LineProgram` that is started at the first question and after a failure.
final class RestartedProgram: AnsweringProgram {
  private let command: [String]
  private let limits: AnswerLimits
  private var startAllowance: Duration
  private var program: LineProgram?
  /// Whether it ever gave a line.
  private var hasAnswered = false

  /// The pause before the first retry; each further one is twice as long, up to the longest.
  private static let firstPause = Duration.milliseconds(500)
  private static let longestPause = Duration.seconds(30)

  init(_ command: [String], _ limits: AnswerLimits) {
    self.command = command
    self.limits = limits
    startAllowance = limits.start
  }

  func end() { program = nil }

  func ask(
    _ line: Data, unless mustStop: () -> Bool, written: ([String]) -> Void
  ) throws -> Data {
    var pause = Self.firstPause
    for tries in 1... {
      do {
        defer { written(program?.takeErrorLines() ?? []) }
        return try exchange(line, mustStop)
      } catch var failure as ProgramFailure {
        // An answer may come later: a service may be busy, a file may not exist yet.
        program = nil
        failure.tries = tries
        failure.isSilence = failure.isSilence || !hasAnswered
        guard tries <= limits.retries else { throw failure }
        try Self.wait(pause, mustStop)
        pause = min(pause * 2, Self.longestPause)
      } catch {
        program = nil
        throw error
      }
    }
    preconditionFailure("a question is asked until it has an answer or none")
  }

  private func exchange(_ line: Data, _ mustStop: () -> Bool) throws -> Data {
    let isNew = program == nil
    let program = try self.program ?? LineProgram(command)
    self.program = program
    let start = ContinuousClock.now
    do {
      let answer = try program.exchange(
        line, timeout: limits.timeout, starting: isNew ? startAllowance : .zero, unless: mustStop)
      if !hasAnswered { startAllowance = min(startAllowance, start.duration(to: .now)) }
      hasAnswered = true
      return answer
    } catch {
      if !hasAnswered { startAllowance = max(.zero, startAllowance - start.duration(to: .now)) }
      throw error
    }
  }

  private static func wait(_ pause: Duration, _ mustStop: () -> Bool) throws {
    let end = ContinuousClock.now + pause
    while ContinuousClock.now < end {
      if mustStop() { throw StoppedWaiting() }
      usleep(20_000)
    }
  }
}
