import Foundation
import Testing

@testable import Neural

@Suite("Exponential")
struct ExponentialTests {
  @Test("within two units in the last place over the whole range")
  func accuracy() {
    var worst = 0.0
    for step in 0..<20_000 {
      let x = Float(-87.3) + Float(step) * 0.008_76
      let exact = exp(Double(x))
      let own = exponential(SIMD16(repeating: x))[3]
      worst = max(worst, abs(Double(own) - exact) / Double(Float(exact).ulp))
    }
    #expect(worst < 2)
  }

  @Test("exact at zero, zero far below, not a number where its argument is not")
  func edges() {
    let values = exponential(
      SIMD16(0, -0.0, -87.4, -104, -1e30, -.infinity, .nan, 1, 0, 0, 0, 0, 0, 0, 0, 0))
    #expect(values[0] == 1)
    #expect(values[1] == 1)
    #expect((2...5).allSatisfy { values[$0] == 0 })
    #expect(values[6].isNaN)
    #expect(abs(values[7] - 2.718_281_8) < 3e-7)
  }
}
