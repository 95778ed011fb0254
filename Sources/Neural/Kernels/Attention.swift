/// Floats of scratch that `attentionForward` takes.
func attentionForwardScratch(_ plan: AttentionPlan) -> Int {
  plan.blocks * plan.shape.blockSize + plan.chunks.count * AttentionTile(plan.shape).size
}

/// Causal attention within each segment and, before that, to all rows of the segment's prefix.
///
/// An online softmax over key blocks of 32 positions, prefix first (Dao et al., "FlashAttention",
/// 2022, arXiv:2205.14135). A row's bits depend on its own queries, keys and values only.
/// - Parameters:
///   - out: [rows, heads, headDim]
///   - logSumExp: [rows, heads], of the scaled scores; what backward needs
///   - query: rows of [heads, headDim], `queryStride` apart
///   - key, value: rows of [keyValueHeads, headDim], `keyStride` apart
func attentionForward(
  _ out: Floats, _ logSumExp: Floats, query: Floats, queryStride: Int, key: Floats, value: Floats,
  keyStride: Int, plan: AttentionPlan, scratch: Floats
) {
  precondition(scratch.count >= attentionForwardScratch(plan), "too little attention scratch")
  let shape = plan.shape
  let pool = scratch[0..<plan.blocks * shape.blockSize]
  let tiles = scratch[pool.count..<scratch.count]
  let size = AttentionTile(shape).size
  packKeysAndValues(pool, key: key, value: value, stride: keyStride, plan: plan)
  Parallel.chunks(plan.chunks.count, grain: 1) { chunks in
    for chunk in chunks {
      for unit in plan.chunks[chunk] {
        attendSpan(
          out, logSumExp, query, queryStride, pool, tiles.row(chunk, width: size), plan,
          plan.spans[unit / shape.keyValueHeads], head: unit % shape.keyValueHeads)
      }
    }
  }
}

/// Copies the keys and values of all key ranges into blocks.
private func packKeysAndValues(
  _ pool: Floats, key: Floats, value: Floats, stride: Int, plan: AttentionPlan
) {
  let shape = plan.shape
  Parallel.chunks(plan.ranges.count, grain: 1) { ranges in
    for range in ranges.map({ plan.ranges[$0] }) {
      for index in 0..<range.blocks {
        let block = pool.row(range.firstBlock + index, width: shape.blockSize)
        let row = range.rows.lowerBound + index * AttentionShape.block
        let count = AttentionShape.filled(index, of: range.rows.count)
        shape.pack(block, key: key, value: value, stride: stride, row: row, count: count)
      }
    }
  }
}

/// Attention of a span's rows, for the query heads of one key/value head.
private func attendSpan(
  _ out: Floats, _ logSumExp: Floats, _ query: Floats, _ queryStride: Int, _ pool: Floats,
  _ scratch: Floats, _ plan: AttentionPlan, _ span: AttentionPlan.Span, head: Int
) {
  let shape = plan.shape
  let tile = AttentionTile(shape)
  let own = plan.ranges[span.own]
  let before = span.prefix.map { plan.ranges[$0] }
  let (queryWidth, heads) = (shape.heads * shape.headDim, shape.heads)
  for first in stride(from: span.rows.lowerBound, to: span.rows.upperBound, by: shape.tileRows) {
    let rows = first..<min(first + shape.tileRows, span.rows.upperBound)
    tile.begin(scratch, pairs: rows.count * shape.group)
    for row in rows {
      let start = (own.rows.lowerBound + row) * queryStride
      shape.prefetch(query, start + rowsAhead * queryStride, head: head)
      tile.load(
        scratch, pair: (row - first) * shape.group, row: query[start..<start + queryWidth],
        head: head)
    }
    tile.attend(
      scratch, rows: rows, prefix: before?.rows.count ?? 0, head: head,
      prefixBlock: { pool.row((before?.firstBlock ?? 0) + $0, width: shape.blockSize) },
      ownBlock: { pool.row(own.firstBlock + $0, width: shape.blockSize) })
    for row in rows {
      let index = own.rows.lowerBound + row
      tile.finish(
        scratch, pair: (row - first) * shape.group, row: out.row(index, width: queryWidth),
        logSumExp: logSumExp.row(index, width: heads), head: head)
    }
  }
}

extension AttentionTile {
  /// Takes all keys that consecutive rows of one segment see, block by block in their fixed order.
  /// - Parameters:
  ///   - rows: counted from the start of the segment, all within one block
  ///   - prefix: positions of the prefix
  func attend(
    _ scratch: Floats, rows: Range<Int>, prefix: Int, head: Int, prefixBlock: (Int) -> Floats,
    ownBlock: (Int) -> Floats
  ) {
    let pairs = 0..<rows.count * shape.group
    for index in 0..<AttentionShape.blocks(prefix) {
      let block = prefixBlock(index)
      attend(
        scratch, pairs: pairs, keys: shape.keys(block, head: head),
        values: shape.values(block, head: head),
        visible: AttentionShape.filled(index, of: prefix), step: 0)
    }
    let diagonal = rows.lowerBound / AttentionShape.block
    for index in 0...diagonal {
      let block = ownBlock(index)
      attend(
        scratch, pairs: pairs, keys: shape.keys(block, head: head),
        values: shape.values(block, head: head),
        visible: index == diagonal
          ? rows.lowerBound % AttentionShape.block + 1 : AttentionShape.block,
        step: index == diagonal ? 1 : 0)
    }
  }
}
