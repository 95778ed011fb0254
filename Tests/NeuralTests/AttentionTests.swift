import Foundation
import Randomness
import Testing

@testable import Neural

@Suite("Attention")
struct AttentionTests {
  /// Heads, key/value heads and head size; sizes that fill vectors and sizes that do not.
  static let floatShapes = [
    AttentionShape(heads: 1, keyValueHeads: 1, headDim: 2),
    AttentionShape(heads: 2, keyValueHeads: 2, headDim: 6),
    AttentionShape(heads: 4, keyValueHeads: 1, headDim: 16),
    AttentionShape(heads: 6, keyValueHeads: 2, headDim: 24),
    AttentionShape(heads: 9, keyValueHeads: 3, headDim: 64),
    AttentionShape(heads: 10, keyValueHeads: 2, headDim: 80),
    AttentionShape(heads: 65, keyValueHeads: 1, headDim: 4),
  ]

  /// The same with factors in bfloat16, where the processor multiplies them.
  static let narrowShapes =
    Precision.hasBF16
    ? floatShapes.map {
      AttentionShape(
        heads: $0.heads, keyValueHeads: $0.keyValueHeads, headDim: $0.headDim, precision: .bf16)
    } : []

  static let shapes = floatShapes + narrowShapes

  /// What the rounding of weights to factors may change in results of up to four.
  static func tolerance(_ shape: AttentionShape) -> Double {
    shape.precision == .f32 ? 1e-5 : 1e-2
  }

  /// Random groups of prompts with up to four completions, short and across several blocks.
  static func randomLayout(_ seed: UInt64) -> [PackedBatch.Segment] {
    var stream = RandomStream(seed: seed)
    return AttentionCase.layout(
      (0..<Int.random(in: 1...3, using: &stream)).map { _ in
        let prompt = Int.random(in: 1...75, using: &stream)
        let completions = Int.random(in: 0...4, using: &stream)
        return (
          prompt, (0..<completions).map { _ in Int.random(in: 1...70, using: &stream) }
        )
      })
  }

  @Test("forward agrees with textbook attention in double precision", arguments: shapes, 0..<4)
  func forwardOracle(shape: AttentionShape, seed: Int) {
    let layout = Self.randomLayout(UInt64(seed))
    let test = AttentionCase(shape, layout, seed: UInt64(seed + 100))
    let (result, expected) = (test.forward(), test.oracle(test.seen))
    #expect(largestDifference(result.out, expected.out) < Self.tolerance(shape))
    #expect(largestDifference(result.logSumExp, expected.logSumExp) < 1e-5)
  }

  @Test("a span's end, a block's end and one row more or less agree with textbook attention")
  func edges() {
    let shape = AttentionShape(heads: 2, keyValueHeads: 1, headDim: 16)
    for rows in [1, 15, 16, 17, 31, 32, 33, 127, 128, 129, 160] {
      for completion in [1, 32, 33] {
        let test = AttentionCase(
          shape, AttentionCase.layout([(rows, [completion])]), seed: UInt64(rows))
        let (result, expected) = (test.forward(), test.oracle(test.fused.map(Double.init)))
        #expect(largestDifference(result.out, expected.out) < 1e-5, "\(rows), \(completion)")
      }
    }
  }

  @Test("large scores neither overflow nor lose the softmax")
  func largeScores() {
    var test = AttentionCase(
      AttentionShape(heads: 2, keyValueHeads: 1, headDim: 16), AttentionCase.layout([(50, [40])]),
      seed: 5)
    for index in test.fused.indices where index % test.stride < test.queryWidth {
      test.fused[index] *= 100
    }
    let (result, expected) = (test.forward(), test.oracle(test.fused.map(Double.init)))
    #expect(largestDifference(result.out, expected.out) < 2e-3)
  }

  @Test("backward agrees with finite differences in double precision", arguments: shapes)
  func backwardDifferences(shape: AttentionShape) {
    let test = AttentionCase(shape, AttentionCase.layout([(40, [35, 1]), (3, [])]), seed: 9)
    let gradient = test.backward()
    let fused = test.seen
    var stream = RandomStream(seed: 11)
    for _ in 0..<24 {
      // Along a random direction of one row, so that every element of the row counts.
      let row = Int.random(in: 0..<test.rows, using: &stream)
      var (ahead, behind, expected, norm) = (fused, fused, 0.0, 0.0)
      for index in row * test.stride..<(row + 1) * test.stride {
        let step = stream.normal()
        ahead[index] += 1e-4 * step
        behind[index] -= 1e-4 * step
        expected += Double(gradient[index]) * step
        norm += Double(gradient[index] * gradient[index])
      }
      let slope = (test.oracle(ahead).product - test.oracle(behind).product) / 2e-4
      let tolerance = shape.precision == .f32 ? 1e-4 : 2e-2
      #expect(abs(slope - expected) < tolerance * max(1, norm.squareRoot()), "row \(row)")
    }
  }

  @Test("a shared prefix gives the bits of sequences that repeat it", arguments: shapes)
  func sharedPrefix(shape: AttentionShape) {
    let (prompt, completions) = (41, [37, 64, 1])
    let shared = AttentionCase(shape, AttentionCase.layout([(prompt, completions)]), seed: 3)
    let result = shared.forward()
    for (number, segment) in shared.segments.enumerated() where segment.prefix != nil {
      // The prompt's rows, then the completion's, as one sequence whose own blocks start anew.
      let alone = AttentionCase.layout([(prompt, [segment.count])])
      var single = AttentionCase(shape, alone, seed: 0)
      let rows = segment.start * shared.stride..<(segment.start + segment.count) * shared.stride
      single.fused = Array(shared.fused[0..<prompt * shared.stride]) + shared.fused[rows]
      let own = single.forward().out[(prompt * shared.queryWidth)...]
      let from = segment.start * shared.queryWidth
      #expect(Array(own) == Array(result.out[from..<from + own.count]), "segment \(number)")
    }
  }

  @Test("a prefix is the same as the sequence written out, up to rounding", arguments: shapes)
  func writtenOut(shape: AttentionShape) {
    let shared = AttentionCase(shape, AttentionCase.layout([(45, [50])]), seed: 4)
    var whole = AttentionCase(shape, AttentionCase.layout([(95, [])]), seed: 0)
    whole.fused = shared.fused
    let plain = whole.forward().out.map(Double.init)
    #expect(largestDifference(shared.forward().out, plain) < Self.tolerance(shape))
  }

  @Test("a prefix need not be a segment")
  func prefixWithinSegment() {
    let shape = AttentionShape(heads: 4, keyValueHeads: 2, headDim: 16)
    let test = AttentionCase(
      shape,
      [
        .init(start: 0, count: 60, prefix: nil, firstPosition: 0),
        .init(start: 60, count: 20, prefix: 5..<45, firstPosition: 40),
      ], seed: 8)
    let (result, expected) = (test.forward(), test.oracle(test.fused.map(Double.init)))
    #expect(largestDifference(result.out, expected.out) < 1e-5)
  }

  @Test("no row's bits, and no gradient's, depend on other groups of the batch", arguments: 0..<4)
  func batchMates(seed: Int) {
    let shape = AttentionShape(heads: 6, keyValueHeads: 2, headDim: 24)
    let alone = AttentionCase(shape, AttentionCase.layout([(33, [20, 70])]), seed: UInt64(seed))
    var beside = AttentionCase(
      shape, AttentionCase.layout([(33, [20, 70]), (5 + seed, [80]), (1, [3])]), seed: 77)
    beside.fused.replaceSubrange(alone.fused.indices, with: alone.fused)
    beside.dOut.replaceSubrange(alone.dOut.indices, with: alone.dOut)
    let (out, gradient) = (alone.forward().out, alone.backward())
    #expect(Array(beside.forward().out[out.indices]) == out)
    #expect(Array(beside.backward()[gradient.indices]) == gradient)
  }

  @Test("one thread and two give the same bits, forward and backward", arguments: 0..<3)
  func threads(seed: Int) {
    let test = AttentionCase(
      AttentionShape(heads: 6, keyValueHeads: 2, headDim: 16), Self.randomLayout(UInt64(seed + 40)),
      seed: UInt64(seed))
    setThreads(1)
    let (forward, backward) = (test.forward(), test.backward())
    setThreads(2)
    #expect(test.forward() == forward)
    #expect(test.backward() == backward)
  }

  @Test("gradients of many samples of one prompt go through several waves")
  func waves() {
    let shape = AttentionShape(heads: 2, keyValueHeads: 1, headDim: 4)
    let samples = [Int](repeating: 2, count: 300)
    let test = AttentionCase(shape, AttentionCase.layout([(33, samples)]), seed: 6)
    #expect(AttentionPlan(test.segments, shape: shape).waves.count > 1)
    let gradient = test.backward()
    let fused = test.fused.map(Double.init)
    for row in [0, 7, 32] {
      let index = test.value(row, 0, 1)
      var (ahead, behind) = (fused, fused)
      ahead[index] += 1e-3
      behind[index] -= 1e-3
      let slope = (test.oracle(ahead).product - test.oracle(behind).product) / 2e-3
      #expect(abs(slope - Double(gradient[index])) < 1e-4 * max(1, abs(slope)))
    }
  }
}

/// The largest absolute difference between two lists of one length.
func largestDifference(_ a: [Float], _ b: [Double]) -> Double {
  guard a.count == b.count else { return .infinity }
  return zip(a, b).reduce(0) { max($0, abs(Double($1.0) - $1.1)) }
}
