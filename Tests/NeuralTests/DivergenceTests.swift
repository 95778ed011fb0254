import Foundation
import TestSupport
import Testing

@testable import Neural

@Suite("Divergence from a teacher")
struct DivergenceTests {
  /// Tests/Fixtures/distill.json, made by distill.py.
  struct Golden: Decodable {
    struct Case: Decodable {
      let beta, temperature: Float
      let values, gradient: [Double]
    }
    struct Trainer: Decodable {
      let beta: Float
      let loss: Double
    }
    let student, teacher: [Float]
    let cases: [Case]
    let trainer: [Trainer]

    static func load() throws -> Golden { try Repository.golden("distill.json") }
  }

  @Test("values and gradients are those of TRL's generalized Jensen-Shannon divergence")
  func golden() throws {
    let golden = try Golden.load()
    #expect(golden.cases.count == 10)
    for expected in golden.cases {
      let width = golden.student.count / expected.values.count
      let student = Tensor(count: golden.student.count)
      let teacher = Tensor(count: golden.teacher.count)
      student.floats.copy(from: golden.student)
      teacher.floats.copy(from: golden.teacher)
      for (row, value) in expected.values.enumerated() {
        let own = divergence(
          student: student.floats.row(row, width: width),
          teacher: teacher.floats.row(row, width: width), beta: expected.beta,
          scale: 1 / expected.temperature, factor: 2)
        #expect(abs(Double(own) - value) < 2e-6 * max(1, value), "\(expected.beta) row \(row)")
      }
      // In the last row log-probabilities near -60 are differences of 32-bit numbers.
      let gradient = expected.gradient.map { 2 * $0 }
      let (mild, rest) = (gradient.dropLast(width), student.floats.array.dropLast(width))
      #expect(relativeError(Array(rest), Array(mild)) < 5e-6, "\(expected.beta)")
      #expect(relativeError(student.floats.array, gradient) < 1e-4, "\(expected.beta)")
    }
  }

  @Test("GKDTrainer at temperature 0.9 divides no logits in its loss")
  func trainer() throws {
    let golden = try Golden.load()
    #expect(golden.trainer.count == 3)
    let rows = golden.cases[0].values.count
    for expected in golden.trainer {
      let student = Tensor(count: golden.student.count)
      let teacher = Tensor(count: golden.teacher.count)
      student.floats.copy(from: golden.student)
      teacher.floats.copy(from: golden.teacher)
      let width = golden.student.count / rows
      let sum = (0..<rows).reduce(0.0) { sum, row in
        sum
          + Double(
            divergence(
              student: student.floats.row(row, width: width),
              teacher: teacher.floats.row(row, width: width), beta: expected.beta, scale: 1,
              factor: 1))
      }
      #expect(abs(sum / Double(rows) - expected.loss) < 2e-6 * expected.loss, "\(expected.beta)")
    }
  }

  @Test(
    "equal distributions have no divergence and no gradient", arguments: [0, 0.25, 1] as [Float])
  func equal(beta: Float) {
    let logits = DecoderFixture.integers(45, seed: 3).map { Float($0) / 256 }
    let student = Tensor(count: 45)
    let teacher = Tensor(count: 45)
    student.floats.copy(from: logits)
    teacher.floats.copy(from: logits.map { $0 + 3 })
    let value = divergence(
      student: student.floats, teacher: teacher.floats, beta: beta, scale: 1, factor: 1)
    #expect(abs(value) < 1e-5)
    #expect(student.floats.array.allSatisfy { abs($0) < 1e-5 })
  }

  @Test("tokens that a side rules out give numbers, not NaN", arguments: [0, 0.5, 1] as [Float])
  func extremes(beta: Float) {
    let student = Tensor(count: 17)
    let teacher = Tensor(count: 17)
    for i in 0..<17 {
      student.floats[i] = i == 0 ? 300 : -300
      teacher.floats[i] = i == 16 ? 300 : -300
    }
    let value = divergence(
      student: student.floats, teacher: teacher.floats, beta: beta, scale: 1, factor: 1)
    #expect(value.isFinite && value > 0)
    #expect(student.floats.array.allSatisfy { $0.isFinite })
  }

  /// A teacher of another width, depth and family.
  private func models() throws -> (student: LanguageModel, teacher: LanguageModel) {
    let config = DecoderTests.configs[0]
    let larger = ModelConfig(
      modelType: .qwen2, vocabSize: config.vocabSize, hiddenSize: 24, intermediateSize: 40,
      numHiddenLayers: 1, numAttentionHeads: 2, tieWordEmbeddings: false, initializerRange: 0.3)
    return (try GeneratorTests.model(config), try GeneratorTests.model(larger, seed: 8))
  }

  @Test(
    "the student's gradient agrees with finite differences in double precision",
    arguments: [0, 0.25, 1] as [Float])
  func finiteDifferences(beta: Float) throws {
    let (student, teacher) = try models()
    let sequences = DecoderFixture.sequences(vocabulary: student.config.vocabSize)
    let batch = PackedBatch.sequences(sequences)
    let session = TrainingSession(model: student, optimizer: AdamWOptions())
    let distillation = Distillation(session: session, teacher: teacher)
    let values = distillation.accumulate(batch, beta: beta, temperature: 0.75, coefficient: 0.5)
    #expect(distillation.score(batch, beta: beta, temperature: 0.75) == values)
    let target = DecoderReference(teacher)
    func sum(_ reference: DecoderReference) -> Double {
      sequences.reduce(0) { total, sequence in
        let (own, theirs) = (reference.logits(sequence.tokens), target.logits(sequence.tokens))
        return sequence.tokens.indices.dropFirst().filter { sequence.scored[$0] }.reduce(total) {
          $0 + Self.definition(own[$1 - 1], theirs[$1 - 1], beta: Double(beta), scale: 1 / 0.75)
        }
      }
    }
    var reference = DecoderReference(student)
    let expected = sum(reference)
    #expect(abs(values.reduce(0) { $0 + Double($1) } - expected) < 1e-4 * expected)
    let gradients = DecoderTests.gradients(session, student)
    for entry in student.parameters.entries {
      let gradient = try #require(gradients[entry.name])
      let size = (gradient.reduce(0) { $0 + $1 * $1 } / Float(gradient.count)).squareRoot()
      let i = DecoderFixture.integers(1, seed: entry.range.lowerBound)[0] % gradient.count
      let (value, step) = (reference.weights[entry.name, default: []][i], 1e-4)
      reference.weights[entry.name]?[i] = value + step
      let above = sum(reference)
      reference.weights[entry.name]?[i] = value - step
      let slope = 0.5 * (above - sum(reference)) / (2 * step)
      reference.weights[entry.name]?[i] = value
      let error = abs(Double(gradient[i]) - slope)
      #expect(error < 3e-4 * max(abs(slope), Double(size)), "\(entry.name)[\(i)]")
    }
  }

  /// The definition, in double precision.
  private static func definition(
    _ student: [Double], _ teacher: [Double], beta: Double, scale: Double
  ) -> Double {
    func logSoftmax(_ x: [Double]) -> [Double] {
      let scaled = x.map { $0 * scale }
      let total = log(scaled.reduce(0) { $0 + exp($1) })
      return scaled.map { $0 - total }
    }
    let (p, q) = (logSoftmax(student), logSoftmax(teacher))
    func kl(_ a: [Double], _ b: [Double]) -> Double {
      zip(a, b).reduce(0) { $0 + exp($1.0) * ($1.0 - $1.1) }
    }
    if beta == 0 { return kl(q, p) }
    if beta == 1 { return kl(p, q) }
    let m = zip(p, q).map { log((1 - beta) * exp($0) + beta * exp($1)) }
    return beta * kl(q, m) + (1 - beta) * kl(p, m)
  }

  @Test("one thread and two give the same bits")
  func threads() throws {
    let results = try [1, 2].map { threads in
      try withThreads(threads) {
        let (student, teacher) = try models()
        let session = TrainingSession(model: student, optimizer: AdamWOptions())
        let values = Distillation(session: session, teacher: teacher).accumulate(
          .groups(DecoderTests.groups), beta: 1, temperature: 1, coefficient: 1)
        return (values, session.gradientValues)
      }
    }
    #expect(results[0].0 == results[1].0)
    #expect(results[0].1 == results[1].1)
  }
}
