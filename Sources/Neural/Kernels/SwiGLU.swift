import CMath

// N: rows. I: intermediate size.

/// y = gate · σ(gate) · up (Shazeer, 2020).
///
/// - Parameters:
///   - y: [N, I]
///   - gateUp: [N, 2 I], gate before up
func swiGLU(_ y: Operand, gateUp: Floats, rows: Int, width: Int) {
  precondition(y.count >= rows * width && gateUp.count >= rows * 2 * width)
  Parallel.chunks(rows, grain: Parallel.grain(width: 2 * width)) { range in
    for row in range {
      let (gate, up) = halves(gateUp, row, width)
      eachVector(width) { i, count in
        let g = gate.load16(i, count: count)
        y.store16(g * sigmoid(g) * up.load16(i, count: count), row * width + i, count: count)
      }
    }
  }
}

/// The gradient of gate and up, [N, 2 I]; may be written over `gateUp`.
func swiGLUBackward(_ gradient: Operand, gateUp: Floats, dy: Floats, rows: Int, width: Int) {
  precondition(dy.count >= rows * width && gateUp.count >= rows * 2 * width)
  Parallel.chunks(rows, grain: Parallel.grain(width: 2 * width)) { range in
    for row in range {
      let (gate, up) = halves(gateUp, row, width)
      let dy = dy.row(row, width: width)
      eachVector(width) { i, count in
        // The next row, since these halves of rows are too short for the processor to foresee.
        prefetch(gate.base + 2 * width + i, 64)
        prefetch(up.base + 2 * width + i, 64)
        let (g, u) = (gate.load16(i, count: count), up.load16(i, count: count))
        let (d, s) = (dy.load16(i, count: count), sigmoid(g))
        let start = row * 2 * width + i
        gradient.store16(d * u * (s * (1 + g * (1 - s))), start, count: count)
        gradient.store16(d * (g * s), start + width, count: count)
      }
    }
  }
}

@inline(__always)
private func halves(_ gateUp: Floats, _ row: Int, _ width: Int) -> (gate: Floats, up: Floats) {
  let both = gateUp.row(row, width: 2 * width)
  return (both[0..<width], both[width..<2 * width])
}

/// 1 / (1 + exp(-x)), from exp(-|x|), which cannot overflow.
@inline(__always)
private func sigmoid(_ x: SIMD16<Float>) -> SIMD16<Float> {
  let negative = x .< 0
  let e = exponential(x.replacing(with: -x, where: .!negative))
  return SIMD16(repeating: 1).replacing(with: e, where: negative) / (1 + e)
}
