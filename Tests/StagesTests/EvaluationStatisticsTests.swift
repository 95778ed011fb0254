import Foundation
import Randomness
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

  @Test("the Wilson interval agrees with scipy's")
  func wilson() throws {
    for golden in try EvaluationGolden.load().wilson {
      let interval = wilsonInterval(successes: golden.successes, of: golden.trials, z: golden.z)
      #expect(abs(interval.lowerBound - golden.low) < 1e-12, "\(golden)")
      #expect(abs(interval.upperBound - golden.high) < 1e-12, "\(golden)")
      if abs(golden.z - 1.96) < 0.001 {
        #expect(wilsonInterval(successes: golden.successes, of: golden.trials) == interval)
      }
    }
    #expect(wilsonInterval(successes: 0, of: 0) == 0...1)
  }

  @Test("quantiles agree with numpy's")
  func quantiles() throws {
    for golden in try EvaluationGolden.load().quantiles {
      #expect(abs(quantile(sorted: golden.values, golden.q) - golden.value) < 1e-14)
    }
  }

  @Test("mean, deviation and standard error agree with numpy and scipy")
  func moments() throws {
    for golden in try EvaluationGolden.load().moments {
      let moments = Moments(golden.values)
      #expect(abs(try #require(moments.mean) - golden.mean) <= 1e-14 * golden.mean)
      #expect(abs(try #require(moments.standardDeviation) - golden.std) < 1e-12)
      #expect(abs(try #require(moments.standardError) - golden.error) < 1e-12)
    }
    #expect(Moments([]).mean == nil)
    #expect(Moments([3]).mean == 3)
    #expect(Moments([3]).standardError == nil)
  }

  @Test("the bootstrap goes to the interval over all resamples, and to scipy's")
  func bootstrap() throws {
    for golden in try EvaluationGolden.load().bootstrap {
      let interval = bootstrapInterval(
        golden.values, stream: RandomStream(seed: 4), resamples: 40_000,
        confidence: golden.confidence)
      let spread = golden.high - golden.low
      #expect(abs(interval.lowerBound - golden.low) < 0.03 * spread, "\(interval) \(golden)")
      #expect(abs(interval.upperBound - golden.high) < 0.03 * spread, "\(interval) \(golden)")
    }
  }

  @Test("a bootstrap depends on its stream's key alone")
  func bootstrapSeed() {
    let values = (0..<40).map { Double($0 * $0 % 17) }
    var used = RandomStream(seed: 9)
    let first = bootstrapInterval(values, stream: used, resamples: 200)
    _ = used.next()
    #expect(bootstrapInterval(values, stream: used, resamples: 200) == first)
    #expect(bootstrapInterval(values, stream: RandomStream(seed: 10), resamples: 200) != first)
  }

  @Test("an estimate takes Wilson for 0 and 1, and the bootstrap for parts")
  func estimates() throws {
    let stream = RandomStream(seed: 1)
    let binary = try #require(Estimate(itemScores: [0, 1, 1, 0, 1], stream: stream))
    let wilson = wilsonInterval(successes: 3, of: 5)
    #expect(binary.method == .wilson)
    #expect(binary.value == 0.6)
    #expect(binary.low == wilson.lowerBound && binary.high == wilson.upperBound)

    let parts = [0.25, 0.5, 1, 0, 0.75, 0.5]
    let mean = try #require(Estimate(itemScores: parts, stream: stream, resamples: 500))
    let interval = bootstrapInterval(parts, stream: stream, resamples: 500)
    #expect(mean.method == .bootstrap)
    #expect(mean.value == 0.5)
    #expect(mean.low == interval.lowerBound && mean.high == interval.upperBound)

    // Several samples an item, none correct: a bootstrap would claim certainty.
    let nothing = try #require(Estimate(itemScores: [0, 0, 0, 0], stream: stream))
    #expect(nothing.method == .wilson)
    #expect(nothing.low == 0 && nothing.high > 0.4)
    #expect(Estimate(itemScores: [], stream: stream) == nil)
  }
}

/// Tests/Fixtures/evaluation.json, which evaluation.py makes with numpy and scipy.
private struct EvaluationGolden: Decodable {
  struct PassAtK: Decodable { let n: Int, correct: Int, k: Int, value: Double }
  struct Wilson: Decodable {
    let successes: Int, trials: Int
    let z: Double, low: Double, high: Double
  }
  struct Quantile: Decodable { let values: [Double], q: Double, value: Double }
  struct Spread: Decodable { let values: [Double], mean: Double, std: Double, error: Double }
  struct Bootstrap: Decodable {
    let values: [Double]
    let confidence: Double, low: Double, high: Double
  }

  let passAtK: [PassAtK]
  let wilson: [Wilson]
  let quantiles: [Quantile]
  let moments: [Spread]
  let bootstrap: [Bootstrap]

  static func load() throws -> EvaluationGolden {
    let file = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../Fixtures/evaluation.json")
    return try JSONDecoder().decode(EvaluationGolden.self, from: Data(contentsOf: file))
  }
}
