import Foundation
import Recipes
import Tasks

/// A program that judges: it stays up, reads a line of JSON a completion and answers each with a line.
///
/// It is told `id`, `prompt`, `completion`, `prefix`, `gold`, `type`, `finished` and the row's further
/// `fields`, and says `{"id": 7, "score": 0.5}`, or `{"id": 7, "abstain": "why"}` for what it cannot
/// judge. A reply that is late, of another shape or missing is an error outcome with the reason; then
/// the program is ended, and started again for the next completion. It ends with the stage, however
/// that ends: its input is closed, and the kernel kills it when the stage's thread is gone.
final class CommandJudge: Judge {
  private let command: [String]
  private let name: String
  /// For one completion.
  private let timeout: Duration
  private var program: LineProgram?
  private var lastID = 0

  /// What starting may take on top, imports and models included.
  private static let startAllowance = Duration.seconds(60)

  init(_ command: [CommandWord], name: String, timeout: Double) {
    self.command = command.map(\.text)
    self.name = name
    self.timeout = .seconds(timeout)
  }

  func judge(_ samples: [RewardSample]) -> [RewardOutcome] { samples.map(judge) }

  private func judge(_ sample: RewardSample) -> RewardOutcome {
    lastID += 1
    do {
      let isNew = program == nil
      let program = try self.program ?? LineProgram(command)
      self.program = program
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      let reply = try program.exchange(
        encoder.encode(JudgeRequest(sample, id: lastID)),
        timeout: isNew ? timeout + Self.startAllowance : timeout)
      return try JudgeReply.outcome(reply, id: lastID)
    } catch {
      program = nil
      return .error("\(name): \(error)")
    }
  }
}

/// What a program is told of a completion.
private struct JudgeRequest: Encodable {
  let id: Int
  let prompt: String
  let completion: String
  let prefix: String
  let gold: String?
  let type: String?
  let finished: Bool
  let fields: [String: String]

  init(_ sample: RewardSample, id: Int) {
    self.id = id
    prompt = sample.prompt
    completion = sample.completion
    prefix = sample.prefix
    gold = sample.gold
    type = sample.type
    finished = sample.finished
    fields = sample.fields
  }
}

/// What a program answers.
struct JudgeReply: Decodable {
  let id: Int
  let score: Double?
  let abstain: String?
  let error: String?

  struct Mistake: Error, CustomStringConvertible {
    let description: String
  }

  /// - Throws: `Mistake` when the line is not an answer to question `id`.
  static func outcome(_ line: Data, id: Int) throws -> RewardOutcome {
    guard let reply = try? JSONDecoder().decode(JudgeReply.self, from: line) else {
      let text = String(decoding: line.prefix(60), as: UTF8.self)
      throw Mistake(description: "the answer is not {\"id\", \"score\"}: \(text)")
    }
    guard reply.id == id else {
      throw Mistake(description: "it answered question \(reply.id) when asked \(id)")
    }
    switch (reply.score, reply.abstain, reply.error) {
    case (let score?, nil, nil) where score.isFinite: return .score(score)
    case (nil, let reason?, nil): return .abstain(reason)
    case (nil, nil, let reason?): return .error(reason)
    default: throw Mistake(description: "the answer needs one of score, abstain and error")
    }
  }
}
