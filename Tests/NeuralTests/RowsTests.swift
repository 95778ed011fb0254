import Testing

@testable import Neural

@Suite("Rows and biases")
struct RowsTests {
  @Test("tokens take their rows, and give their gradients back to them")
  func embedding() {
    let tokens: [Int32] = [2, 0, 2, 2]
    let table = Tensor([1, 2, 3, 4, 5, 6])
    let x = Tensor(count: 8)
    gatherRows(x.floats, from: table.floats, at: tokens, width: 2)
    #expect(x.floats.array == [5, 6, 1, 2, 5, 6, 5, 6])
    let dx = Tensor([1, 10, 2, 20, 3, 30, 4, 40])
    let dTable = Tensor([100, 0, 0, 0, 0, 0])
    addRows(dTable.floats, at: tokens, dx.floats, width: 2)
    #expect(dTable.floats.array == [102, 20, 0, 0, 8, 80])
  }

  @Test("a bias is added to each row, and its gradient is the rows' sum", arguments: [1, 16, 130])
  func bias(width: Int) {
    let rows = 300
    let (x, bias) = (normals(rows * width, 1), normals(width, 2))
    let values = Tensor(x)
    let added = Tensor(bias)
    let sums = Tensor(bias)
    addBias(values.floats, added.floats, rows: rows)
    #expect(values.floats.array == x.indices.map { x[$0] + bias[$0 % width] })
    let dx = Tensor(x)
    addBiasBackward(dBias: sums.floats, dx: dx.floats, rows: rows)
    let expected = (0..<width).map { column in
      (0..<rows).reduce(Double(bias[column])) { $0 + Double(x[$1 * width + column]) }
    }
    #expect(largestError(sums.floats.array, expected) < 1e-4)
  }
}
