import Datasets
import Foundation
import JSON
import Randomness
import Tasks
import TestSupport
import Testing
import Trace

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

  @Test("answers that are equal are one vote, and one row leaves a doubt")
  func equalAnswers() throws {
    func metrics(gold: String, _ contents: [String]) throws -> [String: Double] {
      let row = PromptRow(
        id: 0, row: .init(id: 0, prompt: .text("?"), gold: gold, verifier: "boxed"), text: "?")
      let rewards = try RewardSet(["accuracy"])
      let rollouts = contents.enumerated().map { number, content in
        var rollout = Rollout(
          prompt: PreparedPrompt(row: row, tokens: [1]), slot: 0, sample: number, number: number,
          completion: .completion("\\boxed{\(content)}", tokens: [2], logProbs: [0]),
          finished: true,
          rewards: [])
        rollout.rewards = [AccuracyReward().score(rollout.rewardSample(maxTokens: 8))]
        return rollout
      }
      var results = EvaluationResults(rewards: ["accuracy"])
      results.add(rollouts, samples: contents.count, rewards: rewards)
      let evolution = SelfEvolution(rollouts, groupSize: contents.count, rewards: rewards).values
      return results.metrics(k: [contents.count], stream: RandomStream(seed: 1))
        .merging(evolution) { first, _ in first }
    }
    let lists = try metrics(gold: "1,2", ["5", "5", "1, 2", "1, 2", "2, 1"])
    #expect(lists["maj@5"] == 1 && lists["completions/distinct_answers"] == 2)
    #expect(try #require(lists["pass@1/low"]) < 0.3 && #require(lists["pass@1/high"]) > 0.8)
    let thirds = try metrics(
      gold: "1/3", ["5", "5", "5", "\\frac13", "1/3", "0.3333333", "0.33333333"])
    #expect(thirds["maj@7"] == 1 && thirds["completions/distinct_answers"] == 2)
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

  static func load() throws -> EvaluationGolden { try Repository.golden("evaluation.json") }
}
