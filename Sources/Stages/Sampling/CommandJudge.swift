import Datasets
import Foundation
import Recipes
import Tasks

/// A program as a judge of completions.
///
/// It is told `id`, `prompt` (as the model read it) and, of a conversation, its `messages`, `completion`,
/// `prefix`, `gold`, `answer`, `solution`, `type`, `finished` and the row's further `fields`, and says `{"id": 7, "score": 0.5}`, or `{"id": 7, "abstain": "why"}` for what it cannot
/// judge.
final class CommandJudge: Judge {
  private let program: JudgeProgram

  init(_ command: [CommandWord], name: String, timeout: Double, retries: Int = 0) {
    program = JudgeProgram(command, name: name, timeout: timeout, retries: retries)
  }

  func judge(_ samples: [JudgedSample]) -> [RewardOutcome] {
    samples.map { sample in
      program.ask(read: JudgeReply.outcome, JudgeRequest.completion(sample))
    }
  }
}

/// A program that judges: it stays up, reads a line of JSON a question and answers each with a line.
///
/// A reply that is late, of another shape or missing is an error outcome with the reason; then
/// the program is ended, and started again for the next question. One that is late or missing may be
/// asked for again before that. The program ends with the stage, however that ends: its input is closed,
/// and the kernel kills it when the stage's thread is gone.
final class JudgeProgram {
  private let command: [String]
  private let name: String
  /// For one question.
  private let timeout: Duration
  private let retries: Int
  private var program: LineProgram?
  private var lastID = 0

  /// The pause before the first retry; each further one is twice as long, up to the longest.
  private static let firstPause = Duration.milliseconds(500)
  private static let longestPause = Duration.seconds(30)

  /// What starting may take on top, imports and models included.
  private static let startAllowance = Duration.seconds(60)

  /// - Parameter retries: how often a question is asked again that got no answer.
  init(_ command: [CommandWord], name: String, timeout: Double, retries: Int = 0) {
    self.command = command.map(\.text)
    self.name = name
    self.timeout = .seconds(timeout)
    self.retries = retries
  }

  /// Asks a question, which gets a number.
  func ask(
    read: (Data, Int) throws -> RewardOutcome, _ question: [String: JSONValue]
  ) -> RewardOutcome {
    lastID += 1
    var pause = Self.firstPause
    var retriesLeft = retries
    while true {
      do {
        return try read(exchange(question, id: lastID), lastID)
      } catch is LineProgram.Failure where retriesLeft > 0 {
        // What has no answer may have one later: a service that is busy, a file that is not there yet.
        program = nil
        retriesLeft -= 1
        Self.wait(pause)
        pause = min(pause * 2, Self.longestPause)
      } catch {
        program = nil
        let tries =
          error is LineProgram.Failure && retries > 0 ? " (tried \(retries + 1) times)" : ""
        return .error("\(name): \(error)\(tries)")
      }
    }
  }

  private func exchange(_ question: [String: JSONValue], id: Int) throws -> Data {
    let isNew = program == nil
    let program = try self.program ?? LineProgram(command)
    self.program = program
    var line = ""
    JSONValue.object(question.merging(["id": .number(String(id))]) { $1 }).write(
      into: &line, compact: true)
    return try program.exchange(
      Data(line.utf8), timeout: isNew ? timeout + Self.startAllowance : timeout)
  }

  private static func wait(_ pause: Duration) {
    usleep(UInt32(pause / .microseconds(1)))
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

/// What a program is told, but for the question's number.
enum JudgeRequest {
  /// Of a completion.
  static func completion(_ judged: JudgedSample) -> [String: JSONValue] {
    let sample = judged.sample
    return row(judged.row).merging([
      "prompt": .string(sample.prompt), "completion": .string(sample.completion),
      "prefix": .string(sample.prefix), "finished": .bool(sample.finished),
    ]) { $1 }
  }

  /// Of a row, whatever is judged: no key for what it has not.
  static func row(_ row: Row) -> [String: JSONValue] {
    let texts = [
      "gold": row.gold, "answer": row.answer, "solution": row.solution,
      "type": row.fields["type"]?.text,
    ]
    var parts = texts.compactMapValues { $0.map(JSONValue.string) }
    parts["fields"] = .object(row.fields)
    if case .messages(let messages) = row.prompt {
      parts["messages"] = .array(messages.map(\.json))
    }
    return parts
  }
}

/// What a program answers.
struct JudgeReply: Decodable {
  let id: Int
  let score: Double?
  let abstain: String?
  let error: String?
  /// Of two replies: A>>B, A>B, A=B, B>A or B>>A.
  let verdict: String?

  struct Mistake: Error, CustomStringConvertible {
    let description: String
  }

  /// What a reply says of a completion.
  ///
  /// - Throws: `Mistake` when the line is not an answer to question `id`.
  static func outcome(_ line: Data, id: Int) throws -> RewardOutcome {
    let reply = try read(line, id: id, form: "{\"id\", \"score\"}")
    switch (reply.score, reply.abstain, reply.error) {
    case (let score?, nil, nil) where score.isFinite: return .score(score)
    case (nil, let reason?, nil): return .abstain(reason)
    case (nil, nil, let reason?): return .error(reason)
    default: throw Mistake(description: "the answer needs one of score, abstain and error")
    }
  }

  /// What a reply says of two completions.
  ///
  /// - Throws: `Mistake` when the line is not an answer to question `id`.
  static func comparison(_ line: Data, id: Int) throws -> RewardOutcome {
    let reply = try read(line, id: id, form: "{\"id\", \"verdict\"}")
    switch (reply.verdict, reply.score, reply.abstain, reply.error) {
    case (let label?, nil, nil, nil):
      guard let score = PairVerdict.margin(label: label) else {
        throw Mistake(description: "'\(label.prefix(20))' is none of A>>B, A>B, A=B, B>A, B>>A")
      }
      return .score(score)
    case (nil, let score?, nil, nil) where score.isFinite: return .score(score)
    case (nil, nil, let reason?, nil): return .abstain(reason)
    case (nil, nil, nil, let reason?): return .error(reason)
    default:
      throw Mistake(description: "the answer needs one of verdict, score, abstain and error")
    }
  }

  private static func read(_ line: Data, id: Int, form: String) throws -> JudgeReply {
    guard let reply = try? JSONDecoder().decode(JudgeReply.self, from: line) else {
      let text = String(decoding: line.prefix(60), as: UTF8.self)
      throw Mistake(description: "the answer is not \(form): \(text)")
    }
    guard reply.id == id else {
      throw Mistake(description: "it answered question \(reply.id) when asked \(id)")
    }
    return reply
  }
}
