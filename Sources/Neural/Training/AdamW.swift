import CMath
import Foundation

/// The constants of AdamW, with torch's defaults except for the decay.
public struct AdamWOptions: Sendable, Equatable {
  public var beta1: Double
  public var beta2: Double
  public var epsilon: Double
  public var weightDecay: Double

  public init(
    beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8, weightDecay: Double = 0
  ) {
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    self.weightDecay = weightDecay
  }
}

/// Adam with decoupled weight decay (Loshchilov and Hutter, 2019), with torch's formulas.
final class AdamW {
  let options: AdamWOptions
  /// Updates done.
  private(set) var step = 0
  private let first: Tensor
  private let second: Tensor

  init(count: Int, options: AdamWOptions) {
    self.options = options
    first = Tensor(count: count)
    second = Tensor(count: count)
  }

  /// The moments, in the layout of the parameters.
  var moments: (first: Floats, second: Floats) { (first.floats, second.floats) }

  /// Continues after `step` updates; the caller writes the moments.
  func restore(step: Int) { self.step = step }

  /// One update of all parameters, clearing the gradient on the way.
  ///
  /// - Parameter scale: what the gradient is multiplied by first (clipping).
  func update(_ parameters: ParameterSet, gradient: Floats, learningRate: Double, scale: Float) {
    precondition(gradient.count == parameters.count, "a gradient of \(gradient.count) values")
    step += 1
    let correction1 = 1 - pow(options.beta1, Double(step))
    let correction2 = 1 - pow(options.beta2, Double(step))
    let constants = Constants(
      beta1: Float(options.beta1), beta2: Float(options.beta2), scale: scale,
      rest1: Float(1 - options.beta1), rest2: Float(1 - options.beta2),
      stepSize: Float(learningRate / correction1),
      root: Float(1 / correction2.squareRoot()), epsilon: Float(options.epsilon))
    let decay = Float(1 - learningRate * options.weightDecay)
    let (values, m, v) = (parameters.floats, first.floats, second.floats)
    for entry in parameters.entries {
      let keep = entry.decays ? decay : 1
      Parallel.chunks(entry.range.count, grain: 1 << 15) { part in
        let start = entry.range.lowerBound
        let range = start + part.lowerBound..<start + part.upperBound
        adamW(values[range], gradient[range], m[range], v[range], keep: keep, constants)
      }
    }
    parameters.changed()
  }
}

/// What an update's elements share.
private struct Constants: Sendable {
  let beta1, beta2, scale, rest1, rest2, stepSize, root, epsilon: Float
}

/// m = β₁ m + (1 - β₁) g; v = β₂ v + (1 - β₂) g²; w = keep w - stepSize m / (√v root + ε); g = 0.
private func adamW(
  _ w: Floats, _ g: Floats, _ m: Floats, _ v: Floats, keep: Float, _ c: Constants
) {
  eachVector(w.count) { i, count in
    let gradient = g.load16(i, count: count) * c.scale
    let first = c.beta1 * m.load16(i, count: count) + c.rest1 * gradient
    let second = c.beta2 * v.load16(i, count: count) + c.rest2 * (gradient * gradient)
    m.store16(first, i, count: count)
    v.store16(second, i, count: count)
    let change = first / (square_root16(second) * c.root + c.epsilon)
    w.store16(w.load16(i, count: count) * keep - c.stepSize * change, i, count: count)
    g.store16(.zero, i, count: count)
  }
}

/// The Euclidean norm of a gradient: squares summed in double precision, in chunks of one size, in
/// their order.
func gradientNorm(_ gradient: Floats) -> Double {
  let grain = 1 << 15
  let chunks = (gradient.count + grain - 1) / grain
  var sums = [Double](repeating: 0, count: chunks)
  sums.withUnsafeMutableBufferPointer { buffer in
    // Each chunk writes its own element, and the loop waits for all.
    nonisolated(unsafe) let sums = buffer
    Parallel.chunks(gradient.count, grain: grain) { range in
      sums[range.lowerBound / grain] = sumOfSquares(gradient[range])
    }
  }
  return sums.reduce(0, +).squareRoot()
}

private func sumOfSquares(_ x: Floats) -> Double {
  var lanes = SIMD8<Double>.zero
  let whole = x.count / 8 * 8
  for i in stride(from: 0, to: whole, by: 8) {
    let values = SIMD8<Double>(
      UnsafeRawPointer(x.base + i).loadUnaligned(as: SIMD8<Float>.self))
    lanes += values * values
  }
  var sum = lanes.sum()
  for i in whole..<x.count { sum += Double(x[i]) * Double(x[i]) }
  return sum
}
