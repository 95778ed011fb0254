import Foundation

/// Sines and cosines of rotary positions (Su et al., 2021), in pairs (i, i + headDim / 2) as
/// Hugging Face has them.
final class RotaryTable {
  let headDim: Int
  /// [positions, headDim / 2]
  private let cosines: Tensor
  private let sines: Tensor
  let positions: Int

  /// Tables for the positions `0..<positions`; frequencies and angles in 32 bits, as transformers.
  init(positions: Int, headDim: Int, theta: Double, scaling: RopeScaling? = nil) {
    self.headDim = headDim
    self.positions = positions
    let half = headDim / 2
    cosines = Tensor(count: positions * half)
    sines = Tensor(count: positions * half)
    let frequencies = Self.frequencies(headDim: headDim, theta: theta, scaling: scaling)
    for position in 0..<positions {
      for i in 0..<half {
        let angle = Float(position) * frequencies[i]
        cosines.floats[position * half + i] = Float(cos(Double(angle)))
        sines.floats[position * half + i] = Float(sin(Double(angle)))
      }
    }
  }

  /// Radians a position for each pair of a head.
  static func frequencies(headDim: Int, theta: Double, scaling: RopeScaling?) -> [Float] {
    (0..<headDim / 2).map { pair in
      let frequency = 1 / Float(pow(theta, Double(Float(2 * pair) / Float(headDim))))
      return scaling?.frequency(frequency) ?? frequency
    }
  }

  /// Turns `heads` heads at the front of each row by its position, in place; back with `inverse`.
  ///
  /// - Parameter x: rows of `stride` floats that begin with [heads, headDim]
  func rotate(
    _ x: Floats, heads: Int, stride: Int, positions: ArraySlice<Int32>, inverse: Bool = false
  ) {
    let half = headDim / 2
    let (cosines, sines) = (cosines.floats, sines.floats)
    precondition(positions.allSatisfy { $0 < self.positions }, "a position beyond the table")
    let headDim = headDim
    positions.withUnsafeBufferPointer { buffer in
      nonisolated(unsafe) let positions = buffer  // Only read, and the loop waits for all.
      Parallel.chunks(buffer.count, grain: Parallel.grain(width: heads * headDim)) { rows in
        for row in rows {
          let position = Int(positions[row])
          let (c, s) = (cosines.row(position, width: half), sines.row(position, width: half))
          for head in 0..<heads {
            let start = row * stride + head * headDim
            turn(x[start..<start + half], x[start + half..<start + headDim], c, s, inverse)
          }
        }
      }
    }
  }
}

/// (a, b) → (a cos - b sin, b cos + a sin); with `inverse` the other way round.
private func turn(_ a: Floats, _ b: Floats, _ cosines: Floats, _ sines: Floats, _ inverse: Bool) {
  eachVector(a.count) { i, count in
    let (x, y) = (a.load16(i, count: count), b.load16(i, count: count))
    let c = cosines.load16(i, count: count)
    let s = inverse ? -sines.load16(i, count: count) : sines.load16(i, count: count)
    a.store16(x * c - y * s, i, count: count)
    b.store16(y * c + x * s, i, count: count)
  }
}
