import Foundation
import Randomness
import TestSupport
import Testing

@testable import Statistics

@Suite("Means and their intervals")
struct IntervalsTests {
  @Test("the Wilson interval agrees with scipy's")
  func wilson() throws {
    for golden in try IntervalsGolden.load().wilson {
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
    for golden in try IntervalsGolden.load().quantiles {
      #expect(abs(quantile(sorted: golden.values, golden.q) - golden.value) < 1e-14)
    }
  }

  @Test("mean, deviation and standard error agree with numpy and scipy")
  func moments() throws {
    for golden in try IntervalsGolden.load().moments {
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
    for golden in try IntervalsGolden.load().bootstrap {
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

  @Test("an estimate takes Wilson for 0 and 1, and the bootstrap for parts of enough items")
  func estimates() throws {
    let stream = RandomStream(seed: 1)
    let binary = try #require(Estimate(itemScores: [0, 1, 1, 0, 1], stream: stream))
    let wilson = wilsonInterval(successes: 3, of: 5)
    #expect(binary.method == .wilson)
    #expect(binary.value == 0.6)
    #expect(binary.low == wilson.lowerBound && binary.high == wilson.upperBound)

    let parts = (0..<16).map { Double($0 % 5) / 4 }
    let mean = try #require(
      Estimate(itemScores: parts, samples: 64, stream: stream, resamples: 500))
    let interval = bootstrapInterval(parts, stream: stream, resamples: 500)
    #expect(mean.method == .bootstrap)
    #expect(mean.low == interval.lowerBound && mean.high == interval.upperBound)

    // Several samples an item, none correct: a bootstrap would claim certainty.
    let nothing = try #require(Estimate(itemScores: [0, 0, 0, 0], samples: 256, stream: stream))
    #expect(nothing.method == .wilson)
    #expect(nothing.low == 0 && nothing.high > 0.4)
    #expect(Estimate(itemScores: [], stream: stream) == nil)
  }

  @Test("one item has the interval of its own samples")
  func oneItem() throws {
    let stream = RandomStream(seed: 1)
    let estimate = try #require(Estimate(itemScores: [39.0 / 64], samples: 64, stream: stream))
    let wilson = wilsonInterval(successes: 39, of: 64)
    #expect(estimate.value == 0.609375 && estimate.method == .wilson)
    #expect(abs(estimate.low - wilson.lowerBound) < 1e-12)
    #expect(abs(estimate.high - wilson.upperBound) < 1e-12)
    // Without their number it is that of one.
    let alone = try #require(Estimate(itemScores: [39.0 / 64], stream: stream))
    #expect(alone.low < 0.15 && alone.high > 0.9)
  }

  @Test(
    "items that all score the same leave a doubt, however many they are", arguments: [2, 15, 40])
  func same(items: Int) throws {
    let stream = RandomStream(seed: 1)
    for share in [0.0, 0.25, 0.5, 1] {
      let scores = [Double](repeating: share, count: items)
      let estimate = try #require(
        Estimate(itemScores: scores, samples: items * 4, stream: stream))
      #expect(estimate.high - estimate.low > 1 / (4 * Double(items)), "\(share) of \(items)")
      #expect(estimate.low <= share && share <= estimate.high)
      #expect(estimate.low >= 0 && estimate.high <= 1)
    }
  }

  @Test(
    "few items: the interval covers the truth as often as it says",
    arguments: [(2, 8), (3, 2), (3, 64), (5, 8), (8, 64), (12, 4)])
  func coverage(items: Int, samples: Int) throws {
    // Items' chances are drawn from a density of 2 p, so the truth is 2 / 3.
    var covered = 0
    let rounds = 400
    for round in 0..<rounds {
      var draws = RandomStream(seed: 8).at(UInt64(items), UInt64(samples), UInt64(round))
      let scores = (0..<items).map { _ in
        let chance = draws.uniform().squareRoot()
        return Double((0..<samples).count { _ in draws.uniform() < chance }) / Double(samples)
      }
      let estimate = try #require(
        Estimate(
          itemScores: scores, samples: items * samples, stream: RandomStream(seed: 1), resamples: 1)
      )
      if estimate.low <= 2.0 / 3, 2.0 / 3 <= estimate.high { covered += 1 }
    }
    // 95 %, less three standard errors of 400 rounds.
    #expect(Double(covered) / Double(rounds) > 0.917, "\(covered) of \(rounds)")
  }
}

/// Tests/Fixtures/evaluation.json, which evaluation.py makes with numpy and scipy.
private struct IntervalsGolden: Decodable {
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

  let wilson: [Wilson]
  let quantiles: [Quantile]
  let moments: [Spread]
  let bootstrap: [Bootstrap]

  static func load() throws -> IntervalsGolden { try Repository.golden("evaluation.json") }
}
