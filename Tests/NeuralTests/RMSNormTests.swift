import Testing

@testable import Neural

@Suite("RMS norm")
struct RMSNormTests {
  static let widths = [1, 7, 16, 33, 96]

  private func naive(_ x: [Double], _ weight: [Double], _ epsilon: Double) -> [Double] {
    let mean = x.reduce(0) { $0 + $1 * $1 } / Double(x.count)
    return zip(x, weight).map { $0 * $1 / (mean + epsilon).squareRoot() }
  }

  @Test("rows agree with double precision, whatever their width", arguments: widths)
  func forward(width: Int) {
    let rows = 70
    let (x, weight) = (normals(rows * width, 1), normals(width, 2))
    let input = Tensor(x)
    let gain = Tensor(weight)
    let y = Tensor(count: rows * width)
    let reciprocals = Tensor(count: rows)
    rmsNorm(
      Operand(y.floats), reciprocals.floats, input.floats, weight: gain.floats, epsilon: 0.01,
      rows: rows)
    let expected = (0..<rows).flatMap { row in
      naive(
        x[row * width..<(row + 1) * width].map { Double($0) }, weight.map { Double($0) }, 0.01)
    }
    #expect(largestError(y.floats.array, expected) < 1e-6)
  }

  @Test("gradients agree with finite differences and add to what is there", arguments: widths)
  func backward(width: Int) {
    let rows = 5
    let (x, weight, dy) = (normals(rows * width, 1), normals(width, 2), normals(rows * width, 3))
    let input = Tensor(x)
    let gain = Tensor(weight)
    let above = Tensor(dy)
    let y = Tensor(count: rows * width)
    let reciprocals = Tensor(count: rows)
    let dx = Tensor([Float](repeating: 1, count: rows * width))
    let dWeight = Tensor([Float](repeating: 2, count: width))
    rmsNorm(
      Operand(y.floats), reciprocals.floats, input.floats, weight: gain.floats, epsilon: 0.01,
      rows: rows)
    rmsNormBackward(
      dx: dx.floats, dy: above.floats, x: input.floats, reciprocals: reciprocals.floats,
      weight: gain.floats, rows: rows)
    rmsNormWeightGradient(
      dWeight.floats, dy: above.floats, x: input.floats, reciprocals: reciprocals.floats,
      rows: rows)
    func loss(_ x: [Double], _ weight: [Double]) -> Double {
      (0..<rows).reduce(0) { total, row in
        let range = row * width..<(row + 1) * width
        return zip(naive(Array(x[range]), weight, 0.01), dy[range]).reduce(total) {
          $0 + $1.0 * Double($1.1)
        }
      }
    }
    let (values, gains) = (x.map { Double($0) }, weight.map { Double($0) })
    let slopes = differences(values) { loss($0, gains) }
    let gainSlopes = differences(gains) { loss(values, $0) }
    #expect(largestError(dx.floats.array, slopes.map { $0 + 1 }) < 1e-4)
    #expect(largestError(dWeight.floats.array, gainSlopes.map { $0 + 2 }) < 1e-4)
  }

  @Test("with a residual, it is the norm of the sum, which stays", arguments: widths)
  func residual(width: Int) {
    let rows = 40
    let x = Tensor(normals(rows * width, 1))
    let residual = Tensor(normals(rows * width, 4))
    let weight = Tensor(normals(width, 2))
    let sum = Tensor(count: rows * width)
    for i in 0..<rows * width { sum.floats[i] = x.floats[i] + residual.floats[i] }
    let y = Tensor(count: rows * width)
    let expected = Tensor(count: rows * width)
    let own = Tensor(count: rows)
    let other = Tensor(count: rows)
    residualRMSNorm(
      Operand(y.floats), own.floats, x.floats, residual: residual.floats, weight: weight.floats,
      epsilon: 0.01, rows: rows)
    rmsNorm(
      Operand(expected.floats), other.floats, sum.floats, weight: weight.floats, epsilon: 0.01,
      rows: rows)
    #expect(x.floats.array == sum.floats.array)
    #expect(y.floats.array == expected.floats.array)
    #expect(own.floats.array == other.floats.array)
  }
}
