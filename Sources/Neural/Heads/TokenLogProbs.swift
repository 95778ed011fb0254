import CMath
import Foundation

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

  /// Log-probabilities and entropies of `targets`.
  ///
  /// - Parameter hidden: [N, C], one row a target
  func forward(
    _ hidden: Floats, targets: [Int32], head: PackedMatrix, temperature: Float, entropies: Bool
  ) -> TokenScores {
    var rows = [LogitRow?](repeating: nil, count: targets.count)
    var logProbs = [Float](repeating: 0, count: targets.count)
    for range in chunks(targets.count) {
      let part = hidden[range.lowerBound * width..<range.upperBound * width]
      compute(operands.operand(part, head.precision, .input), head, rows: range.count)
      score(
        range, targets, temperature: temperature, entropies: entropies, rows: &rows,
        logProbs: &logProbs)
    }
    return TokenScores(logProbs: logProbs, rows: rows, entropies: entropies)
  }

  /// Adds d loss / d head and writes d loss / d hidden, given d loss / d log-probability.
  ///
  /// - Parameter given: from `forward`; nil makes both passes in one, chunk by chunk.
  func backward(
    dHidden: Floats, dHead: MatrixGradient, hidden: Floats, targets: [Int32], coefficients: [Float],
    scores given: TokenScores?, head: PackedMatrix, temperature: Float
  ) -> TokenScores {
    precondition(coefficients.count == targets.count, "a coefficient for each target")
    var rows = given?.rows ?? [LogitRow?](repeating: nil, count: targets.count)
    var logProbs = [Float](repeating: 0, count: given == nil ? targets.count : 0)
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
    return given ?? TokenScores(logProbs: logProbs, rows: rows, entropies: false)
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
  /// Empty if they were not requested.
  public let entropies: [Float]
  /// What a backward pass needs of each row of logits.
  let rows: [LogitRow?]

  init(logProbs: [Float], rows: [LogitRow?], entropies: Bool) {
    self.logProbs = logProbs
    self.rows = rows
    self.entropies = entropies ? rows.map { $0?.entropy ?? 0 } : []
  }
}
