import Testing

@testable import Neural

@Suite("Low-rank products")
struct LowRankTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let rows, stride, first, width, rank: Int
    var testDescription: String {
      "\(rows) rows, \(width) of \(stride) from \(first), rank \(rank)"
    }
  }

  /// Sizes around those of vectors and blocks.
  static let cases = [
    Case(rows: 1, stride: 5, first: 0, width: 5, rank: 1),
    Case(rows: 3, stride: 40, first: 7, width: 33, rank: 4),
    Case(rows: 128, stride: 128, first: 0, width: 128, rank: 16),
    Case(rows: 129, stride: 300, first: 100, width: 131, rank: 17),
    Case(rows: 700, stride: 260, first: 0, width: 257, rank: 40),
  ]

  @Test("projecting and collecting agree with naive loops", arguments: cases)
  func naive(_ c: Case) {
    for precision in Precision.allCases {
      let x = Tensor(normals(c.rows * c.stride, 1))
      let memory = OperandMemory()
      let operand = memory.operand(x.floats, precision, .input)
      // Rounding to bfloat16 is part of the input, not of the products.
      let rounded = (0..<x.floats.count).map { Double(operand.load16($0, count: 1)[0]) }
      let slices = RowSlices(
        operand: operand, stride: c.stride, columns: c.first..<c.first + c.width)
      let factor = Tensor(normals(c.rank * c.width, 2))
      let gradient = Tensor(normals(c.rank * c.width, 3))
      var expected = gradient.floats.array.map { Double($0) }
      for row in 0..<c.rows {
        func element(_ i: Int) -> Double { rounded[row * c.stride + c.first + i] }
        for k in 0..<c.rank {
          let projected = (0..<c.width).reduce(0.0) {
            $0 + 0.75 * Double(factor.floats[k * c.width + $1]) * element($1)
          }
          for i in 0..<c.width { expected[k * c.width + i] += projected * element(i) }
        }
      }
      let lowRank = LowRankMemory()
      // What an earlier, larger product left must not matter.
      lowRank.project(
        slices, Tensor(normals(c.rank * c.width, 4)).floats, rank: c.rank, scale: 9, rows: c.rows)
      lowRank.project(slices, factor.floats, rank: c.rank, scale: 0.75, rows: c.rows)
      lowRank.collect(gradient.floats, slices, rank: c.rank, rows: c.rows)
      #expect(relativeError(gradient.floats.array, expected) < 1e-5, "\(precision)")
    }
  }
}
