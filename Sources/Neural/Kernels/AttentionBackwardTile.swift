/// The scratch of one tile of pairs (query row times head of the group).
struct BackwardTile: Sendable {
  let shape: AttentionShape
  let capacity: Int

  init(_ shape: AttentionShape) {
    self.shape = shape
    capacity = shape.tileRows * shape.group
  }

  var size: Int { capacity * (3 * shape.width + 2 * AttentionShape.block + 2) }

  /// Scaled queries, gradients of the output, gradients of the scaled queries: [capacity, width].
  func query(_ scratch: Floats) -> Floats { scratch.row(0, width: capacity * shape.width) }
  func dOut(_ scratch: Floats) -> Floats { scratch.row(1, width: capacity * shape.width) }
  func dQuery(_ scratch: Floats) -> Floats { scratch.row(2, width: capacity * shape.width) }

  /// Weights and gradients of scores of one block: [capacity, 32].
  func weights(_ scratch: Floats) -> Floats { blockPart(scratch, 0) }
  func dScores(_ scratch: Floats) -> Floats { blockPart(scratch, 1) }

  /// Log-sum-exp, and the product of output and its gradient: [capacity].
  func logSumExp(_ scratch: Floats) -> Floats { pairPart(scratch, 0) }
  func products(_ scratch: Floats) -> Floats { pairPart(scratch, 1) }

  private func blockPart(_ scratch: Floats, _ index: Int) -> Floats {
    scratch[3 * capacity * shape.width..<scratch.count]
      .row(index, width: capacity * AttentionShape.block)
  }

  private func pairPart(_ scratch: Floats, _ index: Int) -> Floats {
    scratch[capacity * (3 * shape.width + 2 * AttentionShape.block)..<scratch.count]
      .row(index, width: capacity)
  }

  /// Takes the heads of key/value head `head` of one row, as pairs from `pair` on.
  /// - query, dOut, out: [heads, headDim]; logSumExp: [heads]
  func load(
    _ scratch: Floats, pair: Int, query: Floats, dOut: Floats, out: Floats, logSumExp: Floats,
    head: Int
  ) {
    let (scaled, gradient) = (self.query(scratch), self.dOut(scratch))
    let (sums, products) = (self.logSumExp(scratch), self.products(scratch))
    let (width, size, scale) = (shape.width, shape.headDim, shape.scale)
    for member in 0..<shape.group {
      let (target, source) = (pair + member, head * shape.group + member)
      let queryRow = scaled.row(target, width: width)
      let gradientRow = gradient.row(target, width: width)
      if width > size {
        queryRow.fill(0)
        gradientRow.fill(0)
      }
      let head = source * size..<(source + 1) * size
      queryRow[0..<size].copy(from: query[head], times: scale)
      gradientRow[0..<size].copy(from: dOut[head], times: 1)
      products[target] = dot(dOut[head], out[head])
      sums[target] = logSumExp[source]
    }
  }

  /// Adds what a block of keys gives to the gradients of the queries, and what the queries of
  /// `pairs` give to those of the keys and values.
  /// - Parameters:
  ///   - keyColumns, valueColumns: [headDim, 32]
  ///   - keyRows, dKeys, dValues: [32, width]
  ///   - visible, step: as in `AttentionTile.attend`
  func differentiate(
    _ scratch: Floats, pairs: Int, keyColumns: Floats, valueColumns: Floats, keyRows: Floats,
    dKeys: Floats, dValues: Floats, visible: Int, step: Int
  ) {
    let (block, width) = (AttentionShape.block, shape.width)
    let (weights, dScores) = (weights(scratch), dScores(scratch))
    let (query, dOut, dQuery) = (query(scratch), dOut(scratch), dQuery(scratch))
    let seen = visible + step * ((pairs - 1) / shape.group)
    let columns = seen <= 16 ? 16 : 32
    multiplyTile(
      weights, block, rows: pairs, columns: columns, query, width, 1, keyColumns, block,
      depth: shape.headDim, accumulate: false)
    multiplyTile(
      dScores, block, rows: pairs, columns: columns, dOut, width, 1, valueColumns, block,
      depth: shape.headDim, accumulate: false)
    let (sums, products) = (logSumExp(scratch), products(scratch))
    for pair in 0..<pairs {
      differentiateSoftmax(
        weights.row(pair, width: block), dScores.row(pair, width: block),
        visible: visible + step * (pair / shape.group), logSumExp: sums[pair],
        product: products[pair])
    }
    multiplyTile(
      dValues, width, rows: seen, columns: width, weights, 1, block, dOut, width, depth: pairs,
      accumulate: true)
    multiplyTile(
      dKeys, width, rows: seen, columns: width, dScores, 1, block, query, width, depth: pairs,
      accumulate: true)
    multiplyTile(
      dQuery, width, rows: pairs, columns: width, dScores, block, 1, keyRows, width, depth: seen,
      accumulate: true)
  }

  /// One pair's scores of a block become weights, its gradients of weights those of scores.
  private func differentiateSoftmax(
    _ weights: Floats, _ dScores: Floats, visible: Int, logSumExp: Float, product: Float
  ) {
    var (low, high) = (weights.load16(0) - logSumExp, weights.load16(16) - logSumExp)
    (low, high) = (exponential(low), exponential(high))
    if visible < AttentionShape.block {
      let (hiddenLow, hiddenHigh) = hidden(from: visible)
      low = low.replacing(with: 0, where: hiddenLow)
      high = high.replacing(with: 0, where: hiddenHigh)
    }
    weights.store16(low, 0)
    weights.store16(high, 16)
    dScores.store16(low * (dScores.load16(0) - product), 0)
    dScores.store16(high * (dScores.load16(16) - product), 16)
  }
}
