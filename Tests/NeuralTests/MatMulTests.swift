import Testing

@testable import Neural

@Suite("Matrix products")
struct MatMulTests {
  static let shapes: [(out: Int, inputs: Int)] = [
    (128, 128), (352, 128), (128, 352), (960, 576), (576, 1536), (70, 100), (513, 37), (64, 3000),
    (1600, 192),
  ]

  /// The precisions that this processor has.
  static let precisions = Precision.allCases.filter { $0 == .f32 || Precision.hasBF16 }

  /// x · wᵀ for `rows` rows of x from `first` on.
  private func product(
    _ x: [Float], _ w: [Float], rows: Int, out: Int, inputs: Int, from first: Int = 0,
    _ precision: Precision = .f32
  ) -> [Float] {
    let left = Tensor(x)
    let right = Tensor(w)
    let result = Tensor(count: rows * out)
    let packed = PackedMatrix(out: out, in: inputs, precision: precision)
    packed.refresh(right.floats, version: 0)
    let memory = OperandMemory()
    let factor = memory.operand(left.floats[first * inputs..<x.count], precision, .input)
    matmul(result.floats, factor, packed, rows: rows)
    return result.floats.array
  }

  /// dy · w, and dyᵀ · x added to 2.
  private func gradients(
    _ x: [Float], _ w: [Float], _ dy: [Float], rows: Int, out: Int, inputs: Int,
    _ precision: Precision
  ) -> (dx: [Float], dw: [Float]) {
    let left = Tensor(x)
    let right = Tensor(w)
    let above = Tensor(dy)
    let dx = Tensor([Float](repeating: 1, count: x.count))
    let dw = Tensor([Float](repeating: 2, count: w.count))
    let packed = PackedMatrix(out: out, in: inputs, precision: precision)
    packed.refresh(right.floats, version: 0)
    let memory = OperandMemory()
    matmulBackward(
      dx: dx.floats, dw: .whole(dw.floats),
      dy: memory.operand(above.floats, precision, .outputGradient),
      x: memory.operand(left.floats, precision, .input), packed, rows: rows, memory: memory)
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

  @Test("outputs agree with sums in double precision", arguments: shapes, precisions)
  func forward(_ shape: (out: Int, inputs: Int), _ precision: Precision) {
    let (rows, out, inputs) = (19, shape.out, shape.inputs)
    var (x, w) = (normals(rows * inputs, 1), normals(out * inputs, 2))
    let result = product(x, w, rows: rows, out: out, inputs: inputs, precision)
    (x, w) = (precision.seen(x), precision.seen(w))
    let expected = (0..<rows * out).map {
      sum(inputs, x[($0 / out * inputs)...], 1, w[($0 % out * inputs)...], 1)
    }
    #expect(largestError(result, expected) < 1e-4)
  }

  @Test("sums in pieces agree with sums in double precision", arguments: precisions, [1, 19, 70])
  func pieces(_ precision: Precision, rows: Int) {
    let (out, inputs) = (100, 900)
    var (x, w) = (normals(rows * inputs, 3), normals(out * inputs, 4))
    let panels = Panels(
      inner: inputs, columns: out, width: 64, precision: precision, longestSum: 256)
    let left = Tensor(x)
    let right = Tensor(w)
    let result = Tensor(count: rows * out)
    panels.fill(Operand(right.floats).matrix(rowStride: 1, columnStride: inputs))
    let memory = OperandMemory()
    let factor = memory.operand(left.floats, precision, .input)
    panels.multiply(result.floats, factor, rows: rows)
    (x, w) = (precision.seen(x), precision.seen(w))
    let expected = (0..<rows * out).map {
      sum(inputs, x[($0 / out * inputs)...], 1, w[($0 % out * inputs)...], 1)
    }
    #expect(largestError(result.floats.array, expected) < 1e-4)
  }

  @Test(
    "gradients agree with sums in double precision; a weight's adds to what is there",
    arguments: precisions,
    // Blocks of columns that are not full, and rows that go through in several pieces.
    [(21, 70, 300), (96, 9, 352), (130, 65, 33), (2101, 20, 40), (1024, 3, 70)])
  func backward(precision: Precision, sizes: (rows: Int, out: Int, inputs: Int)) {
    let (rows, out, inputs) = sizes
    var (x, w, dy) = (
      normals(rows * inputs, 1), normals(out * inputs, 2), normals(rows * out, 3)
    )
    let (dx, dw) = gradients(x, w, dy, rows: rows, out: out, inputs: inputs, precision)
    (x, w, dy) = (precision.seen(x), precision.seen(w), precision.seen(dy))
    let expectedInput = (0..<rows * inputs).map {
      sum(out, dy[($0 / inputs * out)...], 1, w[($0 % inputs)...], inputs)
    }
    let expectedWeight = (0..<out * inputs).map {
      2 + sum(rows, dy[($0 / inputs)...], out, x[($0 % inputs)...], inputs)
    }
    #expect(largestError(dx, expectedInput) < 1e-4)
    #expect(largestError(dw, expectedWeight) < 1e-4 * max(1, Double(rows) / 300))
  }

  @Test(
    "a row has the same bits among any number of rows, on one thread and two", arguments: shapes,
    precisions)
  func rowBits(_ shape: (out: Int, inputs: Int), _ precision: Precision) {
    let (most, out, inputs) = (700, shape.out, shape.inputs)
    let (x, w) = (normals(most * inputs, 1), normals(out * inputs, 2))
    let whole = withThreads(2) { product(x, w, rows: most, out: out, inputs: inputs, precision) }
    for rows in [1, 2, 3, 5, 7, 8, 12, 13, 16, 31, 32, 47, 64, 97, 128, 200, 256, 300, 513] {
      for (threads, first) in [(1, 0), (2, 0), (1, 1), (2, most - rows)] {
        let part = withThreads(threads) {
          product(x, w, rows: rows, out: out, inputs: inputs, from: first, precision)
        }
        #expect(
          part == Array(whole[first * out..<(first + rows) * out]),
          "\(rows) rows from \(first) on \(threads) threads")
      }
    }
  }

  @Test("gradients have the same bits on one thread and two", arguments: shapes, precisions)
  func gradientBits(_ shape: (out: Int, inputs: Int), _ precision: Precision) {
    let (rows, out, inputs) = (777, shape.out, shape.inputs)
    let (x, w, dy) = (
      normals(rows * inputs, 1), normals(out * inputs, 2), normals(rows * out, 3)
    )
    let one = withThreads(1) {
      gradients(x, w, dy, rows: rows, out: out, inputs: inputs, precision)
    }
    let two = withThreads(2) {
      gradients(x, w, dy, rows: rows, out: out, inputs: inputs, precision)
    }
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
    matmul(y.floats, Operand(x.floats), packed, rows: 1)
    #expect(y.floats[0] == 2)
    packed.refresh(w.floats, version: 4)
    matmul(y.floats, Operand(x.floats), packed, rows: 1)
    #expect(y.floats[0] == 10)
  }

  @Test("rounding to bfloat16 takes ties to even and keeps infinities and not-a-number")
  func rounding() {
    var values: [Float] = [
      0, -0.0, 1, .infinity, -.infinity, .greatestFiniteMagnitude, .leastNonzeroMagnitude,
    ]
    values += [0x3f80_8000, 0x3f81_8000, 0x3f80_8001].map { Float(bitPattern: $0) }
    values += normals(991, 1)
    let words = rounded(values)
    for (value, word) in zip(values, words) {
      #expect(Float(bitPattern: UInt32(word) << 16) == Precision.bf16.seen([value])[0], "\(value)")
    }
    let odd = [Float.nan, Float(bitPattern: 0x7f80_0001), Float(bitPattern: 0xff80_ffff)]
    for word in rounded(odd) { #expect(Float(bitPattern: UInt32(word) << 16).isNaN) }
  }

  private func rounded(_ values: [Float]) -> [UInt16] {
    let source = Tensor(values)
    return [UInt16](unsafeUninitializedCapacity: values.count) { buffer, count in
      if let start = buffer.baseAddress { narrow(start, source.floats) }
      count = values.count
    }
  }
}
