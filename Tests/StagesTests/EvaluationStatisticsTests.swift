import Foundation
import Testing

@testable import Stages

@Suite("Evaluation statistics")
struct EvaluationStatisticsTests {
  @Test("pass@k is the part of all subsets that hold a correct sample")
  func passAtKGolden() throws {
    for golden in try EvaluationGolden.load().passAtK {
      let value = try #require(passAtK(n: golden.n, correct: golden.correct, k: golden.k))
      #expect(abs(value - golden.value) < 1e-13, "\(golden)")
    }
  }

  @Test("pass@k does not exist for more samples than there are")
  func passAtKTooMany() {
    #expect(passAtK(n: 4, correct: 4, k: 5) == nil)
    #expect(passAtK(n: 0, correct: 0, k: 1) == nil)
    #expect(passAtK(n: 4, correct: 4, k: 4) == 1)
  }

  @Test("maj@k scores the most frequent answer of the first k")
  func majority() {
    let answers = ["7", "8", "8", nil, "7", "7"]
    let scores = [1.0, 0, 0, 0, 1, 1]
    #expect(majorityAtK(answers: answers, scores: scores, k: 6) == 1)
    #expect(majorityAtK(answers: answers, scores: scores, k: 3) == 0)
    #expect(majorityAtK(answers: answers, scores: scores, k: 1) == 1)
    #expect(majorityAtK(answers: answers, scores: scores, k: 7) == nil)
  }

  @Test("a tie in maj@k is worth the mean over the answers that tie")
  func majorityTies() {
    #expect(majorityAtK(answers: ["7", "8"], scores: [1, 0], k: 2) == 0.5)
    #expect(
      majorityAtK(answers: ["7", "8", "9", "9", "8", "7"], scores: [1, 0, 0, 0, 0, 1], k: 6)
        == 1.0 / 3)
  }

  @Test("samples without an answer do not vote")
  func majorityUnparsed() {
    #expect(majorityAtK(answers: [nil, nil, "7"], scores: [0, 0, 1], k: 3) == 1)
    #expect(majorityAtK(answers: [nil, nil], scores: [0, 0], k: 2) == 0)
  }
}

/// Tests/Fixtures/evaluation.json, which evaluation.py makes.
private struct EvaluationGolden: Decodable {
  struct PassAtK: Decodable { let n: Int, correct: Int, k: Int, value: Double }

  let passAtK: [PassAtK]

  static func load() throws -> EvaluationGolden {
    let file = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../Fixtures/evaluation.json")
    return try JSONDecoder().decode(EvaluationGolden.self, from: Data(contentsOf: file))
  }
}
