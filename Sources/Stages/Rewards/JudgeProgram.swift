import Datasets
import Foundation
import Recipes
import Settings
import Tasks
import Workflow

/// A program that judges: it stays up, reads a line of JSON a question and answers each with a line.
///
/// A reply that is late, of another shape or missing is an error outcome with the reason; then
/// the program is ended, and started again for the next question. One that is late or missing may be
/// asked for again before that. The program ends with the stage, however that ends.
final class JudgeProgram {
  private let command: [String]
  private let name: String
  /// For one question.
  private let timeout: Duration
  /// What starting may take on top, imports and models included: of a program that never answered, all
  /// its starts together; of one that did, each start, as long as its first answer took.
  private var startAllowance: Duration
  private let retries: Int
  private var program: LineProgram?
  private var lastID = 0
  /// Whether it ever gave a line.
  private var hasAnswered = false
  /// Questions in a row that got no answer in time, or, of a program that never gave one, none at all.
  private var silent = 0
  private var toldLines = 0

  /// The pause before the first retry; each further one is twice as long, up to the longest.
  private static let firstPause = Duration.milliseconds(500)
  private static let longestPause = Duration.seconds(30)

  /// After so many questions in a row without an answer nobody waits for the next one.
  static let mostSilent = 3
  private static let mostLines = 20

  /// - Parameters:
  ///   - retries: how often a question is asked again that got no answer.
  ///   - startAllowance: what the first start may take beside the time for its question.
  init(
    _ command: [CommandWord], name: String, timeout: Double, retries: Int = 0,
    startAllowance: Duration = .seconds(60)
  ) {
    self.command = command.map(\.text)
    self.name = name
    self.timeout = .seconds(timeout)
    self.retries = retries
    self.startAllowance = startAllowance
  }

  /// Asks a question, which gets a number.
  ///
  /// - Parameter failed: the answer that an error stands for.
  /// - Throws: `StageStopped`; `TrainingError` for a program that does not answer any more.
  func ask<Answer>(
    read: (Data, Int) throws -> Answer, _ question: [String: JSONValue],
    in context: JudgingContext, failed: (String) -> Answer
  ) throws -> Answer {
    lastID += 1
    var pause = Self.firstPause
    var retriesLeft = retries
    while true {
      do {
        defer { tellErrors(context) }
        let line = try exchange(question, id: lastID, context)
        silent = 0
        return try read(line, lastID)
      } catch is LineProgram.Failure where retriesLeft > 0 {
        // What has no answer may have one later: a service that is busy, a file that is not there yet.
        program = nil
        retriesLeft -= 1
        try Self.wait(pause, context)
        pause = min(pause * 2, Self.longestPause)
      } catch let stop as StageStopped {
        program = nil
        throw stop
      } catch {
        program = nil
        let failure = error as? LineProgram.Failure
        let tries = failure != nil && retries > 0 ? " (tried \(retries + 1) times)" : ""
        if let failure { try requireAnswers(failure) }
        return failed("\(name): \(error)\(tries)")
      }
    }
  }

  /// Throws when one question after the other got no answer: waiting for each of them would take hours.
  private func requireAnswers(_ failure: LineProgram.Failure) throws {
    guard failure.isLate || !hasAnswered else { return }
    silent += 1
    guard silent >= Self.mostSilent else { return }
    throw TrainingError(
      .reward,
      """
      the program '\(name)' answered none of \(silent) questions in a row; the last one: \(failure). \
      If something that it calls was down, `regimen resume` asks again; mend the program, or raise timeout \
      or retries, and `regimen run` makes the stage anew
      """)
  }

  private func exchange(
    _ question: [String: JSONValue], id: Int, _ context: JudgingContext
  ) throws -> Data {
    let isNew = program == nil
    let program = try self.program ?? LineProgram(command)
    self.program = program
    var line = ""
    JSONValue.object(JSONObject(question.merging(["id": .number(String(id))]) { $1 })).write(
      into: &line, compact: true)
    let start = ContinuousClock.now
    do {
      let answer = try program.exchange(
        Data(line.utf8), timeout: timeout, starting: isNew ? startAllowance : .zero,
        unless: context.mustStop)
      if !hasAnswered { startAllowance = min(startAllowance, start.duration(to: .now)) }
      hasAnswered = true
      return answer
    } catch {
      if !hasAnswered { startAllowance = max(.zero, startAllowance - start.duration(to: .now)) }
      throw error
    }
  }

  /// Puts what the program wrote to its standard error into the log, up to a point.
  private func tellErrors(_ context: JudgingContext) {
    for line in program?.takeErrorLines() ?? [] where toldLines <= Self.mostLines {
      toldLines += 1
      context.log(
        toldLines > Self.mostLines
          ? "\(name) writes on to its standard error; no more of it is logged"
          : "\(name) writes: \(line)")
    }
  }

  private static func wait(_ pause: Duration, _ context: JudgingContext) throws {
    let end = ContinuousClock.now + pause
    while ContinuousClock.now < end {
      if context.mustStop() { throw StageStopped() }
      usleep(20_000)
    }
  }
}

/// What a recipe says of a program that judges, alike wherever it names one.
enum JudgeCommand {
  /// What is wrong with the words of a command, if anything.
  static func problem(_ command: [CommandWord], field: String) -> ConfigProblem? {
    command.contains(where: \.isPath)
      ? nil
      : ConfigProblem(
        field, "no word is a file (./judge.py), so a change of the program would go unnoticed")
  }

  /// How often it is asked again.
  static func retries<Root: Configuration>(
    _ path: any WritableKeyPath<Root, Int> & Sendable
  ) -> Field<Root> {
    Field(
      "retries", path, range: 0...20,
      """
      How often a command that gave no answer (it ended, or was late) is started anew and asked again, \
      after 0.5, 1, 2, ... and at most 30 seconds.
      """)
  }
}
