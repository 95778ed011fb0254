import CMath

// How rows become factors of attention's products: floats as they are, or pairs of bfloat16 numbers.

extension AttentionShape {
  /// The elements of a row times `factor`, as factors side by side.
  func fill(_ cells: Floats, from row: Floats, times factor: Float) {
    switch precision {
    case .f32: cells[0..<row.count].copy(from: row, times: factor)
    case .bf16:
      let words = cells.words
      eachVector(row.count) { i, count in
        storeNarrow(words + i, row.load16(i, count: count) * factor, count: count)
      }
    }
  }

  /// 32 factors side by side.
  @inline(__always)
  func store(_ cells: Floats, _ first: SIMD16<Float>, _ second: SIMD16<Float>) {
    switch precision {
    case .f32:
      cells.store16(first, 0)
      cells.store16(second, 16)
    case .bf16:
      storeNarrow(cells.words, first, count: 16)
      storeNarrow(cells.words + 16, second, count: 16)
    }
  }

  /// From factors side by side, [rows, width], to what products read that sum over rows: in bfloat16 pairs
  /// of rows' numbers, [rows / 2, width], where a row that has no other is paired with zeros.
  func pairRows(_ pairs: Floats, _ factors: Floats, rows: Int) {
    let words = factors.words
    for row in Swift.stride(from: 0, to: rows, by: 2) {
      let target = pairs.row(row / 2, width: width).words
      for column in Swift.stride(from: 0, to: width, by: 16) {
        let source = words + row * width + column
        interleave_words16(target + 2 * column, source, row + 1 < rows ? source + width : nil)
      }
    }
  }
}

extension AttentionShape {
  /// `multiplyTile` of such factors, which every product in attention goes through.
  /// - Parameters:
  ///   - a, b: cells; `aRow`, `aStep` and `bRow` count them
  ///   - depth: factors of a sum; if it is odd in bfloat16, the other half of the last cells is
  ///     included
  func multiply(
    _ c: Floats, _ cRow: Int, rows: Int, columns: Int, _ a: Floats, _ aRow: Int, _ aStep: Int,
    _ b: Floats, _ bRow: Int, depth: Int, accumulate: Bool
  ) {
    let multiply = precision == .f32 ? multiplyTile : multiplyPairs
    multiply(c, cRow, rows, columns, a, aRow, aStep, b, bRow, cells(depth), accumulate)
  }
}

/// `multiplyTile` of cells of two bfloat16 numbers, whose two products go into one sum.
private func multiplyPairs(
  _ c: Floats, _ cRow: Int, rows: Int, columns: Int, _ a: Floats, _ aRow: Int, _ aStep: Int,
  _ b: Floats, _ bRow: Int, depth: Int, accumulate: Bool
) {
  precondition(columns % 16 == 0, "\(columns) columns are no multiple of 16")
  assert((rows - 1) * cRow + columns <= c.count && (depth - 1) * bRow + columns <= b.count)
  assert((rows - 1) * aRow + (depth - 1) * aStep < a.count)
  var product = pair_product(
    c: c.base, c_row: cRow, a: a.base, a_row: aRow, a_step: aStep, b: b.base, b_row: bRow,
    depth: depth, accumulate: accumulate)
  multiply_pairs(&product, rows, columns)
}

extension Floats {
  /// The halves of the cells, as bfloat16 numbers.
  var words: UnsafeMutablePointer<UInt16> {
    UnsafeMutableRawPointer(base).assumingMemoryBound(to: UInt16.self)
  }

  /// Writes sixteen bfloat16 numbers from word `index` on.
  @inline(__always)
  func storeWords(_ value: SIMD16<UInt16>, _ index: Int) {
    UnsafeMutableRawPointer(words + index).storeBytes(of: value, as: SIMD16<UInt16>.self)
  }
}
