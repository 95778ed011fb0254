import Testing

@testable import Neural

@Suite("Matrix products")
struct MatMulTests {
  static let shapes: [(out: Int, inputs: Int)] = [
    (128, 128), (352, 128), (128, 352), (960, 576), (576, 1536), (70, 100), (513, 37), (64, 3000),
  ]

  /// x · wᵀ for `rows` rows of x from `first` on.
  private func product(
    _ x: [Float], _ w: [Float], rows: Int, out: Int, inputs: Int, from first: Int = 0
  ) -> [Float] {
    let left = Tensor(x)
    let right = Tensor(w)
    let result = Tensor(count: rows * out)
    let packed = PackedMatrix(out: out, in: inputs)
    packed.refresh(right.floats, version: 0)
    matmul(result.floats, left.floats[first * inputs..<x.count], packed, rows: rows)
    return result.floats.array
  }

  /// dy · w added to 1, and dyᵀ · x added to 2.
  private func gradients(
    _ x: [Float], _ w: [Float], _ dy: [Float], rows: Int, out: Int, inputs: Int
  ) -> (dx: [Float], dw: [Float]) {
    let left = Tensor(x)
    let right = Tensor(w)
    let above = Tensor(dy)
    let dx = Tensor([Float](repeating: 1, count: x.count))
    let dw = Tensor([Float](repeating: 2, count: w.count))
    matmulInputGradient(
      dx.floats, above.floats, right.floats, rows: rows, out: out, in: inputs, accumulate: true)
    matmulWeightGradient(dw.floats, above.floats, left.floats, rows: rows, out: out, in: inputs)
    return (dx.floats.array, dw.floats.array)
  }

  /// Σ a[i * aStep] · b[i * bStep] in double precision.
  private func sum(
    _ count: Int, _ a: ArraySlice<Float>, _ aStep: Int, _ b: ArraySlice<Float>, _ bStep: Int
  ) -> Double {
    (0..<count).reduce(0) {
      $0 + Double(a[a.startIndex + $1 * aStep]) * Double(b[b.startIndex + $1 * bStep])
    }
  }

  @Test("outputs agree with sums in double precision", arguments: shapes)
  func forward(out: Int, inputs: Int) {
    let rows = 19
    let (x, w) = (normals(rows * inputs, 1), normals(out * inputs, 2))
    let result = product(x, w, rows: rows, out: out, inputs: inputs)
    let expected = (0..<rows * out).map {
      sum(inputs, x[($0 / out * inputs)...], 1, w[($0 % out * inputs)...], 1)
    }
    #expect(largestError(result, expected) < 1e-4)
  }

  @Test("gradients agree with sums in double precision and add to what is there")
  func backward() {
    let (rows, out, inputs) = (21, 70, 300)
    let (x, w, dy) = (
      normals(rows * inputs, 1), normals(out * inputs, 2), normals(rows * out, 3)
    )
    let (dx, dw) = gradients(x, w, dy, rows: rows, out: out, inputs: inputs)
    let expectedInput = (0..<rows * inputs).map {
      1 + sum(out, dy[($0 / inputs * out)...], 1, w[($0 % inputs)...], inputs)
    }
    let expectedWeight = (0..<out * inputs).map {
      2 + sum(rows, dy[($0 / inputs)...], out, x[($0 % inputs)...], inputs)
    }
    #expect(largestError(dx, expectedInput) < 1e-4)
    #expect(largestError(dw, expectedWeight) < 1e-4)
  }

  @Test(
    "a row has the same bits among any number of rows, on one thread and two", arguments: shapes)
  func rowBits(out: Int, inputs: Int) {
    let most = 700
    let (x, w) = (normals(most * inputs, 1), normals(out * inputs, 2))
    let whole = withThreads(2) { product(x, w, rows: most, out: out, inputs: inputs) }
    for rows in [1, 2, 3, 5, 7, 8, 12, 13, 16, 31, 32, 47, 64, 97, 128, 200, 256, 300, 513] {
      for (threads, first) in [(1, 0), (2, 0), (1, 1), (2, most - rows)] {
        let part = withThreads(threads) {
          product(x, w, rows: rows, out: out, inputs: inputs, from: first)
        }
        #expect(
          part == Array(whole[first * out..<(first + rows) * out]),
          "\(rows) rows from \(first) on \(threads) threads")
      }
    }
  }

  @Test("gradients have the same bits on one thread and two", arguments: shapes)
  func gradientBits(out: Int, inputs: Int) {
    let rows = 777
    let (x, w, dy) = (
      normals(rows * inputs, 1), normals(out * inputs, 2), normals(rows * out, 3)
    )
    let one = withThreads(1) { gradients(x, w, dy, rows: rows, out: out, inputs: inputs) }
    let two = withThreads(2) { gradients(x, w, dy, rows: rows, out: out, inputs: inputs) }
    #expect(one.dx == two.dx)
    #expect(one.dw == two.dw)
  }

  @Test("a packed weight follows its source only when the version changes")
  func refresh() {
    let x = Tensor([1, 1])
    let w = Tensor([1, 1])
    let y = Tensor(count: 1)
    let packed = PackedMatrix(out: 1, in: 2)
    packed.refresh(w.floats, version: 3)
    w.floats.fill(5)
    packed.refresh(w.floats, version: 3)
    matmul(y.floats, x.floats, packed, rows: 1)
    #expect(y.floats[0] == 2)
    packed.refresh(w.floats, version: 4)
    matmul(y.floats, x.floats, packed, rows: 1, accumulate: true)
    #expect(y.floats[0] == 12)
  }
}
