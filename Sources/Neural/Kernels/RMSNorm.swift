import CMath

// N: rows. C: width of a row.

/// y = x / √(mean(x²) + ε) · weight, row by row (Zhang and Sennrich, 2019).
///
/// - Parameters:
///   - y: [N, C], a factor of the products that follow
///   - x: [N, C]
///   - reciprocals: [N], 1 / √(mean(x²) + ε), for backward
func rmsNorm(
  _ y: Operand, _ reciprocals: Floats, _ x: Floats, weight: Floats, epsilon: Float, rows: Int
) {
  let width = weight.count
  precondition(x.count >= rows * width && y.count >= rows * width && reciprocals.count >= rows)
  Parallel.chunks(rows, grain: Parallel.grain(width: width)) { range in
    normalize(y, reciprocals, x, weight: weight, epsilon: epsilon, range)
  }
}

/// 1 / √(mean(x²) + ε) of one row.
@inline(__always)
func normReciprocal(_ x: Floats, _ epsilon: Float) -> Float {
  1 / (dot(x, x) / Float(x.count) + epsilon).squareRoot()
}

/// `rmsNorm` on the calling thread.
private func normalize(
  _ y: Operand, _ reciprocals: Floats, _ x: Floats, weight: Floats, epsilon: Float,
  _ rows: Range<Int>
) {
  let width = weight.count
  for row in rows {
    let x = x.row(row, width: width)
    let reciprocal = normReciprocal(x, epsilon)
    reciprocals[row] = reciprocal
    eachVector(width) { i, count in
      y.store16(
        x.load16(i, count: count) * reciprocal * weight.load16(i, count: count), row * width + i,
        count: count)
    }
  }
}

/// `rmsNorm` of x += residual, in one pass: the sum that a layer's stream continues with, and its
/// norm.
func residualRMSNorm(
  _ y: Operand, _ reciprocals: Floats, _ x: Floats, residual: Floats, weight: Floats,
  epsilon: Float, rows: Int
) {
  let width = weight.count
  precondition(x.count >= rows * width && y.count >= rows * width && reciprocals.count >= rows)
  precondition(residual.count >= rows * width)
  Parallel.chunks(rows, grain: Parallel.grain(width: width)) { range in
    for row in range {
      x.row(row, width: width).add(residual.row(row, width: width))
    }
    normalize(y, reciprocals, x, weight: weight, epsilon: epsilon, range)
  }
}

/// x += residual, [N, C].
func addResidual(_ x: Floats, _ residual: Floats) {
  precondition(residual.count == x.count, "adding \(residual.count) floats to \(x.count)")
  Parallel.chunks(x.count, grain: 1 << 15) { range in x[range].add(residual[range]) }
}

/// dx += (weight·dy - x r² mean(weight·dy·x)) r, with r of `rmsNorm`.
func rmsNormBackward(
  dx: Floats, dy: Floats, x: Floats, reciprocals: Floats, weight: Floats, rows: Int
) {
  let width = weight.count
  precondition(dx.count >= rows * width && dy.count >= rows * width && x.count >= rows * width)
  Parallel.chunks(rows, grain: Parallel.grain(width: width)) { range in
    for row in range {
      let dx = dx.row(row, width: width)
      normalizeBackward(
        dy: dy.row(row, width: width), x: x.row(row, width: width), reciprocals[row],
        weight: weight
      ) { change, i, count in
        dx.store16(dx.load16(i, count: count) + change, i, count: count)
      }
    }
  }
}

/// The gradient (weight·dy - x r² mean(weight·dy·x)) r of one row by what was normed, given to `store` vector
/// by vector once the row's `dy` has been read.
@inline(__always)
func normalizeBackward(
  dy: Floats, x: Floats, _ r: Float, weight: Floats,
  _ store: (_ change: SIMD16<Float>, _ index: Int, _ count: Int) -> Void
) {
  let width = weight.count
  var sum = SIMD16<Float>.zero
  eachVector(width) { i, count in
    sum = multiply_add16(
      weight.load16(i, count: count) * dy.load16(i, count: count), x.load16(i, count: count), sum)
  }
  let pull = sum.total / Float(width) * r * r
  eachVector(width) { i, count in
    let own = weight.load16(i, count: count) * dy.load16(i, count: count)
    store((own - x.load16(i, count: count) * pull) * r, i, count)
  }
}

/// dWeight += Σ dy·x·r; nothing where the weight is frozen.
func rmsNormWeightGradient(
  _ dWeight: Floats?, dy: Floats, x: Floats, reciprocals: Floats, rows: Int
) {
  guard let dWeight else { return }
  let width = dWeight.count
  precondition(dy.count >= rows * width && x.count >= rows * width && reciprocals.count >= rows)
  addColumnSums(dWeight, rows: rows) { row, column, count in
    let index = row * width + column
    return dy.load16(index, count: count) * x.load16(index, count: count) * reciprocals[row]
  }
}
