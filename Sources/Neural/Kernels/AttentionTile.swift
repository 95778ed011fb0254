import CMath

/// c[i, j] (+)= Σ a[i, k] · b[k, j] for a small product whose operands fit the first cache.
///
/// Each element of `c` is one chain of multiply-adds over ascending `k`, so its bits depend neither
/// on the number of rows nor on how they are tiled: every product in attention goes through here.
/// - Parameters:
///   - c: rows of `columns` elements, `cRow` apart; `columns` is a multiple of 16
///   - a: element (i, k) is at i · aRow + k · aStep
///   - b: rows of at least `columns` elements, `bRow` apart
///   - accumulate: whether the chains go on from what is in `c`, or begin at zero
func multiplyTile(
  _ c: Floats, _ cRow: Int, rows: Int, columns: Int, _ a: Floats, _ aRow: Int, _ aStep: Int,
  _ b: Floats, _ bRow: Int, depth: Int, accumulate: Bool
) {
  precondition(columns % 16 == 0, "\(columns) columns are no multiple of 16")
  var column = 0
  while column < columns {
    let width = column + 32 <= columns ? 32 : 16
    let part = b[column..<b.count]
    var row = 0
    while row < rows {
      let count = min(6, rows - row)
      let target = c[row * cRow + column..<c.count]
      let source = a[row * aRow..<a.count]
      if width == 32 {
        multiplyRows2(count, target, cRow, source, aRow, aStep, part, bRow, depth, accumulate)
      } else {
        multiplyRows1(count, target, cRow, source, aRow, aStep, part, bRow, depth, accumulate)
      }
      row += count
    }
    column += width
  }
}

/// One to six rows by 32 columns.
private func multiplyRows2(
  _ rows: Int, _ c: Floats, _ cRow: Int, _ a: Floats, _ aRow: Int, _ aStep: Int, _ b: Floats,
  _ bRow: Int, _ depth: Int, _ accumulate: Bool
) {
  switch rows {
  case 6: rows2(InlineArray<6, Void>.self, c, cRow, a, aRow, aStep, b, bRow, depth, accumulate)
  case 5: rows2(InlineArray<5, Void>.self, c, cRow, a, aRow, aStep, b, bRow, depth, accumulate)
  case 4: rows2(InlineArray<4, Void>.self, c, cRow, a, aRow, aStep, b, bRow, depth, accumulate)
  case 3: rows2(InlineArray<3, Void>.self, c, cRow, a, aRow, aStep, b, bRow, depth, accumulate)
  case 2: rows2(InlineArray<2, Void>.self, c, cRow, a, aRow, aStep, b, bRow, depth, accumulate)
  default: rows2(InlineArray<1, Void>.self, c, cRow, a, aRow, aStep, b, bRow, depth, accumulate)
  }
}

/// One to six rows by 16 columns.
private func multiplyRows1(
  _ rows: Int, _ c: Floats, _ cRow: Int, _ a: Floats, _ aRow: Int, _ aStep: Int, _ b: Floats,
  _ bRow: Int, _ depth: Int, _ accumulate: Bool
) {
  switch rows {
  case 6: rows1(InlineArray<6, Void>.self, c, cRow, a, aRow, aStep, b, bRow, depth, accumulate)
  case 5: rows1(InlineArray<5, Void>.self, c, cRow, a, aRow, aStep, b, bRow, depth, accumulate)
  case 4: rows1(InlineArray<4, Void>.self, c, cRow, a, aRow, aStep, b, bRow, depth, accumulate)
  case 3: rows1(InlineArray<3, Void>.self, c, cRow, a, aRow, aStep, b, bRow, depth, accumulate)
  case 2: rows1(InlineArray<2, Void>.self, c, cRow, a, aRow, aStep, b, bRow, depth, accumulate)
  default: rows1(InlineArray<1, Void>.self, c, cRow, a, aRow, aStep, b, bRow, depth, accumulate)
  }
}

/// The number of rows is a constant here, so that the sums stay in registers.
@inline(__always)
private func rows2<let rows: Int>(
  _: InlineArray<rows, Void>.Type, _ c: Floats, _ cRow: Int, _ a: Floats, _ aRow: Int,
  _ aStep: Int, _ b: Floats, _ bRow: Int, _ depth: Int, _ accumulate: Bool
) {
  var low = InlineArray<rows, SIMD16<Float>>(repeating: .zero)
  var high = InlineArray<rows, SIMD16<Float>>(repeating: .zero)
  if accumulate {
    for i in 0..<rows {
      low[i] = c.load16(i * cRow)
      high[i] = c.load16(i * cRow + 16)
    }
  }
  var (weights, row) = (0, 0)
  for _ in 0..<depth {
    let (first, second) = (b.load16(row), b.load16(row &+ 16))
    for i in 0..<rows {
      let weight = SIMD16<Float>(repeating: a[i &* aRow &+ weights])
      low[i] = multiply_add16(weight, first, low[i])
      high[i] = multiply_add16(weight, second, high[i])
    }
    weights &+= aStep
    row &+= bRow
  }
  for i in 0..<rows {
    c.store16(low[i], i * cRow)
    c.store16(high[i], i * cRow + 16)
  }
}

@inline(__always)
private func rows1<let rows: Int>(
  _: InlineArray<rows, Void>.Type, _ c: Floats, _ cRow: Int, _ a: Floats, _ aRow: Int,
  _ aStep: Int, _ b: Floats, _ bRow: Int, _ depth: Int, _ accumulate: Bool
) {
  var sums = InlineArray<rows, SIMD16<Float>>(repeating: .zero)
  if accumulate {
    for i in 0..<rows { sums[i] = c.load16(i * cRow) }
  }
  var (weights, row) = (0, 0)
  for _ in 0..<depth {
    let part = b.load16(row)
    for i in 0..<rows {
      sums[i] = multiply_add16(SIMD16(repeating: a[i &* aRow &+ weights]), part, sums[i])
    }
    weights &+= aStep
    row &+= bRow
  }
  for i in 0..<rows { c.store16(sums[i], i * cRow) }
}
