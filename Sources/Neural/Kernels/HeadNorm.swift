import CMath

/// Where heads lie in rows that hold more than them: N rows of `stride` floats that begin with
/// [heads, headDim], and what their norm keeps of them in rows of `keptStride` and
/// `reciprocalStride`.
struct HeadRows: Sendable {
  let heads: Int
  let headDim: Int
  let stride: Int
  let keptStride: Int
  let reciprocalStride: Int

  /// Where one head of a row begins, where its copy does, and the place of its reciprocal.
  @inline(__always)
  func place(_ row: Int, _ head: Int) -> (own: Int, kept: Int, reciprocal: Int) {
    (
      row * stride + head * headDim, row * keptStride + head * headDim,
      row * reciprocalStride + head
    )
  }

  /// Calls `body` with each head of `rows` rows, what is kept of it and the place of its reciprocal.
  @inline(__always)
  func each(
    of x: Floats, kept: Floats, rows: Int,
    _ body: @Sendable (_ own: Floats, _ kept: Floats, _ reciprocal: Int) -> Void
  ) {
    Parallel.chunks(rows, grain: Parallel.grain(width: headDim * heads)) { range in
      for row in range {
        for head in 0..<heads {
          let place = place(row, head)
          body(
            x[place.own..<place.own + headDim], kept[place.kept..<place.kept + headDim],
            place.reciprocal)
        }
      }
    }
  }
}

/// RMS norm of each head of each row, in place, with one weight for all heads (Qwen3, Yang et al.,
/// 2025).
///
/// - Parameters:
///   - x: rows of heads
///   - kept: the heads as they came, for backward
///   - reciprocals: 1 / √(mean(x²) + ε) of each head, for backward
///   - weight: [headDim]
func headNorm(
  _ x: Floats, kept: Floats, _ reciprocals: Floats, weight: Floats, epsilon: Float,
  _ layout: HeadRows, rows: Int
) {
  precondition(weight.count == layout.headDim, "a weight of \(weight.count) for each head")
  layout.each(of: x, kept: kept, rows: rows) { values, copy, place in
    copy.copy(from: values)
    let reciprocal = normReciprocal(values, epsilon)
    reciprocals[place] = reciprocal
    eachVector(weight.count) { i, count in
      values.store16(
        copy.load16(i, count: count) * reciprocal * weight.load16(i, count: count), i, count: count)
    }
  }
}

/// Turns `dx`, the gradient of the normed heads, into that of the heads as they came, in place, and
/// adds dWeight += Σ dy·x·r, with r of `headNorm`; no dWeight where the weight is frozen.
func headNormBackward(
  _ dx: Floats, dWeight: Floats?, kept: Floats, _ reciprocals: Floats, weight: Floats,
  _ layout: HeadRows, rows: Int
) {
  if let dWeight {
    addColumnSums(dWeight, rows: rows * layout.heads) { index, column, count in
      let (row, head) = index.quotientAndRemainder(dividingBy: layout.heads)
      let place = layout.place(row, head)
      return dx.load16(place.own + column, count: count)
        * kept.load16(place.kept + column, count: count) * reciprocals[place.reciprocal]
    }
  }
  layout.each(of: dx, kept: kept, rows: rows) { gradient, x, place in
    normalizeBackward(dy: gradient, x: x, reciprocals[place], weight: weight) { change, i, count in
      gradient.store16(change, i, count: count)
    }
  }
}
