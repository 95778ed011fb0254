import Foundation
import TestSupport
import Testing
import Trace

@testable import Tasks

/// Answers that people judged, one by one: verifier, gold answer, answer and score.
private struct JudgedAnswer: Decodable {
  let verifier: String
  let gold: String
  let answer: String
  let score: Double

  init(from decoder: any Decoder) throws {
    var fields = try decoder.unkeyedContainer()
    verifier = try fields.decode(String.self)
    gold = try fields.decode(String.self)
    answer = try fields.decode(String.self)
    score = try fields.decode(Double.self)
  }
}

@Suite("Judged answers")
struct JudgedAnswersTests {
  @Test("verifiers judge as a reader would", arguments: Verifier.all.map(\.name))
  func judged(name: String) throws {
    let all: [JudgedAnswer] = try Repository.golden("judged.json")
    let answers = all.filter { $0.verifier == name }
    #expect(answers.count > 10)
    let verifier = try #require(Verifier.named(name))
    for item in answers {
      let text = Thoughts.removed(from: item.answer)
      #expect(
        verifier.verify(gold: item.gold, answer: text).outcome == .score(item.score),
        "\(item.gold) as \(item.answer.debugDescription)")
    }
  }
}
