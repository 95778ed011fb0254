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
      y.floats, reciprocals.floats, input.floats, weight: gain.floats, epsilon: 0.01, rows: rows)
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
      y.floats, reciprocals.floats, input.floats, weight: gain.floats, epsilon: 0.01, rows: rows)
    rmsNormBackward(
      dx: dx.floats, dWeight: dWeight.floats, dy: above.floats, x: input.floats,
      reciprocals: reciprocals.floats, weight: gain.floats, rows: rows)
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
}
