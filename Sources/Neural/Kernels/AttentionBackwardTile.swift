import CMath

/// The scratch of one tile of pairs (query row times head of the group).
///
/// Sums over a row read factors side by side, sums over rows read them by rows: the same floats, but
/// different pairs of bfloat16 numbers, so that there are two forms of them.
struct BackwardTile: Sendable {
  let shape: AttentionShape
  /// Pairs there is room for: an even number, since rows may be paired.
  let capacity: Int

  init(_ shape: AttentionShape) {
    self.shape = shape
    capacity = (shape.tileRows * shape.group + 1) / 2 * 2
  }

  var size: Int { capacity * (3 * shape.width + 2 * AttentionShape.block + 2) + sideSize }

  /// Scaled queries and gradients of the output as factors side by side: [capacity, width].
  func query(_ scratch: Floats) -> Floats { scratch.row(0, width: capacity * shape.width) }
  func dOut(_ scratch: Floats) -> Floats { scratch.row(1, width: capacity * shape.width) }
  /// Gradients of the scaled queries: [capacity, width].
  func dQuery(_ scratch: Floats) -> Floats { scratch.row(2, width: capacity * shape.width) }

  /// Weights and gradients of scores of one block, by rows: [capacity, 32].
  func weights(_ scratch: Floats) -> Floats { blockPart(scratch, 0) }
  func dScores(_ scratch: Floats) -> Floats { blockPart(scratch, 1) }

  /// Gradients of scores side by side: [capacity, 32].
  func dScoresBeside(_ scratch: Floats) -> Floats {
    shape.precision == .f32 ? dScores(scratch) : scratch.after(size - sideSize)
  }

  /// Queries or gradients of the output by rows, which lie behind those side by side.
  func byRows(_ factors: Floats) -> Floats {
    shape.precision == .f32 ? factors : factors.after(factors.count / 2)
  }

  /// Log-sum-exp, and the product of output and its gradient: [capacity].
  func logSumExp(_ scratch: Floats) -> Floats { pairPart(scratch, 0) }
  func products(_ scratch: Floats) -> Floats { pairPart(scratch, 1) }

  /// Cells of scores' gradients in their second form.
  private var sideSize: Int {
    shape.precision == .f32 ? 0 : capacity * shape.cells(AttentionShape.block)
  }

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
    let (width, size) = (shape.cells(shape.width), shape.headDim)
    for member in 0..<shape.group {
      let (target, source) = (pair + member, head * shape.group + member)
      let queryRow = scaled.row(target, width: width)
      let gradientRow = gradient.row(target, width: width)
      if width > shape.cells(size) {
        queryRow.fill(0)
        gradientRow.fill(0)
      }
      let head = source * size..<(source + 1) * size
      shape.fill(queryRow, from: query[head], times: shape.scale)
      shape.fill(gradientRow, from: dOut[head], times: 1)
      products[target] = dot(dOut[head], out[head])
      sums[target] = logSumExp[source]
    }
  }

  /// Makes ready for blocks of keys, once `pairs` are loaded: no gradient yet, and factors by rows.
  func begin(_ scratch: Floats, pairs: Int) {
    dQuery(scratch)[0..<pairs * shape.width].fill(0)
    if shape.precision == .f32 { return }
    for factors in [query(scratch), dOut(scratch)] {
      shape.pairRows(byRows(factors), factors, rows: pairs)
    }
  }

  /// Adds what a block of keys gives to the gradients of the queries, and what the queries of
  /// `pairs` give to those of the keys and values.
  /// - Parameters:
  ///   - keyColumns, valueColumns: [headDim, 32]
  ///   - keyRows: [32, width]
  ///   - dKeys, dValues: [32, width], floats
  ///   - visible, step: as in `AttentionTile.attend`
  ///   - accumulate: whether dKeys and dValues hold sums already
  func differentiate(
    _ scratch: Floats, pairs: Int, keyColumns: Floats, valueColumns: Floats, keyRows: Floats,
    dKeys: Floats, dValues: Floats, visible: Int, step: Int, accumulate: Bool
  ) {
    let (block, width) = (AttentionShape.block, shape.width)
    let (weights, dScores) = (weights(scratch), dScores(scratch))
    let (query, dOut, dQuery) = (query(scratch), dOut(scratch), dQuery(scratch))
    let (rowCells, blockCells) = (shape.cells(width), shape.cells(block))
    let seen = visible + step * ((pairs - 1) / shape.group)
    let columns = seen <= 16 ? 16 : 32
    shape.multiply(
      weights, block, rows: pairs, columns: columns, query, rowCells, 1, keyColumns, block,
      depth: shape.headDim, accumulate: false)
    shape.multiply(
      dScores, block, rows: pairs, columns: columns, dOut, rowCells, 1, valueColumns, block,
      depth: shape.headDim, accumulate: false)
    differentiateSoftmax(scratch, pairs: pairs, visible: visible, step: step)
    shape.multiply(
      dValues, width, rows: seen, columns: width, weights, 1, block, byRows(dOut), width,
      depth: pairs, accumulate: accumulate)
    shape.multiply(
      dKeys, width, rows: seen, columns: width, dScores, 1, block, byRows(query), width,
      depth: pairs, accumulate: accumulate)
    shape.multiply(
      dQuery, width, rows: pairs, columns: width, dScoresBeside(scratch), blockCells, 1, keyRows,
      width, depth: seen, accumulate: true)
    guard !accumulate, seen < block else { return }
    dKeys.after(seen * width).fill(0)
    dValues.after(seen * width).fill(0)
  }
}
