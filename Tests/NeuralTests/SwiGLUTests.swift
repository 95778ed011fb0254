import Foundation
import Testing

@testable import Neural

@Suite("SwiGLU")
struct SwiGLUTests {
  @Test("values and gradients agree with double precision, also far out", arguments: [1, 16, 45])
  func both(width: Int) {
    let rows = 3
    var gateUp = normals(rows * 2 * width, 1, scale: 3)
    // Where exp(-x) or exp(x) alone would overflow.
    (gateUp[0], gateUp[2 * width]) = (-120, 120)
    let dy = normals(rows * width, 2)
    let both = Tensor(gateUp)
    let above = Tensor(dy)
    let y = Tensor(count: rows * width)
    swiGLU(Operand(y.floats), gateUp: both.floats, rows: rows, width: width)
    swiGLUBackward(
      Operand(both.floats), gateUp: both.floats, dy: above.floats, rows: rows, width: width)
    func value(_ gate: Double, _ up: Double) -> Double { gate / (1 + exp(-gate)) * up }
    var (values, gradients) = ([Double](), gateUp.map { _ in 0.0 })
    for row in 0..<rows {
      for i in 0..<width {
        let place = row * 2 * width + i
        let (gate, up) = (Double(gateUp[place]), Double(gateUp[place + width]))
        let d = Double(dy[row * width + i])
        values.append(value(gate, up))
        gradients[place] = differences([gate]) { d * value($0[0], up) }[0]
        gradients[place + width] = d * value(gate, 1)
      }
    }
    #expect(largestError(y.floats.array, values) < 1e-6)
    #expect(largestError(both.floats.array, gradients) < 1e-5)
  }
}
