import Foundation
import Randomness
import TestSupport
import Testing

@testable import Neural

@Suite("Sampler")
struct SamplerTests {
  static func options(
    temperature: Float = 1, topP: Float = 1, topK: Int = 0, minP: Float = 0, penalty: Float = 1
  ) -> SamplingOptions {
    SamplingOptions(
      temperature: temperature, topP: topP, topK: topK, minP: minP, repetitionPenalty: penalty,
      maxNewTokens: 1)
  }

  @Test("what is left of a distribution is what transformers' processors leave")
  func golden() throws {
    for golden in try SamplingGolden.load() {
      let kept = Draws(golden.logits, golden.options).candidates(seen: golden.seen)
      #expect(kept.map { Int($0.token) } == golden.kept, "\(golden.settings)")
      let total = kept.reduce(0) { $0 + Double($1.weight) }
      for (candidate, probability) in zip(kept, golden.probabilities) {
        #expect(abs(Double(candidate.weight) / total - probability) < 1e-5, "\(golden.settings)")
      }
    }
  }

  @Test(
    "a sorted vocabulary leaves the same tokens",
    arguments: [
      options(topK: 1), options(topK: 40), options(topP: 0.5), options(topP: 0.95),
      options(minP: 0.02), options(temperature: 0.5, topP: 0.9, topK: 100, minP: 0.001),
      options(temperature: 3, topP: 0.99), options(topK: 100_000),
      options(topP: 0.8, minP: 0.5, penalty: 1.5),
    ])
  func sorted(options: SamplingOptions) {
    for (number, size) in [1, 15, 16, 511, 513, 3001].enumerated() {
      for spread in [0.1, 1, 8] {
        var stream = RandomStream(seed: 21, UInt64(number))
        let logits = (0..<size).map { _ in Float(stream.normal() * spread) }
        let draws = Draws(logits, options)
        let seen = [Int32(0), Int32(size / 2)].prefix(min(size, 2))
        let kept = draws.candidates(seen: Array(Set(seen))).map { Int($0.token) }
        #expect(
          kept == sortedOracle(logits, Set(seen), options), "\(size) tokens, spread \(spread)")
      }
    }
  }

  @Test("draws occur as often as they should, with and without truncation")
  func frequencies() {
    let logits: [Float] = (0..<40).map { Float($0 % 7) * 0.4 }
    for options in [Self.options(temperature: 1.3), Self.options(topP: 0.7, topK: 20)] {
      let draws = Draws(logits, options)
      let kept = draws.candidates(seen: [])
      let total = kept.reduce(0) { $0 + Double($1.weight) }
      var counts = [Int32: Int]()
      let stream = RandomStream(seed: 5)
      let trials = 40_000
      for trial in 0..<trials {
        counts[draws.draw(uniform: stream.uniform(at: UInt64(trial))).token, default: 0] += 1
      }
      #expect(Set(counts.keys).isSubset(of: kept.map(\.token)))
      let chiSquare = kept.reduce(0.0) { sum, candidate in
        let expected = Double(candidate.weight) / total * Double(trials)
        return sum + pow(Double(counts[candidate.token] ?? 0) - expected, 2) / expected
      }
      // Mean df, variance 2 df: four standard deviations above, for this seed and any build.
      let df = Double(kept.count - 1)
      #expect(chiSquare < df + 4 * (2 * df).squareRoot())
    }
  }

  @Test("the uniform number walks through the tokens by id")
  func inverse() {
    let logits = [Float](repeating: 0.5, count: 1000)
    let draws = Draws(logits, Self.options())
    for token in [0, 1, 499, 511, 512, 998, 999] {
      #expect(draws.draw(uniform: (Double(token) + 0.5) / 1000).token == Int32(token))
    }
    #expect(draws.draw(uniform: 0).token == 0)
    #expect(draws.draw(uniform: 1 - 0x1p-53).token == 999)
  }

  @Test("a token without probability is never drawn", arguments: [1, 0.9] as [Float])
  func impossible(topP: Float) {
    var logits = [Float](repeating: -.infinity, count: 600)
    (logits[3], logits[599]) = (1, 1)
    let draws = Draws(logits, Self.options(topP: topP))
    #expect(draws.draw(uniform: 0).token == 3)
    #expect(draws.draw(uniform: 0.49).token == 3)
    #expect(draws.draw(uniform: 0.51).token == 599)
    #expect(draws.draw(uniform: 1 - 0x1p-53).token == 599)
  }

  @Test("temperature 0 takes the largest logit, the lowest id of equals, after the penalty")
  func greedy() {
    let logits: [Float] = [0, 3, 5, -1, 5, 4.9]
    let draw = Draws(logits, Self.options(temperature: 0)).draw(uniform: 0.9)
    #expect(draw.token == 2)
    #expect(draw.sampledLogProb == 0)
    #expect(abs(Double(draw.logProb) - logSoftmax(logits, 1)[2]) < 1e-6)
    let penalised = Draws(logits, Self.options(temperature: 0, penalty: 2))
    #expect(penalised.draw(uniform: 0.9, seen: [2, 4]).token == 5)
  }

  @Test("log-probabilities are those of the whole distribution and of what was left of it")
  func logProbs() {
    var stream = RandomStream(seed: 2)
    let logits = (0..<777).map { _ in Float(stream.normal() * 2) }
    let temperature: Float = 0.8
    let whole = logSoftmax(logits, Double(temperature))
    let plain = Draws(logits, Self.options(temperature: temperature)).draw(uniform: 0.4)
    #expect(abs(Double(plain.logProb) - whole[Int(plain.token)]) < 1e-5)
    #expect(plain.sampledLogProb == plain.logProb)
    let draws = Draws(logits, Self.options(temperature: temperature, topK: 10, penalty: 1.1))
    let draw = draws.draw(uniform: 0.4, seen: [1, 2, 3])
    let kept = draws.candidates(seen: [1, 2, 3])
    let total = kept.reduce(0) { $0 + Double($1.weight) }
    let own = kept.first { $0.token == draw.token }.map { log(Double($0.weight) / total) }
    #expect(abs(Double(draw.logProb) - whole[Int(draw.token)]) < 1e-5)
    #expect(abs(Double(draw.sampledLogProb) - (own ?? 0)) < 1e-5)
    #expect(draws.logits == logits)
  }

  @Test(
    "logits that are not numbers end in no crash",
    arguments: [options(), options(topK: 5), options(topP: 0.5), options(temperature: 0)])
  func notNumbers(options: SamplingOptions) {
    let draw = Draws([Float](repeating: .nan, count: 700), options).draw(uniform: 0.5)
    #expect((0..<700).contains(Int(draw.token)))
    #expect(draw.logProb.isNaN)
  }
}

/// A sampler, one row of logits and the memory they need.
private final class Draws {
  let sampler: Sampler
  let plain: [Float]
  let row: Tensor
  let scratch: Tensor

  init(_ logits: [Float], _ options: SamplingOptions) {
    plain = logits
    sampler = Sampler(options: options, vocabulary: logits.count)
    row = Tensor(count: logits.count)
    scratch = Tensor(count: sampler.scratchSize)
    row.floats.copy(from: logits)
  }

  var logits: [Float] { row.floats.array }

  func draw(uniform: Double, seen: [Int32] = []) -> DrawnToken {
    sampler.draw(row.floats, seen: seen, uniform: uniform, scratch: scratch.floats)
  }

  func candidates(seen: [Int32]) -> [Sampler.Candidate] {
    defer { row.floats.copy(from: plain) }
    return sampler.candidates(row.floats, seen: seen, scratch: scratch.floats)
  }
}

private func logSoftmax(_ logits: [Float], _ temperature: Double) -> [Double] {
  let scaled = logits.map { Double($0) / temperature }
  let largest = scaled.max() ?? 0
  let total = log(scaled.reduce(0) { $0 + exp($1 - largest) }) + largest
  return scaled.map { $0 - total }
}

/// The definitions of the steps, on the whole vocabulary sorted, in double precision.
private func sortedOracle(
  _ logits: [Float], _ seen: Set<Int32>, _ options: SamplingOptions
) -> [Int] {
  var scores = logits.map(Double.init)
  for token in seen.map(Int.init) {
    let penalty = Double(options.repetitionPenalty)
    scores[token] = scores[token] < 0 ? scores[token] * penalty : scores[token] / penalty
  }
  let largest = scores.max() ?? 0
  let weights = scores.map { exp(($0 - largest) / Double(options.temperature)) }
  var order = weights.indices.sorted { (weights[$0], $1) > (weights[$1], $0) }
  if options.topK > 0 { order = Array(order.prefix(options.topK)) }
  let share = order.reduce(0) { $0 + weights[$1] } * Double(options.topP)
  var before = 0.0
  if options.topP < 1 {
    order = order.filter { token in
      defer { before += weights[token] }
      return before < share
    }
  }
  return order.filter { weights[$0] >= Double(options.minP) }.sorted()
}

/// Tests/Fixtures/sampling.json, which sampling.py makes with transformers.
private struct SamplingGolden: Decodable {
  let settings: [Double]
  let logits: [Float]
  let seen: [Int32]
  let kept: [Int]
  let probabilities: [Double]

  var options: SamplingOptions {
    SamplingOptions(
      temperature: Float(settings[1]), topP: Float(settings[3]), topK: Int(settings[2]),
      minP: Float(settings[4]), repetitionPenalty: Float(settings[0]), maxNewTokens: 1)
  }

  static func load() throws -> [SamplingGolden] { try Repository.golden("sampling.json") }
}
