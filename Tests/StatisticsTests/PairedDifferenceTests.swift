import Foundation
import Randomness
import TestSupport
import Testing

@testable import Statistics

@Suite("Paired differences")
struct PairedDifferenceTests {
  @Test("Student's t agrees with scipy's")
  func studentT() throws {
    let golden = try StatisticsGolden.load()
    for row in golden.twoSided {
      let p = StudentT.twoSided(row.t, degrees: row.degrees)
      #expect(abs(p - row.p) < 1e-12 + 1e-9 * row.p, "\(row): \(p)")
    }
    for row in golden.critical {
      let t = StudentT.critical(confidence: row.confidence, degrees: row.degrees)
      #expect(abs(t - row.t) < 1e-9 * row.t, "\(row): \(t)")
    }
  }

  @Test("the sign test is scipy's exact binomial test at one half")
  func exactSigns() throws {
    for row in try StatisticsGolden.load().signTest {
      let p = signTest(successes: row.successes, of: row.trials)
      #expect(abs(p - row.p) < 1e-11, "\(row): \(p)")
    }
    #expect(signTest(successes: 0, of: 0) == 1)
  }

  @Test("random sign flips go to the p-value over all patterns")
  func flips() throws {
    for row in try StatisticsGolden.load().signFlip {
      let p = signFlipTest(row.values, stream: RandomStream(seed: 3), resamples: 40_000)
      #expect(abs(p - row.p) < 0.01, "\(row): \(p)")
    }
    #expect(signFlipTest([0, 0, 0], stream: RandomStream(seed: 1), resamples: 99) == 1)
  }

  @Test("seeds crossed with items agree with the formula in numpy")
  func crossed() throws {
    for row in try StatisticsGolden.load().crossed {
      let found = try #require(PairedDifference(seeds: row.rows))
      #expect(abs(found.mean - row.mean) < 1e-12)
      #expect(abs(found.standardError - row.error) < 1e-12)
      #expect(abs(found.low - row.low) < 1e-8 && abs(found.high - row.high) < 1e-8)
      #expect(abs(found.pValue - row.p) < 1e-9)
    }
    #expect(PairedDifference(seeds: [[1, 0, 1]]) == nil)
    #expect(PairedDifference(seeds: [[], []]) == nil)
    let same = try #require(PairedDifference(seeds: [[0, 0], [0, 0]]))
    #expect(same.pValue == 1 && same.low == 0 && same.high == 0)
  }

  @Test("one seed: McNemar's test for right and wrong, flipped signs for parts")
  func items() throws {
    let stream = RandomStream(seed: 5)
    let differences = [1.0, 1, 0, -1, 0, 1, 1, 0, 0, 1]
    let binary = try #require(PairedDifference(items: differences, binary: true, stream: stream))
    #expect(binary.method == .mcnemar)
    #expect(binary.pValue == signTest(successes: 5, of: 6))
    #expect(binary.low < binary.mean && binary.mean < binary.high)
    let parts = try #require(
      PairedDifference(items: differences, binary: false, stream: stream, resamples: 500))
    #expect(parts.method == .signFlip)
    #expect(PairedDifference(items: [1], binary: true, stream: stream) == nil)
  }

  @Test("what could be found has the quantiles of Student's t, and so has the number of seeds")
  func power() throws {
    for row in try StatisticsGolden.load().power {
      let found = try #require(PairedDifference(seeds: row.values.map { [$0] }))
      #expect(abs(found.minimumDetectable - row.detectable) < 1e-8, "\(row)")
      #expect(found.unitsNeeded(upTo: 999) == row.needed, "\(row)")
    }
    let none = PairedDifference.none(items: 30)
    #expect(none.minimumDetectable == 0.1 && none.unitsNeeded(upTo: 999) == nil)
    let wide = try #require(PairedDifference(seeds: [[-0.6], [-0.04]]))
    #expect(wide.low < -1 && wide.high > 1)
    let clipped = wide.clipped(to: -1...1)
    #expect(clipped.low == -1 && clipped.high == 1 && clipped.mean == wide.mean)
  }

  @Test("Holm's correction keeps order and never passes 1")
  func holmCorrection() throws {
    for row in try StatisticsGolden.load().holm {
      let corrected = holm(row.values)
      for (own, theirs) in zip(corrected, row.corrected) { #expect(abs(own - theirs) < 1e-12) }
    }
    #expect(holm([0.7, 0.9]) == [1, 1])
    #expect(holm([]) == [])
  }

  @Test("an interval of 95 % holds the truth about as often, with seeds and items drawn anew")
  func coverage() throws {
    // 400 experiments of 4 seeds x 60 items: effects of seeds and of items, and noise. The truth is 0.
    var held = 0
    for experiment in 0..<400 {
      var stream = RandomStream(seed: 77, UInt64(experiment))
      let items = (0..<60).map { _ in 0.5 * stream.normal() }
      let rows = (0..<4).map { _ in
        let seed = 0.1 * stream.normal()
        return items.map { $0 + seed + 0.3 * stream.normal() }
      }
      let found = try #require(PairedDifference(seeds: rows))
      if found.low <= 0 && 0 <= found.high { held += 1 }
    }
    #expect(held >= 372, "\(held) of 400")
  }
}

/// Tests/Fixtures/statistics.json, which statistics.py makes with numpy and scipy.
private struct StatisticsGolden: Decodable {
  struct TwoSided: Decodable { let t: Double, degrees: Double, p: Double }
  struct Critical: Decodable { let confidence: Double, degrees: Double, t: Double }
  struct SignTest: Decodable { let successes: Int, trials: Int, p: Double }
  struct SignFlip: Decodable { let values: [Double], p: Double }
  struct Crossed: Decodable {
    let rows: [[Double]]
    let mean: Double, error: Double, low: Double, high: Double, p: Double
  }
  struct Power: Decodable { let values: [Double], detectable: Double, needed: Int? }
  struct Holm: Decodable { let values: [Double], corrected: [Double] }

  let twoSided: [TwoSided]
  let critical: [Critical]
  let signTest: [SignTest]
  let signFlip: [SignFlip]
  let crossed: [Crossed]
  let power: [Power]
  let holm: [Holm]

  static func load() throws -> StatisticsGolden { try Repository.golden("statistics.json") }
}
