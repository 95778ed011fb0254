import Foundation
import Settings
import TestSupport
import Testing
import Trace

@testable import Tasks

/// Tests/Fixtures/rewards.json, made by rewards.py.
private struct RewardGolden: Decodable {
  struct Repetition: Decodable {
    let tokens: [Int32], size: Double, maxPenalty: Double, score: Double
  }
  struct Overlong: Decodable { let length: Int, longest: Double, cache: Double, score: Double }
  struct Cosine: Decodable { let length: Int, correct: Bool, score: Double }
  struct Length: Decodable { let lengths: [Int], correct: [Int], scores: [Double] }
  let repetition: [Repetition]
  let overlong: [Overlong]
  let cosine: [Cosine]
  let length: [Length]

  static func load() throws -> RewardGolden { try Repository.golden("rewards.json") }
}

@Suite("Rewards that look at length and form")
struct ShapedRewardTests {
  private func sample(_ tokens: Int, correct: Bool = true) -> RewardSample {
    RewardSample(
      completion: correct ? "42" : "41", gold: "42", verifier: "numeric",
      tokens: [Int32](repeating: 7, count: tokens), maxTokens: 1000)
  }

  private func isNear(_ outcome: RewardOutcome, _ score: Double) -> Bool {
    outcome.score.map { abs($0 - score) < 1e-12 } ?? false
  }

  @Test("repetition and overlong penalties are TRL's")
  func penalties() throws {
    let golden = try RewardGolden.load()
    #expect(golden.repetition.count == 54 && golden.overlong.count == 33)
    for expected in golden.repetition {
      let reward = try RewardCatalog.make(
        "repetition_penalty", ["ngram_size": expected.size, "max_penalty": expected.maxPenalty])
      let sample = RewardSample(completion: "", tokens: expected.tokens)
      #expect(isNear(reward.score(sample), expected.score), "\(expected)")
    }
    for expected in golden.overlong {
      let reward = try RewardCatalog.make(
        "soft_overlong_punishment",
        ["max_completion_len": expected.longest, "soft_punish_cache": expected.cache])
      #expect(isNear(reward.score(sample(expected.length)), expected.score), "\(expected)")
    }
  }

  @Test("the cosine and length rewards are open-r1's, over tokens")
  func lengths() throws {
    let golden = try RewardGolden.load()
    #expect(golden.cosine.count == 14 && golden.length.count == 4)
    for expected in golden.cosine {
      let outcome = RewardCatalog.named("cosine")?.score(
        sample(expected.length, correct: expected.correct))
      #expect(isNear(try #require(outcome), expected.score), "\(expected)")
    }
    let reward = try #require(RewardCatalog.named("length") as? any GroupReward)
    for expected in golden.length {
      let outcomes = reward.score(
        group: zip(expected.lengths, expected.correct).map { sample($0, correct: $1 == 1) })
      #expect(zip(outcomes, expected.scores).allSatisfy(isNear), "\(expected)")
    }
  }

  @Test("without a length at which completions are cut, and without a gold answer, they abstain")
  func abstains() throws {
    for name in ["cosine", "soft_overlong_punishment"] {
      let outcome = RewardCatalog.named(name)?.score(
        RewardSample(completion: "42", gold: "42", verifier: "numeric"))
      #expect(outcome?.name == "abstain")
    }
    for name in ["cosine", "length"] {
      let outcome = RewardCatalog.named(name)?.score(RewardSample(completion: "42", maxTokens: 9))
      #expect(outcome == .abstain("accuracy cannot judge the row"))
    }
  }

  @Test(
    "an answer that only looks right gains nothing by being short",
    arguments: [
      "", "<answer></answer>", "<think>42</think>", "<answer>42</answer><answer>41</answer>",
      "<think><answer>42</answer></think>", "<think><think>42</think>", "99**98**97",
      "<answer>4</answer>2", String(repeating: "9", count: 1_000_000),
    ])
  func shortAndWrong(completion: String) throws {
    let wrong = RewardSample(
      completion: completion, gold: "42", verifier: "numeric", tokens: [1], maxTokens: 1000)
    #expect((RewardCatalog.named("cosine")?.score(wrong).score ?? 1) < -0.5)
    let group = try #require(RewardCatalog.named("length") as? any GroupReward)
    #expect(group.score(group: [wrong, sample(500)])[0] == .score(0))
  }

  @Test(
    "tags count once, in order",
    arguments: [
      ("<think>a</think><answer>b</answer>", 1), ("<think>a</think> b", 0.5), ("", 0), ("42", 0),
      ("<think>a</think><think>b</think><answer>c</answer>", 0.5),
      ("<answer>c</answer><think>a</think>", 0.5), ("</think><think>", 0.25),
      ("<think><think>a</think></think>", 0), ("<THINK>a</THINK>", 0),
      (String(repeating: "<answer>", count: 1000), 0), ("<answer></answer>", 0.5),
    ] as [(String, Double)])
  func tagCount(text: String, score: Double) {
    #expect(
      RewardCatalog.named("tag_count")?.score(RewardSample(completion: text)) == .score(score))
  }

  @Test("parameters are checked by name and range")
  func parameters() {
    #expect(throws: ParameterError.self) { try RewardCatalog.make("cosine", ["max_len": -1]) }
    #expect(throws: ParameterError.self) { try RewardCatalog.make("format", ["max_len": 1]) }
    #expect(throws: ParameterError.self) { try RewardCatalog.make("nope") }
    for type in RewardCatalog.all {
      #expect(
        type.parameters.allSatisfy { field in
          Double(configValue: field.defaultValue).map(field.allows) ?? false
        })
    }
  }
}
