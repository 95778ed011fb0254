import CMath
import Foundation

/// What softmax(logits · scale) says of itself: for the log-probability of any token and for the
/// entropy.
///
/// The generator and the trainer both call this, so that their log-probabilities are the same bits.
struct LogitRow: Equatable {
  /// log Σ exp(logit · scale)
  let logSumExp: Float
  /// -Σ p log p, in nats; 0 when it was not asked for.
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

/// How many rows of logits exist at a time.
public enum LogitChunk {
  /// Of log-probabilities: each chunk reads the whole matrix and its gradient, so enough rows to pay
  /// for it, and few enough for memory (128 MB of logits).
  public static func training(vocabulary: Int) -> Int {
    max(256, min(2048, (1 << 25) / vocabulary / 512 * 512))
  }

  /// Of divergences, of student and teacher each.
  public static func distillation(vocabulary: Int) -> Int {
    max(128, min(1024, (1 << 24) / vocabulary / 128 * 128))
  }
}

/// The LM head: log-probabilities of chosen tokens, in chunks of rows, so that a matrix of tokens x
/// vocabulary never exists.
///
/// N: scored entries. C: hidden size. V: vocabulary.
final class TokenLogProbs {
  let vocabulary: Int
  let width: Int
  let chunk: Int
  private let mask: VocabularyMask?
  private let logits: Tensor
  private let operands: OperandMemory

  /// - Parameter mask: of tokens that have no probability; nil: none.
  init(
    vocabulary: Int, width: Int, mask: VocabularyMask? = nil,
    operands: OperandMemory = OperandMemory()
  ) {
    self.vocabulary = vocabulary
    self.mask = mask
    self.width = width
    chunk = LogitChunk.training(vocabulary: vocabulary)
    logits = Tensor(count: chunk * vocabulary)
    self.operands = operands
  }

  /// Log-probabilities and entropies of `targets`, and what of each row the backward pass needs.
  ///
  /// - Parameter hidden: [N, C], one row a target
  func forward(
    _ hidden: Floats, targets: [Int32], head: PackedMatrix, temperature: Float, entropies: Bool
  ) -> (scores: TokenScores, rows: [LogitRow]) {
    var rows = [LogitRow?](repeating: nil, count: targets.count)
    var logProbs = [Float](repeating: 0, count: targets.count)
    for range in chunks(targets.count) {
      let part = hidden[range.lowerBound * width..<range.upperBound * width]
      compute(operands.operand(part, head.precision, .input), head, rows: range.count)
      score(
        range, targets, temperature: temperature, entropies: entropies, rows: &rows,
        logProbs: &logProbs)
    }
    let known = rows.compactMap { $0 }
    return (
      TokenScores(logProbs: logProbs, entropies: entropies ? known.map(\.entropy) : []), known
    )
  }

  /// Adds d loss / d head and writes d loss / d hidden, given d loss / d log-probability.
  ///
  /// - Parameter rows: from `forward`; nil makes both passes in one, chunk by chunk.
  /// - Returns: the log-probabilities, when `rows` is nil.
  @discardableResult
  func backward(
    dHidden: Floats, dHead: MatrixGradient, hidden: Floats, targets: [Int32], coefficients: [Float],
    rows given: [LogitRow]?, head: PackedMatrix, temperature: Float
  ) -> [Float] {
    precondition(coefficients.count == targets.count, "a coefficient for each target")
    var rows =
      given.map { $0.map(Optional.some) } ?? [LogitRow?](repeating: nil, count: targets.count)
    var logProbs = [Float](repeating: 0, count: targets.count)
    for range in chunks(targets.count) {
      let part = range.lowerBound * width..<range.upperBound * width
      let chunkLogits = logits.floats[0..<range.count * vocabulary]
      let states = operands.operand(hidden[part], head.precision, .input)
      compute(states, head, rows: range.count)
      if given == nil {
        score(
          range, targets, temperature: temperature, entropies: false, rows: &rows,
          logProbs: &logProbs)
      }
      differentiate(
        range, targets, coefficients, rows.map { $0?.logSumExp ?? 0 }, scale: 1 / temperature)
      let gradient = operands.operand(chunkLogits, head.precision, .outputGradient)
      matmulBackward(
        dx: dHidden[part], dw: dHead, dy: gradient, x: states, head, rows: range.count,
        memory: operands)
    }
    return logProbs
  }

  /// A chunk of logits, with the mask.
  private func compute(_ states: Operand, _ head: PackedMatrix, rows: Int) {
    matmul(logits.floats, states, head, rows: rows)
    mask?.apply(logits.floats, rows: rows, width: vocabulary)
  }

  private func chunks(_ count: Int) -> [Range<Int>] {
    stride(from: 0, to: count, by: chunk).map { $0..<min($0 + chunk, count) }
  }

  /// Scores the rows of one chunk of logits.
  private func score(
    _ range: Range<Int>, _ targets: [Int32], temperature: Float, entropies: Bool,
    rows: inout [LogitRow?], logProbs: inout [Float]
  ) {
    let (logits, vocabulary, scale) = (logits.floats, vocabulary, 1 / temperature)
    rows.withUnsafeMutableBufferPointer { rowBuffer in
      logProbs.withUnsafeMutableBufferPointer { probBuffer in
        // Each row is written by one thread, and the loop waits for all.
        nonisolated(unsafe) let (rows, logProbs) = (rowBuffer, probBuffer)
        Parallel.chunks(range.count, grain: Parallel.grain(width: vocabulary)) { part in
          for row in part {
            let values = logits.row(row, width: vocabulary)
            let result = LogitRow(values, scale: scale, entropy: entropies)
            let entry = range.lowerBound + row
            rows[entry] = result
            logProbs[entry] = result.logProb(values[Int(targets[entry])])
          }
        }
      }
    }
  }

  /// Turns a chunk of logits into d loss / d logit = coefficient (1[target] - p) scale.
  private func differentiate(
    _ range: Range<Int>, _ targets: [Int32], _ coefficients: [Float], _ logSumExps: [Float],
    scale: Float
  ) {
    let (logits, vocabulary) = (logits.floats, vocabulary)
    Parallel.chunks(range.count, grain: Parallel.grain(width: vocabulary)) { part in
      for row in part {
        let entry = range.lowerBound + row
        let values = logits.row(row, width: vocabulary)
        let factor = coefficients[entry] * scale
        let logSumExp = logSumExps[entry]
        eachVector(vocabulary) { i, count in
          let p = exponential(values.load16(i, count: count) * scale - logSumExp)
          values.store16(p * -factor, i, count: count)
        }
        values[Int(targets[entry])] += factor
      }
    }
  }
}

/// Log-probabilities of scored tokens, and the entropy (nats) of the distributions they come from.
public struct TokenScores: Sendable, Equatable {
  public let logProbs: [Float]
  /// Empty when they were not asked for.
  public let entropies: [Float]
}
