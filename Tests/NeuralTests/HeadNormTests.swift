import Testing

@testable import Neural

@Suite("Norms of heads")
struct HeadNormTests {
  private static let rows = 5

  /// Two heads at the front of rows with three values more; what is kept lies in rows of its own.
  private func layout(_ width: Int) -> HeadRows {
    HeadRows(
      heads: 2, headDim: width, stride: 2 * width + 3, keptStride: 2 * width + 1,
      reciprocalStride: 3)
  }

  private func naive(_ x: [Double], _ weight: [Double], _ layout: HeadRows) -> [Double] {
    var y = x
    for row in 0..<Self.rows {
      for head in 0..<layout.heads {
        let start = row * layout.stride + head * layout.headDim
        let range = start..<start + layout.headDim
        let mean = x[range].reduce(0) { $0 + $1 * $1 } / Double(layout.headDim)
        for i in range { y[i] = x[i] * weight[i - start] / (mean + 0.01).squareRoot() }
      }
    }
    return y
  }

  @Test(
    "values and gradients agree with double precision and finite differences; the rest of a row stays",
    arguments: [2, 16, 18, 35])
  func agreement(width: Int) {
    let layout = layout(width)
    let count = Self.rows * layout.stride
    let (x, weight, dy) = (normals(count, 1), normals(width, 2), normals(count, 3))
    let values = Tensor(x)
    let gain = Tensor(weight)
    let gradient = Tensor(dy)
    let kept = Tensor(count: Self.rows * layout.keptStride)
    let reciprocals = Tensor(count: Self.rows * layout.reciprocalStride)
    let dWeight = Tensor([Float](repeating: 2, count: width))
    headNorm(
      values.floats, kept: kept.floats, reciprocals.floats, weight: gain.floats, epsilon: 0.01,
      layout, rows: Self.rows)
    headNormBackward(
      gradient.floats, dWeight: dWeight.floats, kept: kept.floats, reciprocals.floats,
      weight: gain.floats, layout, rows: Self.rows)
    let (inputs, gains) = (x.map { Double($0) }, weight.map { Double($0) })
    #expect(largestError(values.floats.array, naive(inputs, gains, layout)) < 1e-5)
    func loss(_ x: [Double], _ weight: [Double]) -> Double {
      zip(naive(x, weight, layout), dy).reduce(0) { $0 + $1.0 * Double($1.1) }
    }
    // What lies behind the heads goes through unchanged, and so does its gradient.
    #expect(
      largestError(gradient.floats.array, differences(inputs) { loss($0, gains) }) < 1e-4)
    #expect(
      largestError(
        dWeight.floats.array, differences(gains) { loss(inputs, $0) }.map { $0 + 2 }) < 1e-4)
  }
}
