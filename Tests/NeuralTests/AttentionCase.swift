import Foundation
import Randomness

@testable import Neural

/// Random queries, keys, values and output gradients of one packed batch, in the fused layout that
/// the decoder uses (a row is queries, keys, values), and what the kernels make of them.
struct AttentionCase {
  let shape: AttentionShape
  let segments: [PackedBatch.Segment]
  let rows: Int
  var fused: [Float]
  var dOut: [Float]

  var stride: Int { (shape.heads + 2 * shape.keyValueHeads) * shape.headDim }
  var queryWidth: Int { shape.heads * shape.headDim }
  var keyWidth: Int { shape.keyValueHeads * shape.headDim }

  init(_ shape: AttentionShape, _ segments: [PackedBatch.Segment], seed: UInt64) {
    self.shape = shape
    self.segments = segments
    let rows = segments.map { max($0.start + $0.count, $0.prefix?.upperBound ?? 0) }.max() ?? 0
    self.rows = rows
    var stream = RandomStream(seed: seed)
    func normals(_ count: Int) -> [Float] { (0..<count).map { _ in Float(stream.normal()) } }
    fused = normals(rows * (shape.heads + 2 * shape.keyValueHeads) * shape.headDim)
    dOut = normals(rows * shape.heads * shape.headDim)
  }

  /// Segments one after the other: `prompts[i]` rows of a prompt, then its completions.
  static func layout(_ groups: [(prompt: Int, completions: [Int])]) -> [PackedBatch.Segment] {
    var (segments, start) = ([PackedBatch.Segment](), 0)
    for (prompt, completions) in groups {
      segments.append(.init(start: start, count: prompt, prefix: nil, firstPosition: 0))
      let rows = start..<start + prompt
      start += prompt
      for count in completions {
        segments.append(.init(start: start, count: count, prefix: rows, firstPosition: prompt))
        start += count
      }
    }
    return segments
  }

  func query(_ row: Int, _ head: Int, _ element: Int) -> Int {
    row * stride + head * shape.headDim + element
  }
  func key(_ row: Int, _ head: Int, _ element: Int) -> Int {
    row * stride + queryWidth + head * shape.headDim + element
  }
  func value(_ row: Int, _ head: Int, _ element: Int) -> Int {
    key(row, head, element) + keyWidth
  }

  /// What the products read of `fused`.
  var seen: [Double] {
    guard shape.precision == .bf16 else { return fused.map(Double.init) }
    return fused.indices.map { index in
      let scale = index % stride < queryWidth ? shape.scale : 1
      return Double(shape.precision.seen([fused[index] * scale])[0]) / Double(scale)
    }
  }

  struct Forward: Equatable { var out, logSumExp: [Float] }

  /// The kernel's output; scratch holds rubbish at first, which must not show.
  func forward() -> Forward {
    let plan = AttentionPlan(segments, shape: shape)
    let out = Tensor(count: rows * queryWidth)
    let sums = Tensor(count: rows * shape.heads)
    let input = Tensor(count: fused.count)
    let scratch = Tensor(count: attentionForwardScratch(plan))
    input.floats.copy(from: fused)
    scratch.floats.fill(.nan)
    let floats = input.floats
    attentionForward(
      out.floats, sums.floats, query: floats, queryStride: stride,
      key: floats[queryWidth..<floats.count],
      value: floats[queryWidth + keyWidth..<floats.count], keyStride: stride, plan: plan,
      scratch: scratch.floats)
    return Forward(out: out.floats.array, logSumExp: sums.floats.array)
  }

  /// The gradient of everything that went in, in the fused layout.
  func backward() -> [Float] {
    let plan = AttentionPlan(segments, shape: shape)
    let result = forward()
    let input = Tensor(count: fused.count)
    let gradient = Tensor(count: fused.count)
    let out = Tensor(count: result.out.count)
    let dOut = Tensor(count: result.out.count)
    let sums = Tensor(count: result.logSumExp.count)
    let scratch = Tensor(count: attentionBackwardScratch(plan))
    input.floats.copy(from: fused)
    out.floats.copy(from: result.out)
    dOut.floats.copy(from: self.dOut)
    sums.floats.copy(from: result.logSumExp)
    scratch.floats.fill(.nan)
    gradient.floats.fill(.nan)
    let (floats, gradients) = (input.floats, gradient.floats)
    attentionBackward(
      dQuery: gradients, dKey: gradients[queryWidth..<floats.count],
      dValue: gradients[queryWidth + keyWidth..<floats.count], dOut: dOut.floats,
      out: out.floats, logSumExp: sums.floats, query: floats, queryStride: stride,
      key: floats[queryWidth..<floats.count],
      value: floats[queryWidth + keyWidth..<floats.count], keyStride: stride, plan: plan,
      scratch: scratch.floats)
    return gradients.array
  }

  /// Textbook attention in double precision, one row and head at a time; also Σ out · dOut.
  func oracle(_ fused: [Double]) -> (out: [Double], logSumExp: [Double], product: Double) {
    var out = [Double](repeating: 0, count: rows * queryWidth)
    var sums = [Double](repeating: 0, count: rows * shape.heads)
    for segment in segments {
      for row in segment.rows {
        let seen = Array(segment.prefix ?? 0..<0) + Array(segment.start...row)
        for head in 0..<shape.heads {
          attend(fused, row, head, seen, &out, &sums)
        }
      }
    }
    return (out, sums, zip(out, dOut).reduce(0) { $0 + $1.0 * Double($1.1) })
  }

  private func attend(
    _ fused: [Double], _ row: Int, _ head: Int, _ seen: [Int], _ out: inout [Double],
    _ sums: inout [Double]
  ) {
    let shared = head / (shape.heads / shape.keyValueHeads)
    let scores = seen.map { other in
      (0..<shape.headDim).reduce(0.0) {
        $0 + fused[query(row, head, $1)] * fused[key(other, shared, $1)]
      } / Double(shape.headDim).squareRoot()
    }
    let total = scores.reduce(0) { $0 + exp($1) }
    sums[row * shape.heads + head] = log(total)
    for (score, other) in zip(scores, seen) {
      for element in 0..<shape.headDim {
        out[row * queryWidth + head * shape.headDim + element] +=
          exp(score) / total * fused[value(other, shared, element)]
      }
    }
  }
}
