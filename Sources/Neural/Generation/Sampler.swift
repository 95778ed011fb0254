import CMath
import Foundation

/// A token, and how likely it was.
struct DrawnToken: Sendable, Equatable {
  var token: Int32
  /// Under the distribution over all tokens of the tokenizer, at the temperature.
  var logProb: Float
  /// Under what was left of it.
  var sampledLogProb: Float
}

/// Draws a token from one row of logits.
///
/// The vocabulary is never sorted: weights relative to the largest are made in one pass, and only
/// those above a bound that is lowered until enough are in hand are looked at further.
struct Sampler: Sendable {
  /// A token that is left after truncation; weights are relative to the most likely token's.
  struct Candidate: Sendable, Equatable {
    var token: Int32
    var weight: Float
  }

  let options: SamplingOptions
  let vocabulary: Int

  /// Weights are summed in stretches of this length.
  private static let stretch = 512

  /// Weights padded to whole stretches, and a sum of each stretch.
  var scratchSize: Int { stretches * (Self.stretch + 1) }
  private var stretches: Int { (vocabulary + Self.stretch - 1) / Self.stretch }

  /// The token that the uniform number in 0..<1 points at.
  /// - Parameters:
  ///   - logits: [vocabulary]; the same afterwards
  ///   - seen: distinct tokens for the repetition penalty
  ///   - scratch: `scratchSize` floats
  func draw(_ logits: Floats, seen: [Int32], uniform: Double, scratch: Floats) -> DrawnToken {
    let penalised = options.repetitionPenalty != 1 ? seen : []
    let plain = penalised.map { logits[Int($0)] }
    for token in penalised { logits[Int(token)] = penalise(logits[Int(token)]) }
    var (token, sampled) = choose(logits, uniform, scratch)
    for (token, logit) in zip(penalised, plain) { logits[Int(token)] = logit }
    let scale = options.temperature == 0 ? 1 : 1 / options.temperature
    let logProb = LogitRow(logits, scale: scale).logProb(logits[token])
    if penalised.isEmpty && !options.truncates && options.temperature > 0 { sampled = logProb }
    return DrawnToken(token: Int32(token), logProb: logProb, sampledLogProb: sampled)
  }

  /// The tokens left after penalty and truncation, by id; for tests.
  func candidates(_ logits: Floats, seen: [Int32], scratch: Floats) -> [Candidate] {
    for token in seen { logits[Int(token)] = penalise(logits[Int(token)]) }
    weigh(logits, scratch)
    return truncated(scratch)
  }

  private func penalise(_ logit: Float) -> Float {
    logit < 0 ? logit * options.repetitionPenalty : logit / options.repetitionPenalty
  }

  private func choose(
    _ logits: Floats, _ uniform: Double, _ scratch: Floats
  ) -> (token: Int, logProb: Float) {
    if options.temperature == 0 { return (logits.indexOfLargest, 0) }
    weigh(logits, scratch)
    if options.truncates { return Self.draw(truncated(scratch), uniform) }
    return drawFromAll(scratch, uniform)
  }

  /// Makes each logit a weight, e^((logit - largest) / temperature), and sums the stretches.
  private func weigh(_ logits: Floats, _ scratch: Floats) {
    precondition(logits.count == vocabulary && scratch.count >= scratchSize)
    let largest = SIMD16<Float>(repeating: logits.largest)
    let inverse = SIMD16<Float>(repeating: 1 / options.temperature)
    for stretch in 0..<stretches {
      var sum = SIMD16<Float>.zero
      for start in stride(
        from: stretch * Self.stretch, to: (stretch + 1) * Self.stretch, by: 16)
      {
        let weight = exponential((logits.loadPadded(start) - largest) * inverse)
        scratch.store16(weight, start)
        sum += weight
      }
      scratch[stretches * Self.stretch + stretch] = sum.total
    }
  }

  private func total(_ scratch: Floats) -> Double {
    (0..<stretches).reduce(0) { $0 + Double(scratch[stretches * Self.stretch + $1]) }
  }

  /// The first token, by id, at which the summed weights pass `uniform` of their total.
  private func drawFromAll(_ scratch: Floats, _ uniform: Double) -> (token: Int, logProb: Float) {
    let all = total(scratch)
    var (left, stretch) = (uniform * all, 0)
    while stretch < stretches - 1 {
      let sum = Double(scratch[stretches * Self.stretch + stretch])
      if left < sum { break }
      left -= sum
      stretch += 1
    }
    var chosen = stretch * Self.stretch
    for token in chosen..<min(chosen + Self.stretch, vocabulary) where scratch[token] > 0 {
      chosen = token
      left -= Double(scratch[token])
      if left < 0 { break }
    }
    return (chosen, Float(log(Double(scratch[chosen]) / all)))
  }

  /// The same over a few candidates.
  static func draw(_ candidates: [Candidate], _ uniform: Double) -> (token: Int, logProb: Float) {
    let all = candidates.reduce(0) { $0 + Double($1.weight) }
    var (left, chosen) = (uniform * all, candidates.first)
    for candidate in candidates where candidate.weight > 0 {
      chosen = candidate
      left -= Double(candidate.weight)
      if left < 0 { break }
    }
    guard let chosen else { return (0, .nan) }  // No candidate: every logit is not a number.
    return (Int(chosen.token), Float(log(Double(chosen.weight) / all)))
  }

  /// What top-k, top-p and min-p leave, by id.
  private func truncated(_ scratch: Floats) -> [Candidate] {
    var kept: [Candidate]
    if options.topK > 0 && options.topK < vocabulary {
      kept = mostLikely(scratch) { $0.count >= options.topK }
      let last = kept.count >= options.topK ? kept[options.topK - 1].weight : 0
      kept = Array(kept.prefix { $0.weight >= last })
      kept = nucleus(kept, of: kept.reduce(0) { $0 + Double($1.weight) })
    } else if options.topP < 1 {
      let all = total(scratch)
      let share = Double(options.topP) * all
      kept = mostLikely(scratch) { found in
        found.reduce(0) { $0 + Double($1.weight) } >= share
      }
      kept = nucleus(kept, of: all)
    } else {
      kept = gather(scratch, atLeast: options.minP)
    }
    if options.minP > 0 { kept.removeAll { $0.weight < options.minP } }
    return kept.sorted { $0.token < $1.token }
  }

  /// The most likely of `candidates` (sorted) until they hold topP of `total`; at least one.
  private func nucleus(_ candidates: [Candidate], of total: Double) -> [Candidate] {
    if options.topP >= 1 { return candidates }
    let share = Double(options.topP) * total
    var (before, count) = (0.0, 0)
    for candidate in candidates where count == 0 || before < share {
      before += Double(candidate.weight)
      count += 1
    }
    return Array(candidates.prefix(count))
  }

  /// The tokens above a bound that is lowered until they are `enough`, or all; most likely first,
  /// equals by id.
  private func mostLikely(
    _ scratch: Floats, enough: ([Candidate]) -> Bool
  ) -> [Candidate] {
    var bound: Float = 0x1p-6
    var found = gather(scratch, atLeast: bound)
    while !enough(found) && bound > 0 {
      bound = bound > 0x1p-60 ? bound * bound : 0
      found = gather(scratch, atLeast: bound)
    }
    return found.sorted { ($0.weight, $1.token) > ($1.weight, $0.token) }
  }

  /// The tokens whose weight is `bound` or more, by id.
  private func gather(_ scratch: Floats, atLeast bound: Float) -> [Candidate] {
    var found: [Candidate] = []
    for start in stride(from: 0, to: vocabulary, by: 16) {
      let weights = scratch.load16(start)
      if largest16(weights) < bound { continue }
      for lane in 0..<min(16, vocabulary - start) where weights[lane] >= bound {
        found.append(Candidate(token: Int32(start + lane), weight: weights[lane]))
      }
    }
    return found
  }
}

extension Floats {
  /// The largest element.
  var largest: Float {
    var best = SIMD16<Float>(repeating: -.infinity)
    for start in stride(from: 0, to: count, by: 16) { best = larger16(best, loadPadded(start)) }
    return largest16(best)
  }

  /// The index of the largest element, the first of equals.
  var indexOfLargest: Int {
    let largest = largest
    return (0..<count).first { self[$0] == largest } ?? 0
  }

  /// Sixteen elements from `index` on, minus infinity beyond the end.
  func loadPadded(_ index: Int) -> SIMD16<Float> {
    if index + 16 <= count { return load16(index) }
    var vector = SIMD16<Float>(repeating: -.infinity)
    for lane in 0..<max(0, count - index) { vector[lane] = self[index + lane] }
    return vector
  }
}
