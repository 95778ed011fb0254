import Foundation
import Testing

@testable import Neural

@Suite("Rotary positions")
struct RoPETests {
  @Test("pairs half a head apart turn by position times frequency", arguments: [2, 6, 16, 64])
  func forward(headDim: Int) {
    let (heads, stride, theta) = (3, 3 * headDim + 5, 10_000.0)
    let positions: [Int32] = [0, 1, 7, 300, 1999]
    let x = normals(positions.count * stride, 1)
    let rows = Tensor(x)
    let table = RotaryTable(positions: 2000, headDim: headDim, theta: theta)
    table.rotate(rows.floats, heads: heads, stride: stride, positions: positions[...])
    var expected = x.map { Double($0) }
    for (row, position) in positions.enumerated() {
      for head in 0..<heads {
        for i in 0..<headDim / 2 {
          let a = row * stride + head * headDim + i
          let b = a + headDim / 2
          // transformers: frequencies and angles are rounded to 32 bits.
          let frequency = 1 / Float(pow(theta, Double(Float(2 * i) / Float(headDim))))
          let angle = Double(Float(position) * frequency)
          expected[a] = Double(x[a]) * cos(angle) - Double(x[b]) * sin(angle)
          expected[b] = Double(x[b]) * cos(angle) + Double(x[a]) * sin(angle)
        }
      }
    }
    #expect(largestError(rows.floats.array, expected) < 1e-6)
    table.rotate(
      rows.floats, heads: heads, stride: stride, positions: positions[...], inverse: true)
    #expect(largestError(rows.floats.array, x.map { Double($0) }) < 1e-6)
  }

  @Test("a longer table has the same entries")
  func reaching() {
    let config = DecoderTests.configs[0]
    let (short, long) = (
      RotaryTable(config, positions: 8),
      RotaryTable(config, positions: 8).reaching(30, config: config)
    )
    #expect(long.positions > 30)
    let x = normals(6, 1)
    let first = Tensor(x)
    let second = Tensor(x)
    short.rotate(first.floats, heads: 1, stride: 6, positions: [7])
    long.rotate(second.floats, heads: 1, stride: 6, positions: [7])
    #expect(first.floats.array == second.floats.array)
  }
}
