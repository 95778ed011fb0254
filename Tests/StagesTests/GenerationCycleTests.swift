import Randomness
import Testing

@testable import Stages

@Suite struct GenerationCycleTests {
  private let random = RandomStream(seed: 3)

  @Test("every update of a cycle knows its rollouts and how old they are")
  func places() {
    let cycle = GenerationCycle(stepsPerGeneration: 3, numIterations: 2)
    let places = (1...13).map { cycle.place(step: $0) }
    #expect(places.map(\.first) == [1, 1, 1, 1, 1, 1, 7, 7, 7, 7, 7, 7, 13])
    #expect(places.map(\.staleness) == [0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5, 0])
    #expect(cycle.planSteps(first: 1) == 1...3)
    #expect(cycle.planSteps(first: 7) == 4...6)
  }

  @Test("a pass deals every rollout out once; passes and generations differ")
  func minibatches() {
    let cycle = GenerationCycle(stepsPerGeneration: 3, numIterations: 2)
    let parts = (1...12).map { cycle.minibatch(step: $0, of: 20, random: random) }
    for pass in 0..<4 {
      let dealt = parts[pass * 3..<pass * 3 + 3]
      #expect(dealt.flatMap { $0 }.sorted() == Array(0..<20))
      #expect(dealt.map(\.count).sorted() == [6, 7, 7])
      #expect(dealt.allSatisfy { $0 == $0.sorted() })
    }
    #expect(Set(parts).count == 12)
  }

  @Test("with one update a pass, all rollouts make every update")
  func whole() {
    for iterations in [1, 4] {
      let cycle = GenerationCycle(stepsPerGeneration: 1, numIterations: iterations)
      for step in 1...8 {
        #expect(cycle.minibatch(step: step, of: 5, random: random) == [0, 1, 2, 3, 4])
      }
      #expect(cycle.place(step: 8).staleness == (iterations == 1 ? 0 : 3))
    }
  }
}
