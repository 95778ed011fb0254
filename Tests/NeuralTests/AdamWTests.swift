import Foundation
import Testing

@testable import Neural

@Suite("AdamW")
struct AdamWTests {
  @Test("updates follow torch's formulas; matrices decay, norms and biases do not")
  func formulas() throws {
    let config = DecoderTests.configs[1]
    let parameters = ParameterSet(config: config)
    parameters.floats.copy(from: normals(parameters.count, 1))
    let options = AdamWOptions(beta1: 0.8, beta2: 0.9, epsilon: 1e-3, weightDecay: 0.5)
    let optimizer = AdamW(count: parameters.count, options: options)
    let gradient = Tensor(count: parameters.count)
    var values = parameters.floats.array.map { Double($0) }
    var (m, v) = (values.map { _ in 0.0 }, values.map { _ in 0.0 })
    for step in 1...3 {
      let draws = normals(parameters.count, UInt64(1 + step))
      gradient.floats.copy(from: draws)
      let before = parameters.version
      optimizer.update(parameters, gradient: gradient.floats, learningRate: 0.125, scale: 0.25)
      #expect(parameters.version > before)
      #expect(gradient.floats.array.allSatisfy { $0 == 0 })
      for entry in parameters.entries {
        for i in entry.range {
          if entry.decays { values[i] *= 1 - 0.125 * 0.5 }
          let g = Double(draws[i]) * 0.25
          m[i] = 0.8 * m[i] + 0.2 * g
          v[i] = 0.9 * v[i] + 0.1 * g * g
          let (mean, square) = (
            m[i] / (1 - pow(0.8, Double(step))), v[i] / (1 - pow(0.9, Double(step)))
          )
          values[i] -= 0.125 * mean / (square.squareRoot() + 1e-3)
        }
      }
    }
    #expect(largestError(parameters.floats.array, values) < 1e-5)
    let decaying = parameters.entries.filter(\.decays).map(\.name)
    #expect(
      decaying.allSatisfy {
        $0.contains("proj.weight") || $0.hasSuffix("embed_tokens.weight")
          || $0 == "lm_head.weight"
      })
    #expect(decaying.count == 2 + 7 * config.numHiddenLayers)
  }

  @Test("the gradient's norm is that of double precision", arguments: [0, 5, 100_003])
  func norm(count: Int) {
    let values = normals(count, 4)
    let gradient = Tensor(values)
    let exact = values.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
    #expect(abs(gradientNorm(gradient.floats) - exact) <= 1e-12 * exact)
  }
}
