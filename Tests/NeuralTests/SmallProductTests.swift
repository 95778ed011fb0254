import Randomness
import Testing

@testable import Neural

@Suite("Small products")
struct SmallProductTests {
  /// A product of `rows` x `columns` with an odd or even inner dimension, and room beside each row.
  struct Case: Sendable, CustomTestStringConvertible {
    let rows, columns, depth: Int
    let byColumns: Bool
    let accumulate: Bool
    var testDescription: String {
      "\(rows) x \(depth) x \(columns)\(byColumns ? ", by columns" : "")\(accumulate ? ", +=" : "")"
    }
  }

  static let cases = [
    Case(rows: 1, columns: 64, depth: 32, byColumns: false, accumulate: false),
    Case(rows: 2, columns: 96, depth: 7, byColumns: false, accumulate: true),
    Case(rows: 3, columns: 80, depth: 64, byColumns: true, accumulate: true),
    Case(rows: 4, columns: 16, depth: 2, byColumns: true, accumulate: false),
    Case(rows: 5, columns: 48, depth: 31, byColumns: true, accumulate: true),
    Case(rows: 6, columns: 32, depth: 1, byColumns: false, accumulate: false),
    Case(rows: 13, columns: 64, depth: 45, byColumns: false, accumulate: true),
    Case(rows: 32, columns: 112, depth: 48, byColumns: true, accumulate: false),
  ]

  @Test(
    "agree with naive sums, whichever way the left factor lies", arguments: cases,
    MatMulTests.precisions)
  func oracle(test: Case, precision: Precision) {
    let shape = AttentionShape(heads: 1, keyValueHeads: 1, headDim: 2, precision: precision)
    var stream = RandomStream(seed: UInt64(test.rows))
    func normals(_ count: Int) -> [Float] { (0..<count).map { _ in Float(stream.normal()) } }
    let (a, b) = (normals(test.rows * test.depth), normals(test.depth * test.columns))
    let cells = shape.cells(test.depth)
    let (cRow, bRow) = (test.columns + 3, test.columns + 5)
    let (aRow, aStep) = test.byColumns ? (1, test.rows + 2) : (cells + 1, 1)
    let before = normals(test.rows * cRow)
    let c = Tensor(before)
    let left = Tensor(count: test.rows * (cells + 1) + cells * (aStep + 1))
    let right = Tensor(count: cells * bRow)
    for k in 0..<test.depth {
      for i in 0..<test.rows {
        put(
          left.floats, i * aRow + k / (precision == .f32 ? 1 : 2) * aStep, k, a[i * test.depth + k],
          precision)
      }
      for j in 0..<test.columns {
        put(
          right.floats, k / (precision == .f32 ? 1 : 2) * bRow + j, k, b[k * test.columns + j],
          precision)
      }
    }
    shape.multiply(
      c.floats, cRow, rows: test.rows, columns: test.columns, left.floats, aRow, aStep,
      right.floats,
      bRow, depth: test.depth, accumulate: test.accumulate)
    let (seenA, seenB) = (precision.seen(a), precision.seen(b))
    for i in 0..<test.rows {
      for j in 0..<cRow {
        var sum = test.accumulate || j >= test.columns ? Double(before[i * cRow + j]) : 0
        if j < test.columns {
          for k in 0..<test.depth {
            sum += Double(seenA[i * test.depth + k]) * Double(seenB[k * test.columns + j])
          }
        }
        #expect(abs(Double(c.floats[i * cRow + j]) - sum) < 2e-5, "\(i), \(j)")
      }
    }
  }

  /// Writes factor `k` of a sum into its cell, or its half of one.
  private func put(_ cells: Floats, _ cell: Int, _ k: Int, _ value: Float, _ precision: Precision) {
    if precision == .f32 {
      cells[cell] = value
    } else {
      cells.words[2 * cell + k % 2] = UInt16(precision.seen([value])[0].bitPattern >> 16)
    }
  }
}
