import CMath
import Foundation

/// The normaliser of softmax(logits · scale), for the log-probability of any token and for the
/// entropy.
///
/// The generator and the trainer both call this, so that their log-probabilities are the same bits.
struct LogitRow: Equatable, Sendable {
  /// log Σ exp(logit · scale)
  let logSumExp: Float
  /// -Σ p log p, in nats; 0 if it was not requested.
  let entropy: Float
  private let scale: Float

  init(_ logits: Floats, scale: Float, entropy wanted: Bool = false) {
    var largest = SIMD16<Float>(repeating: -.infinity)
    eachVector(logits.count) { i, count in
      var values = logits.load16(i, count: count)
      if count < 16 { for lane in count..<16 { values[lane] = -.infinity } }
      largest = larger16(largest, values)
    }
    let top = (0..<16).reduce(-Float.infinity) { max($0, largest[$1]) } * scale
    var sum = SIMD16<Float>.zero
    var weighted = SIMD16<Float>.zero
    eachVector(logits.count) { i, count in
      let shifted = logits.load16(i, count: count) * scale - top
      var e = exponential(shifted)
      if count < 16 { for lane in count..<16 { e[lane] = 0 } }
      sum += e
      if wanted { weighted = multiply_add16(e, shifted, weighted) }
    }
    let total = sum.total
    logSumExp = top + log(total)
    entropy = wanted ? log(total) - weighted.total / total : 0
    self.scale = scale
  }

  /// The log-probability of a token with this logit.
  func logProb(_ logit: Float) -> Float { logit * scale - logSumExp }
}
