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
  if plan.overlaps { rows.clear(dKey, dValue) }
  rows.pack(scratch, key: key, value: value)
  for wave in plan.waves {
    Parallel.chunks(wave.chunks.count, grain: 1) { chunks in
      for chunk in chunks {
        for unit in wave.chunks[chunk] {
          let (index, head) = (unit / shape.keyValueHeads, unit % shape.keyValueHeads)
          let span = wave.spans.lowerBound + index
          rows.differentiate(
            dQuery, dOut, out, logSumExp, query, scratch, chunk: chunk, plan.spans[span],
            firstSlot: wave.firstSlot[index], head: head)
          if wave.isAlone[index] { rows.add(dKey, dValue, scratch, wave, span, head) }
        }
      }
    }
    if wave.isAlone.contains(false) { rows.add(dKey, dValue, scratch, wave) }
  }
}

/// How backward walks a batch's rows: its plan, and the strides of the rows it reads and writes.
struct BackwardRows: Sendable {
  let layout: BackwardLayout
  let plan: AttentionPlan
  let queryStride: Int
  let keyStride: Int

  private var shape: AttentionShape { plan.shape }
  private var keyWidth: Int { shape.keyValueHeads * shape.headDim }

  /// Sets the gradients of all keys and values to zero.
  func clear(_ dKey: Floats, _ dValue: Floats) {
    for range in plan.ranges {
      for row in range.rows {
        dKey[row * keyStride..<row * keyStride + keyWidth].fill(0)
        dValue[row * keyStride..<row * keyStride + keyWidth].fill(0)
      }
    }
  }

  /// Copies keys (as columns and as rows) and values (as columns) into blocks.
  func pack(_ scratch: Floats, key: Floats, value: Floats) {
    let heads = shape.keyValueHeads
    Parallel.chunks(plan.ranges.count * heads, grain: 1) { units in
      for unit in units {
        let (range, head) = (plan.ranges[unit / heads], unit % heads)
        for index in 0..<range.blocks {
          let block = layout.block(scratch, range.firstBlock + index, head: head)
          let row = range.rows.lowerBound + index * AttentionShape.block
          let start = row * keyStride + head * shape.headDim
          let count = AttentionShape.filled(index, of: range.rows.count)
          shape.packColumns(layout.keyColumns(block), key, at: start, keyStride, count)
          shape.packColumns(layout.valueColumns(block), value, at: start, keyStride, count)
          shape.packRows(layout.keyRows(block), key, at: start, keyStride, count)
        }
      }
    }
  }

  /// Gradients of a span's queries, for the heads of one key/value head, and the span's part of the
  /// gradients of keys and values, into its slots.
  func differentiate(
    _ dQuery: Floats, _ dOut: Floats, _ out: Floats, _ logSumExp: Floats, _ query: Floats,
    _ scratch: Floats, chunk: Int, _ span: AttentionPlan.Span, firstSlot: Int, head: Int
  ) {
    let (tile, floats) = (layout.tile, layout.tile(scratch, chunk))
    let start = plan.ranges[span.own].rows.lowerBound
    let width = shape.heads * shape.headDim
    for first in stride(from: span.rows.lowerBound, to: span.rows.upperBound, by: shape.tileRows) {
      let rows = first..<min(first + shape.tileRows, span.rows.upperBound)
      for row in rows {
        let (index, pair) = (start + row, (row - first) * shape.group)
        let ahead = index + rowsAhead
        shape.prefetch(query, ahead * queryStride, head: head)
        shape.prefetch(dOut, ahead * width, head: head)
        shape.prefetch(out, ahead * width, head: head)
        tile.load(
          floats, pair: pair, query: query[index * queryStride..<index * queryStride + width],
          dOut: dOut.row(index, width: width), out: out.row(index, width: width),
          logSumExp: logSumExp.row(index, width: shape.heads), head: head)
      }
      tile.begin(floats, pairs: rows.count * shape.group)
      differentiate(floats, scratch, rows: rows, span, firstSlot: firstSlot, head: head)
      for row in rows {
        let target = (start + row) * queryStride
        store(dQuery[target..<target + width], floats, pair: (row - first) * shape.group, head)
      }
    }
  }

  /// All key blocks that a tile's rows see; the first tile that sees a block begins its sums.
  private func differentiate(
    _ tile: Floats, _ scratch: Floats, rows: Range<Int>, _ span: AttentionPlan.Span,
    firstSlot: Int, head: Int
  ) {
    let prefix = span.prefix.map { plan.ranges[$0] }
    let prefixBlocks = prefix?.blocks ?? 0
    let diagonal = prefixBlocks + rows.lowerBound / AttentionShape.block
    for index in 0...diagonal {
      let block: Int
      var visible = AttentionShape.block
      if let prefix, index < prefixBlocks {
        block = prefix.firstBlock + index
        visible = AttentionShape.filled(index, of: prefix.rows.count)
      } else {
        block = plan.ranges[span.own].firstBlock + index - prefixBlocks
        if index == diagonal { visible = rows.lowerBound % AttentionShape.block + 1 }
      }
      let packed = layout.block(scratch, block, head: head)
      let isFirst =
        rows.lowerBound == span.rows.lowerBound
        || index == diagonal && rows.lowerBound % AttentionShape.block == 0
      layout.tile.differentiate(
        tile, pairs: rows.count * shape.group, keyColumns: layout.keyColumns(packed),
        valueColumns: layout.valueColumns(packed), keyRows: layout.keyRows(packed),
        dKeys: layout.sum(scratch, slot: firstSlot + index, head: head, part: 0),
        dValues: layout.sum(scratch, slot: firstSlot + index, head: head, part: 1),
        visible: visible, step: index == diagonal ? 1 : 0, accumulate: !isFirst)
    }
  }

  private func store(_ row: Floats, _ tile: Floats, pair: Int, _ head: Int) {
    let gradient = layout.tile.dQuery(tile)
    for member in 0..<shape.group {
      let source = gradient.row(pair + member, width: shape.width)
      let target = (head * shape.group + member) * shape.headDim
      row[target..<target + shape.headDim]
        .copy(from: source[0..<shape.headDim], times: shape.scale)
    }
  }

  /// Adds the slots of a wave to the gradients of the rows they belong to, in the order of spans; those
  /// of spans that are alone are done.
  func add(
    _ dKey: Floats, _ dValue: Floats, _ scratch: Floats, _ wave: AttentionPlan.Wave
  ) {
    Parallel.chunks(shape.keyValueHeads, grain: 1) { heads in
      for head in heads {
        for span in wave.spans where !wave.isAlone[span - wave.spans.lowerBound] {
          add(dKey, dValue, scratch, wave, span, head)
        }
      }
    }
  }

  /// Adds the slots of one span and head.
  func add(
    _ dKey: Floats, _ dValue: Floats, _ scratch: Floats, _ wave: AttentionPlan.Wave, _ number: Int,
    _ head: Int
  ) {
    let span = plan.spans[number]
    let slot = wave.firstSlot[number - wave.spans.lowerBound]
    let blocks = plan.blocks(of: span)
    if let prefix = span.prefix {
      add(dKey, dValue, scratch, wave, slot..<slot + blocks.prefix, plan.ranges[prefix], head)
    }
    let own = slot + blocks.prefix..<slot + blocks.prefix + blocks.own
    add(dKey, dValue, scratch, wave, own, plan.ranges[span.own], head)
  }

  private func add(
    _ dKey: Floats, _ dValue: Floats, _ scratch: Floats, _ wave: AttentionPlan.Wave,
    _ slots: Range<Int>, _ range: AttentionPlan.KeyRange, _ head: Int
  ) {
    for (index, slot) in slots.enumerated() {
      let keys = layout.sum(scratch, slot: slot, head: head, part: 0)
      let values = layout.sum(scratch, slot: slot, head: head, part: 1)
      let isFirst = wave.isFirst[slot] && !plan.overlaps
      let first = range.rows.lowerBound + index * AttentionShape.block
      for row in 0..<AttentionShape.filled(index, of: range.rows.count) {
        let start = (first + row) * keyStride + head * shape.headDim
        let end = start + shape.headDim
        put(dKey[start..<end], keys.row(row, width: shape.width), isFirst)
        put(dValue[start..<end], values.row(row, width: shape.width), isFirst)
      }
    }
  }

  /// Stores or adds a row.
  private func put(_ target: Floats, _ source: Floats, _ isFirst: Bool) {
    eachVector(target.count) { i, count in
      let value = source.load16(i, count: count)
      target.store16(isFirst ? value : target.load16(i, count: count) + value, i, count: count)
    }
  }
}
