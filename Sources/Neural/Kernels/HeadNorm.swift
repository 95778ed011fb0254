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
  let (width, heads) = (layout.headDim, layout.heads)
  Parallel.chunks(rows, grain: Parallel.grain(width: width * heads)) { range in
    for row in range {
      for head in 0..<heads {
        let start = row * layout.stride + head * width
        let place = row * layout.keptStride + head * width
        let (values, copy) = (x[start..<start + width], kept[place..<place + width])
        copy.copy(from: values)
        let reciprocal = 1 / (dot(values, values) / Float(width) + epsilon).squareRoot()
        reciprocals[row * layout.reciprocalStride + head] = reciprocal
        eachVector(width) { i, count in
          values.store16(
            copy.load16(i, count: count) * reciprocal * weight.load16(i, count: count), i,
            count: count)
        }
      }
    }
  }
}

/// Turns `dx`, the gradient of the normed heads, into that of the heads as they came, in place, and
/// adds dWeight += Σ dy·x·r, with r of `headNorm`; no dWeight where the weight is frozen.
func headNormBackward(
  _ dx: Floats, dWeight: Floats?, kept: Floats, _ reciprocals: Floats, weight: Floats,
  _ layout: HeadRows, rows: Int
) {
  let (width, heads) = (layout.headDim, layout.heads)
  if let dWeight {
    addColumnSums(dWeight, rows: rows * heads) { index, column, count in
      let (row, head) = index.quotientAndRemainder(dividingBy: heads)
      let (start, place) = (
        row * layout.stride + head * width, row * layout.keptStride + head * width
      )
      return dx.load16(start + column, count: count) * kept.load16(place + column, count: count)
        * reciprocals[row * layout.reciprocalStride + head]
    }
  }
  Parallel.chunks(rows, grain: Parallel.grain(width: width * heads)) { range in
    for row in range {
      for head in 0..<heads {
        let start = row * layout.stride + head * width
        let place = row * layout.keptStride + head * width
        let (gradient, x) = (dx[start..<start + width], kept[place..<place + width])
        let r = reciprocals[row * layout.reciprocalStride + head]
        var sum = SIMD16<Float>.zero
        eachVector(width) { i, count in
          sum = multiply_add16(
            weight.load16(i, count: count) * gradient.load16(i, count: count),
            x.load16(i, count: count), sum)
        }
        let pull = sum.total / Float(width) * r * r
        eachVector(width) { i, count in
          let own = weight.load16(i, count: count) * gradient.load16(i, count: count)
          gradient.store16((own - x.load16(i, count: count) * pull) * r, i, count: count)
        }
      }
    }
  }
}
