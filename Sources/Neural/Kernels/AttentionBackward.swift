import CMath

/// Floats of scratch that `attentionBackward` takes.
func attentionBackwardScratch(_ plan: AttentionPlan) -> Int { BackwardLayout(plan).size }

/// Gradients of queries, keys and values; weights are computed again from `logSumExp`.
///
/// dQuery, dKey and dValue are overwritten. A key's gradient is summed in a fixed order: within a
/// span row by row, then over the spans that see it in their order in the plan.
/// - Parameters:
///   - dOut, out: [rows, heads, headDim]
///   - dQuery, dKey, dValue: laid out as query, key and value (see `attentionForward`)
func attentionBackward(
  dQuery: Floats, dKey: Floats, dValue: Floats, dOut: Floats, out: Floats, logSumExp: Floats,
  query: Floats, queryStride: Int, key: Floats, value: Floats, keyStride: Int,
  plan: AttentionPlan, scratch: Floats
) {
  let layout = BackwardLayout(plan)
  precondition(scratch.count >= layout.size, "too little attention scratch")
  let shape = plan.shape
  let rows = BackwardRows(
    layout: layout, plan: plan, queryStride: queryStride, keyStride: keyStride)
  rows.clear(dKey, dValue)
  rows.pack(scratch, key: key, value: value)
  for wave in plan.waves {
    layout.sums(scratch)[0..<wave.slots * layout.slotSize].fill(0)
    Parallel.chunks(wave.chunks.count, grain: 1) { chunks in
      for chunk in chunks {
        for unit in wave.chunks[chunk] {
          let span = wave.spans.lowerBound + unit / shape.keyValueHeads
          rows.differentiate(
            dQuery, dOut, out, logSumExp, query, scratch, chunk: chunk, plan.spans[span],
            firstSlot: wave.firstSlot[unit / shape.keyValueHeads],
            head: unit % shape.keyValueHeads)
        }
      }
    }
    rows.add(dKey, dValue, scratch, wave)
  }
}

/// Where things lie in backward's scratch.
struct BackwardLayout: Sendable {
  let shape: AttentionShape
  let blocks: Int
  let slots: Int
  let chunks: Int
  let tile: BackwardTile

  init(_ plan: AttentionPlan) {
    shape = plan.shape
    blocks = plan.blocks
    slots = plan.waves.map(\.slots).max() ?? 0
    chunks = plan.waves.map(\.chunks.count).max() ?? 0
    tile = BackwardTile(plan.shape)
  }

  /// Keys as columns, keys as rows and values as columns, of one block and head.
  var blockSize: Int { 2 * shape.keysSize + shape.valuesSize }
  /// Gradients of the keys and of the values of one block, all heads.
  var slotSize: Int { shape.keyValueHeads * 2 * shape.valuesSize }
  var size: Int {
    blocks * shape.keyValueHeads * blockSize + slots * slotSize + chunks * tile.size
  }

  func block(_ scratch: Floats, _ index: Int, head: Int) -> Floats {
    scratch.row(index * shape.keyValueHeads + head, width: blockSize)
  }

  func keyColumns(_ block: Floats) -> Floats { block[0..<shape.keysSize] }
  func valueColumns(_ block: Floats) -> Floats { block[shape.keysSize..<2 * shape.keysSize] }
  func keyRows(_ block: Floats) -> Floats { block[2 * shape.keysSize..<blockSize] }

  /// Gradients of keys and values, a slot for each block that a span of the wave sees.
  func sums(_ scratch: Floats) -> Floats {
    let start = blocks * shape.keyValueHeads * blockSize
    return scratch[start..<start + slots * slotSize]
  }

  /// Gradients of the keys (`part` 0) or values (1) of a head in a slot.
  func sum(_ scratch: Floats, slot: Int, head: Int, part: Int) -> Floats {
    sums(scratch).row((slot * shape.keyValueHeads + head) * 2 + part, width: shape.valuesSize)
  }

  func tile(_ scratch: Floats, _ chunk: Int) -> Floats {
    let start = blocks * shape.keyValueHeads * blockSize + slots * slotSize
    return scratch[start + chunk * tile.size..<start + (chunk + 1) * tile.size]
  }
}

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
      for element in 0..<size {
        queryRow[element] = query[source * size + element] * scale
        gradientRow[element] = dOut[source * size + element]
      }
      var product: Float = 0
      for element in 0..<size {
        product = relaxed_multiply_add(
          gradientRow[element], out[source * size + element], product)
      }
      products[target] = product
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
