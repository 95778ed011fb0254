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

  @Test(
    "an order that is drawn as far as it is asked for is the permutation",
    arguments: [1, 2, 3, 10, 1000, 4097])
  func drawnOrder(count: Int) {
    for seed in 0..<20 as Range<UInt64> {
      var whole = RandomStream(seed: seed, 9)
      let expected = whole.permutation(count)
      var forward = DrawnOrder(count, from: RandomStream(seed: seed, 9))
      #expect((0..<count).map { forward[$0] } == expected)
      var places = RandomStream(seed: seed, 10)
      var order = DrawnOrder(count, from: RandomStream(seed: seed, 9))
      for place in places.permutation(count).prefix(50) {
        #expect(order[place] == expected[place])
      }
    }
  }

  @Test("the length of a drawn order adds nothing to what its first places cost")
  func longOrder() {
    var order = DrawnOrder(1 << 60, from: RandomStream(seed: 4))
    let places = (0..<1000).map { order[$0] }
    #expect(Set(places).count == 1000)
    #expect(places.allSatisfy { (0..<1 << 60).contains($0) })
  }
}
