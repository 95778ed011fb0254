import Randomness
import Testing

@Suite struct RandomStreamTests {
  @Test("a word depends on the seed, the path and the position alone")
  func addressable() {
    var stream = RandomStream(seed: 7, 1, 2)
    let drawn = (0..<5).map { _ in stream.next() }
    let addressed = (0..<5).map { RandomStream(seed: 7).at(1, 2).word(at: $0) }
    #expect(drawn == addressed)
    #expect(Set(drawn).count == 5)
    #expect(RandomStream(seed: 7, 2, 1).word(at: 0) != drawn[0])
    #expect(RandomStream(seed: 8, 1, 2).word(at: 0) != drawn[0])
  }

  @Test("uniform numbers have the mean and variance of the uniform distribution")
  func uniform() {
    var stream = RandomStream(seed: 1)
    let draws = (0..<100_000).map { _ in stream.uniform() }
    let mean = draws.reduce(0, +) / 1e5
    let variance = draws.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / 1e5
    #expect(abs(mean - 0.5) < 0.005)
    #expect(abs(variance - 1.0 / 12) < 0.002)
    #expect(draws.allSatisfy { $0 >= 0 && $0 < 1 })
  }

  @Test("normal draws have mean 0 and variance 1")
  func normal() {
    var stream = RandomStream(seed: 3)
    let draws = (0..<100_000).map { _ in stream.normal() }
    let mean = draws.reduce(0, +) / 1e5
    let variance = draws.map { $0 * $0 }.reduce(0, +) / 1e5
    #expect(abs(mean) < 0.02)
    #expect(abs(variance - 1) < 0.03)
  }

  @Test("a permutation holds every index once and differs between streams")
  func permutation() {
    var first = RandomStream(seed: 3, 0)
    var second = RandomStream(seed: 3, 1)
    let (a, b) = (first.permutation(100), second.permutation(100))
    #expect(a.sorted() == Array(0..<100))
    #expect(a != b)
  }
}
