import CMath

// How keys and values get into blocks; see AttentionShape for how they lie there.

extension AttentionShape {
  /// Writes keys and values into a block, all heads; positions beyond `count` become zero, so that
  /// what lay there before cannot reach a sum.
  /// - key, value: rows of [keyValueHeads, headDim], `stride` apart, from `row` on
  func pack(_ block: Floats, key: Floats, value: Floats, stride: Int, row: Int, count: Int) {
    for head in 0..<keyValueHeads {
      let column = head * headDim
      packColumns(keys(block, head: head), key, at: row * stride + column, stride, count)
      packRows(values(block, head: head), value, at: row * stride + column, stride, count)
    }
  }

  /// Writes the keys and values of one position, all heads; positions of a block come in order.
  /// - key, value: [keyValueHeads, headDim]
  func write(_ block: Floats, key: Floats, value: Floats, position: Int) {
    for head in 0..<keyValueHeads {
      let source = head * headDim..<(head + 1) * headDim
      write(keys(block, head: head), column: position, key[source])
      write(values(block, head: head), row: position, value[source])
    }
  }

  /// Rows as the columns of `packed`: [headDim, 32].
  func packColumns(_ packed: Floats, _ rows: Floats, at start: Int, _ stride: Int, _ count: Int) {
    precondition(packed.count >= keysSize && start + (count - 1) * stride + headDim <= rows.count)
    let block = Self.block
    let step = precision == .f32 ? 16 : 32
    guard headDim % step == 0 else {
      if count < block { packed.fill(0) }
      for row in 0..<count {
        let source = start + row * stride
        write(packed, column: row, rows[source..<source + headDim])
      }
      return
    }
    for first in [0, 16] {
      for element in Swift.stride(from: 0, to: headDim, by: step) {
        let target = packed.base + cells(element) * block + first
        let source = rows.base + start + first * stride + element
        switch precision {
        case .f32: transpose16(target, block, source, stride, count - first)
        case .bf16: transpose_pairs16(target, block, source, stride, count - first)
        }
      }
    }
  }

  /// Rows as the rows of `packed`: [32, width].
  func packRows(_ packed: Floats, _ rows: Floats, at start: Int, _ stride: Int, _ count: Int) {
    if count < Self.block || width > headDim { packed.fill(0) }
    let perCell = precision == .f32 ? 1 : 2
    for first in Swift.stride(from: 0, to: count, by: perCell) {
      let source = start + first * stride
      let row = rows[source..<source + headDim]
      let target = packed.row(first / perCell, width: width)
      if perCell == 1 {
        target[0..<headDim].copy(from: row)
      } else if first + 1 < count {
        let next = rows[source + stride..<source + stride + headDim]
        eachVector(headDim) { i, count in
          let cells = pair16(row.load16(i, count: count), next.load16(i, count: count))
          target.store16(cells, i, count: count)
        }
      } else {
        write(packed, row: first, row)
      }
    }
  }

  /// Writes a key as column `position` of `packed`.
  private func write(_ packed: Floats, column position: Int, _ key: Floats) {
    switch precision {
    case .f32:
      for element in 0..<headDim { packed[element * Self.block + position] = key[element] }
    case .bf16:
      eachVector(headDim) { i, count in
        let pairs = unsafeBitCast(narrow16(key.load16(i, count: count)), to: SIMD8<Float>.self)
        for pair in 0..<count / 2 { packed[(i / 2 + pair) * Self.block + position] = pairs[pair] }
      }
    }
  }

  /// Writes a value as row `position` of `packed`; in bfloat16 the first of a pair makes the second zero,
  /// which sums must not find undefined.
  private func write(_ packed: Floats, row position: Int, _ value: Floats) {
    let row = packed.row(cells(position + 1) - 1, width: width)
    eachVector(headDim) { i, count in
      let value = value.load16(i, count: count)
      switch precision {
      case .f32: row.store16(value, i, count: count)
      case .bf16 where position % 2 == 0: row.store16(pair16(value, .zero), i, count: count)
      case .bf16: row.store16(with_upper16(row.load16(i, count: count), value), i, count: count)
      }
    }
  }
}
