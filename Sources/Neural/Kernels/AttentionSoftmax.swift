import CMath
import Foundation

/// How the scratch of one tile is laid out: a tile is a few query rows times the query heads that
/// share a key/value head; pair `p` is row `p / group`, head `p % group` of them.
struct AttentionTile {
  let shape: AttentionShape
  /// Pairs there is room for.
  let capacity: Int

  init(_ shape: AttentionShape) {
    self.shape = shape
    capacity = shape.tileRows * shape.group
  }

  /// Floats of scratch that a tile takes.
  var size: Int { capacity * (2 * shape.width + AttentionShape.block + 16 + 1) }

  /// Queries, scaled: [capacity, width], as factors.
  func query(_ scratch: Floats) -> Floats { scratch[0..<capacity * shape.width] }

  /// Weighted values so far: [capacity, width].
  func sums(_ scratch: Floats) -> Floats {
    let start = capacity * shape.width
    return scratch[start..<2 * start]
  }

  /// Scores, then weights of one block, as factors: [capacity, 32].
  func weights(_ scratch: Floats) -> Floats {
    let start = 2 * capacity * shape.width
    return scratch[start..<start + capacity * AttentionShape.block]
  }

  /// Sixteen partial sums of weights a pair: [capacity, 16].
  func totals(_ scratch: Floats) -> Floats {
    let start = capacity * (2 * shape.width + AttentionShape.block)
    return scratch[start..<start + capacity * 16]
  }

  /// The largest score so far: [capacity].
  func maxima(_ scratch: Floats) -> Floats {
    let start = capacity * (2 * shape.width + AttentionShape.block + 16)
    return scratch[start..<start + capacity]
  }

  /// Starts the softmax of the first `pairs`.
  func begin(_ scratch: Floats, pairs: Int) {
    sums(scratch)[0..<pairs * shape.width].fill(0)
    totals(scratch)[0..<pairs * 16].fill(0)
    maxima(scratch)[0..<pairs].fill(-.infinity)
  }

  /// Takes the query of a row and of the heads of key/value head `head`, as pairs from `pair` on.
  /// - row: [heads, headDim]
  func load(_ scratch: Floats, pair: Int, row: Floats, head: Int) {
    let query = query(scratch)
    let scale = shape.scale
    for member in 0..<shape.group {
      let source = (head * shape.group + member) * shape.headDim
      shape.fill(
        query.row(pair + member, width: shape.cells(shape.width)),
        from: row[source..<source + shape.headDim], times: scale)
    }
  }

  /// Takes the next block of keys into the softmax of `pairs`.
  /// - Parameters:
  ///   - visible: keys that the row of the first pair sees
  ///   - step: further keys that each further row sees: 1 on the diagonal, else 0
  func attend(
    _ scratch: Floats, pairs: Range<Int>, keys: Floats, values: Floats, visible: Int, step: Int
  ) {
    let width = shape.width
    let block = AttentionShape.block
    let (first, count) = (pairs.lowerBound, pairs.count)
    let weights = weights(scratch)[first * block..<pairs.upperBound * block]
    let sums = sums(scratch)[first * width..<pairs.upperBound * width]
    let queryRow = shape.cells(width)
    let query = query(scratch)[first * queryRow..<pairs.upperBound * queryRow]
    let seen = visible + step * ((count - 1) / shape.group)
    shape.multiply(
      weights, block, rows: count, columns: seen <= 16 ? 16 : 32, query, queryRow, 1, keys, block,
      depth: shape.headDim, accumulate: false)
    let (totals, maxima) = (totals(scratch), maxima(scratch))
    for pair in 0..<count {
      soften(
        weights[pair * block..<(pair + 1) * block], visible: visible + step * (pair / shape.group),
        totals.row(first + pair, width: 16), maxima, first + pair, sums.row(pair, width: width))
    }
    shape.multiply(
      sums, width, rows: count, columns: width, weights, block, 1, values, width, depth: seen,
      accumulate: true)
  }

  /// One pair's scores of a block become weights; what was summed before is scaled down when the
  /// block has a larger score. Keys beyond `visible` get weight zero.
  private func soften(
    _ weights: Floats, visible: Int, _ total: Floats, _ maxima: Floats, _ pair: Int, _ sums: Floats
  ) {
    var (low, high) = (weights.load16(0), weights.load16(16))
    if visible < AttentionShape.block {
      let (hiddenLow, hiddenHigh) = hidden(from: visible)
      low = low.replacing(with: -.infinity, where: hiddenLow)
      high = high.replacing(with: -.infinity, where: hiddenHigh)
    }
    let largest = largest16(larger16(low, high))
    var running = total.load16(0)
    if largest > maxima[pair] {
      let factor = exponential(SIMD16(repeating: maxima[pair] - largest))
      running *= factor
      for start in stride(from: 0, to: sums.count, by: 16) {
        sums.store16(sums.load16(start) * factor, start)
      }
      maxima[pair] = largest
    }
    let shift = SIMD16<Float>(repeating: maxima[pair])
    let (first, second) = (exponential(low - shift), exponential(high - shift))
    shape.store(weights, first, second)
    total.store16(running + first + second, 0)
  }

  /// Writes the heads of key/value head `head` of one row, and their log-sum-exp.
  /// - Parameters:
  ///   - row: [heads, headDim]
  ///   - logSumExp: [heads]; empty when nobody asks
  func finish(_ scratch: Floats, pair: Int, row: Floats, logSumExp: Floats, head: Int) {
    let (sums, totals, maxima) = (sums(scratch), totals(scratch), maxima(scratch))
    for member in 0..<shape.group {
      let (source, target) = (pair + member, head * shape.group + member)
      let total = totals.load16(source * 16).total
      let inverse = 1 / total
      let part = row[target * shape.headDim..<(target + 1) * shape.headDim]
      let values = sums.row(source, width: shape.width)
      // Adding zero turns both zeros into one; their sign could depend on keys that are not
      // attended to.
      eachVector(shape.headDim) { i, count in
        part.store16(values.load16(i, count: count) * inverse + 0, i, count: count)
      }
      if logSumExp.count > 0 { logSumExp[target] = maxima[source] + log(total) }
    }
  }
}

/// Which of a block's keys lie at `visible` or beyond it (as floats: comparisons of integer vectors
/// compile to scalar code).
@inline(__always)
func hidden(from visible: Int) -> (SIMDMask<SIMD16<Int32>>, SIMDMask<SIMD16<Int32>>) {
  let lanes = SIMD16<Float>(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
  let limit = Float(visible)
  return (lanes .>= limit, lanes .>= (limit - 16))
}
