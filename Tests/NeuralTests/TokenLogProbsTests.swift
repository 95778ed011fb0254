import Foundation
import Testing

@testable import Neural

@Suite("Log-probabilities of tokens")
struct TokenLogProbsTests {
  /// log Σ exp and the entropy of logits · scale, in double precision.
  private func naive(_ logits: [Float], _ scale: Double) -> (sum: Double, entropy: Double) {
    let scaled = logits.map { Double($0) * scale }
    let top = scaled.max() ?? 0
    let sum = log(scaled.reduce(0) { $0 + exp($1 - top) }) + top
    return (sum, -scaled.reduce(0) { $0 + exp($1 - sum) * ($1 - sum) })
  }

  @Test("sums and entropies agree with double precision", arguments: [1, 15, 16, 17, 1000, 49_152])
  func rows(vocabulary: Int) {
    for (scale, shift) in [(Float(1), Float(0)), (1 / 0.7, 100), (1 / 1.5, -5000), (10, 3)] {
      let logits = normals(vocabulary, 5, scale: 3).map { $0 + shift }
      let values = Tensor(logits)
      let row = LogitRow(values.floats, scale: scale, entropy: true)
      let expected = naive(logits, Double(scale))
      let tolerance = 1e-5 + 2e-7 * abs(Double(shift * scale))
      #expect(abs(Double(row.logSumExp) - expected.sum) < tolerance)
      #expect(abs(Double(row.entropy) - expected.entropy) < 2 * tolerance)
      #expect(row.logSumExp == LogitRow(values.floats, scale: scale).logSumExp)
    }
  }

  @Test("a certain token has probability 1 and no entropy; a token that is out has none")
  func extremes() {
    let values = Tensor([-.infinity, 3, -.infinity])
    let row = LogitRow(values.floats, scale: 2, entropy: true)
    #expect(row.logProb(3) == 0)
    #expect(row.logProb(-.infinity) == -.infinity)
    let undefined = Tensor([1, .nan, 0])
    #expect(LogitRow(undefined.floats, scale: 1).logSumExp.isNaN)
  }

  /// More entries than two chunks of the widest kind hold.
  static let cases = [(entries: 700, vocabulary: 5000), (entries: 5, vocabulary: 33)]

  @Test("gradients agree with the formula in double precision, chunk by chunk", arguments: cases)
  func backward(entries: Int, vocabulary: Int) {
    let width = 8
    let (hidden, weight) = (normals(entries * width, 1), normals(vocabulary * width, 2))
    let coefficients = normals(entries, 3)
    let targets = (0..<entries).map { Int32($0 * 7 % vocabulary) }
    let (scale, temperature) = (1 / 0.8, Float(0.8))
    let states = Tensor(hidden)
    let matrix = Tensor(weight)
    let packed = PackedMatrix(out: vocabulary, in: width)
    packed.refresh(matrix.floats, version: 0)
    let dHidden = Tensor(count: hidden.count)
    let dHead = Tensor(count: weight.count)
    let head = TokenLogProbs(vocabulary: vocabulary, width: width)
    let logProbs = head.backward(
      dHidden: dHidden.floats, dHead: .whole(dHead.floats), hidden: states.floats, targets: targets,
      coefficients: coefficients, scores: nil, head: packed,
      temperature: temperature
    ).logProbs
    let forward = head.forward(
      states.floats, targets: targets, head: packed, temperature: temperature, entropies: true)
    #expect(forward.logProbs == logProbs)

    var expectedHead = [Double](repeating: 0, count: weight.count)
    var (expected, expectedHidden) = ([Double](), [Double]())
    for entry in 0..<entries {
      let state = hidden[entry * width..<(entry + 1) * width].map { Double($0) }
      let logits = (0..<vocabulary).map { token in
        (0..<width).reduce(0) { $0 + state[$1] * Double(weight[token * width + $1]) }
      }
      let top = logits.max() ?? 0
      let sum = log(logits.reduce(0) { $0 + exp(($1 - top) * scale) }) + top * scale
      expected.append(logits[Int(targets[entry])] * scale - sum)
      var row = [Double](repeating: 0, count: width)
      for token in 0..<vocabulary {
        let hit = token == Int(targets[entry]) ? 1.0 : 0
        let d = Double(coefficients[entry]) * scale * (hit - exp(logits[token] * scale - sum))
        for i in 0..<width {
          row[i] += d * Double(weight[token * width + i])
          expectedHead[token * width + i] += d * state[i]
        }
      }
      expectedHidden += row
    }
    #expect(largestError(logProbs, expected) < 1e-5)
    #expect(relativeError(dHidden.floats.array, expectedHidden) < 1e-5)
    #expect(relativeError(dHead.floats.array, expectedHead) < 1e-5)
  }
}
