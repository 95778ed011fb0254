import Datasets
import Foundation
import Host
import JSON
import Recipes
import Settings
import Tasks
import Trace

/// A program that scores completions.
///
/// It gets `id`, `prompt` (as the model read it) and, for a conversation, its `messages`,
/// `completion`,
/// `completion_ids`, `prefix`, `gold`, `answer`, `solution`, `type`, `finished` and the row's further
/// `fields`, and answers `{"id": 7, "score": 0.5}`, or `{"id": 7, "abstain": "why"}` if it cannot
/// score. For a group, it gets `completions`, `completion_ids` and `finished` of all completions of
/// a prompt, and answers `{"id": 7, "scores": [0.5, null]}`.
final class CommandJudge: Judge {
  private let program: JudgeProgram

  init(
    _ command: [CommandWord], name: String, _ limits: AnswerLimits, by programs: any ProgramAccess
  ) {
    program = JudgeProgram(command, name: name, limits, by: programs)
  }

  func judge(_ samples: [JudgedSample], in context: JudgingContext) throws -> [RewardOutcome] {
    try samples.enumerated().map { place, sample in
      defer { context.answered(place + 1) }
      return try program.ask(
        read: JudgeReply.outcome, JudgeRequest.completion(sample), in: context,
        failed: RewardOutcome.error)
    }
  }

  /// One outcome for each completion of a prompt, from one question.
  func judge(group: [JudgedSample], in context: JudgingContext) throws -> [RewardOutcome] {
    try program.ask(
      read: { try JudgeReply.outcomes($0, id: $1, count: group.count) }, JudgeRequest.group(group),
      in: context, failed: { reason in group.map { _ in .error(reason) } })
  }
}

/// The question to a program, without its number.
enum JudgeRequest {
  /// Of a completion.
  static func completion(_ judged: JudgedSample) -> [String: JSONValue] {
    let sample = judged.sample
    return row(judged).merging([
      "completion": .string(sample.completion), "completion_ids": ids(sample),
      "finished": .bool(sample.finished),
    ]) { $1 }
  }

  /// For all completions of a prompt: lists for what differs between them.
  static func group(_ group: [JudgedSample]) -> [String: JSONValue] {
    guard let first = group.first else { return [:] }
    return row(first).merging([
      "completions": .array(group.map { .string($0.sample.completion) }),
      "completion_ids": .array(group.map { ids($0.sample) }),
      "finished": .array(group.map { .bool($0.sample.finished) }),
    ]) { $1 }
  }

  /// The part about the row, without keys that it does not have.
  static func row(_ row: Row) -> [String: JSONValue] {
    let texts = [
      "gold": row.gold, "answer": row.answer, "solution": row.solution,
      "type": row.fields["type"]?.text,
    ]
    var parts = texts.compactMapValues { $0.map(JSONValue.string) }
    parts["fields"] = .object(JSONObject(row.fields))
    if case .messages(let messages) = row.prompt {
      parts["messages"] = .array(messages.map(\.json))
    }
    return parts
  }

  private static func row(_ judged: JudgedSample) -> [String: JSONValue] {
    row(judged.row).merging([
      "prompt": .string(judged.sample.prompt), "prefix": .string(judged.sample.prefix),
    ]) { $1 }
  }

  private static func ids(_ sample: RewardSample) -> JSONValue {
    .array(sample.tokens.map { .number(String($0)) })
  }
}
