import Datasets
import Foundation
import Host
import JSON
import Recipes
import Settings
import Tasks
import Workflow

/// A reward program: it keeps running, reads a line of JSON per question and answers each with a
/// line.
///
/// A late, malformed or missing reply is an error outcome with the reason; the program is then
/// killed, and started again for the next question. A late or missing reply may be asked for again
/// first. The program ends with the stage, however the stage ends.
final class JudgeProgram {
  private let program: any AnsweringProgram
  private let name: String
  private var lastID = 0
  /// Questions in a row without an answer in time or, for a program that never gave one, without
  /// any answer.
  private var silent = 0
  private var toldLines = 0

  /// After so many questions in a row without an answer the stage fails.
  static let mostSilent = 3
  private static let mostLines = 20

  init(
    _ command: [CommandWord], name: String, _ limits: AnswerLimits, by programs: any ProgramAccess
  ) {
    program = programs.program(command.map(\.text), limits)
    self.name = name
  }

  /// Asks a question, which gets a number.
  ///
  /// - Parameter failed: the answer that an error stands for.
  /// - Throws: `StageStopped`; `TrainingError` for a program that no longer answers.
  func ask<Answer>(
    read: (Data, Int) throws -> Answer, _ question: [String: JSONValue],
    in context: JudgingContext, failed: (String) -> Answer
  ) throws -> Answer {
    lastID += 1
    do {
      let line = try program.ask(
        Self.line(question, id: lastID), unless: context.mustStop,
        written: { tell($0, context) })
      silent = 0
      return try read(line, lastID)
    } catch is StoppedWaiting {
      throw StageStopped()
    } catch let failure as ProgramFailure {
      try requireAnswers(failure)
      let tries = failure.tries > 1 ? " (tried \(failure.tries) times)" : ""
      return failed("\(name): \(failure)\(tries)")
    } catch {
      program.end()
      return failed("\(name): \(error)")
    }
  }

  private static func line(_ question: [String: JSONValue], id: Int) -> Data {
    var line = ""
    JSONValue.object(JSONObject(question.merging(["id": .number(String(id))]) { $1 })).write(
      into: &line, compact: true)
    return Data(line.utf8)
  }

  /// Throws when one question after the other got no answer: waiting for each of them would take hours.
  private func requireAnswers(_ failure: ProgramFailure) throws {
    guard failure.isSilence else { return }
    silent += 1
    guard silent >= Self.mostSilent else { return }
    throw TrainingError(
      .reward,
      """
      the program '\(name)' answered none of \(silent) questions in a row; the last one: \(failure). \
      If a service that it calls was down, `regimen resume` asks again; if you correct the \
      program, or raise timeout or retries, `regimen run` runs the stage again
      """)
  }

  /// Puts what the program wrote to its standard error into the log, up to a point.
  private func tell(_ lines: [String], _ context: JudgingContext) {
    for line in lines where toldLines <= Self.mostLines {
      toldLines += 1
      context.log(
        toldLines > Self.mostLines
          ? "\(name) keeps writing to its standard error; the rest is not logged"
          : "\(name) writes: \(line)")
    }
  }
}

/// The settings of a program that judges, the same wherever a recipe names one.
enum JudgeCommand {
  /// What is wrong with the words of a command, if anything.
  static func problem(_ command: [CommandWord], field: String) -> ConfigProblem? {
    command.contains(where: \.isPath)
      ? nil
      : ConfigProblem(
        field, "no word is a file (./judge.py), so a change to the program would go unnoticed")
  }

  /// How often it is asked again.
  static func retries<Root: Configuration>(
    _ path: any WritableKeyPath<Root, Int> & Sendable
  ) -> Field<Root> {
    Field(
      "retries", path, range: 0...20,
      """
      How often a command that gave no answer (it ended, or was late) is started and asked again, \
      after 0.5, 1, 2, ... and at most 30 seconds.
      """)
  }
}
