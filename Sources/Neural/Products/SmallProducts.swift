import CMath

/// c[i, j] (+)= Σ a[i, k] · b[k, j] for a small product whose operands fit the first caches.
///
/// Each element of `c` is one chain of multiply-adds over ascending `k`, so its bits depend neither
/// on the number of rows nor on how they are tiled.
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
    let operands = TileOperands(
      c: c[column..<c.count], cRow: cRow, a: a, aRow: aRow, aStep: aStep, b: b[column..<b.count],
      bRow: bRow, depth: depth, accumulate: accumulate)
    // A multiply-add takes its time: at least six chains at once hide it.
    if rows <= 3 && columns - column >= 64 {
      Strip<4>.multiply(operands, rows: rows)
      column += 64
    } else if columns - column >= 32 {
      Strip<2>.multiply(operands, rows: rows)
      column += 32
    } else {
      Strip<1>.multiply(operands, rows: rows)
      column += 16
    }
  }
}

/// What a tile reads and writes; see `multiplyTile`.
private struct TileOperands {
  let c: Floats
  let cRow: Int
  let a: Floats
  let aRow: Int
  let aStep: Int
  let b: Floats
  let bRow: Int
  let depth: Int
  let accumulate: Bool
}

/// Columns of some vectors' width, all rows: six at a time, then what is left.
private enum Strip<let vectors: Int> {
  static func multiply(_ operands: TileOperands, rows: Int) {
    var row = 0
    while row < rows {
      switch rows - row {
      case 1: Tile<1, vectors>.multiply(operands, row)
      case 2: Tile<2, vectors>.multiply(operands, row)
      case 3: Tile<3, vectors>.multiply(operands, row)
      case 4: Tile<4, vectors>.multiply(operands, row)
      case 5: Tile<5, vectors>.multiply(operands, row)
      default: Tile<6, vectors>.multiply(operands, row)
      }
      row += 6
    }
  }
}

/// A tile whose size the compiler knows, so that its sums stay in registers.
private enum Tile<let rows: Int, let vectors: Int> {
  @inline(__always)
  static func multiply(_ t: TileOperands, _ first: Int) {
    let (c, a) = (t.c[first * t.cRow..<t.c.count], t.a[first * t.aRow..<t.a.count])
    var sums = InlineArray<rows, InlineArray<vectors, SIMD16<Float>>>(
      repeating: InlineArray(repeating: .zero))
    if t.accumulate {
      for i in 0..<rows {
        for j in 0..<vectors { sums[i][j] = c.load16(i &* t.cRow &+ j &* 16) }
      }
    }
    // Wrapping sums: checks for overflow would stay in the loop.
    var (aStart, bStart) = (0, 0)
    for _ in 0..<t.depth {
      var part = InlineArray<vectors, SIMD16<Float>>(repeating: .zero)
      for j in 0..<vectors { part[j] = t.b.load16(bStart &+ j &* 16) }
      for i in 0..<rows {
        let weight = SIMD16<Float>(repeating: a[i &* t.aRow &+ aStart])
        for j in 0..<vectors { sums[i][j] = multiply_add16(weight, part[j], sums[i][j]) }
      }
      aStart &+= t.aStep
      bStart &+= t.bRow
    }
    for i in 0..<rows {
      for j in 0..<vectors { c.store16(sums[i][j], i &* t.cRow &+ j &* 16) }
    }
  }
}
