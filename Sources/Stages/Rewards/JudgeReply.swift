import Foundation
import Tasks
import Trace

/// What a program answers.
struct JudgeReply: Decodable {
  let id: Int
  let score: Double?
  /// Of the completions of a prompt; null is an abstention.
  let scores: [Double?]?
  let abstain: String?
  let error: String?
  /// Of two replies: A>>B, A>B, A=B, B>A or B>>A.
  let verdict: String?

  struct Mistake: Error, CustomStringConvertible {
    let description: String
  }

  /// The outcome of a completion in a reply.
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

  /// The outcomes of `count` completions of a prompt in a reply.
  ///
  /// - Throws: `Mistake` when the line is not an answer to question `id`.
  static func outcomes(_ line: Data, id: Int, count: Int) throws -> [RewardOutcome] {
    let reply = try read(line, id: id, form: "{\"id\", \"scores\"}")
    switch (reply.scores, reply.abstain, reply.error) {
    case (let scores?, nil, nil):
      guard scores.count == count else {
        throw Mistake(description: "\(scores.count) scores for \(count) completions")
      }
      return scores.map { $0.map(RewardOutcome.score) ?? .abstain("the program gave no score") }
    case (nil, let reason?, nil): return Array(repeating: .abstain(reason), count: count)
    case (nil, nil, let reason?): return Array(repeating: .error(reason), count: count)
    default: throw Mistake(description: "the answer needs one of scores, abstain and error")
    }
  }

  /// The outcome of a pair of completions in a reply.
  ///
  /// - Throws: `Mistake` when the line is not an answer to question `id`.
  static func comparison(_ line: Data, id: Int) throws -> RewardOutcome {
    let reply = try read(line, id: id, form: "{\"id\", \"verdict\"}")
    switch (reply.verdict, reply.score, reply.abstain, reply.error) {
    case (let label?, nil, nil, nil):
      guard let score = PairVerdict.margin(label: label) else {
        throw Mistake(description: "'\(label.prefix(20))' is not one of A>>B, A>B, A=B, B>A, B>>A")
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
