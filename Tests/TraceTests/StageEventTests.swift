import Foundation
import Testing

@testable import Trace

/// What a stage reports can be written to a file and read elsewhere.
@Suite struct StageEventTests {
  private func again(_ event: StageEvent) throws -> StageEvent {
    try JSONDecoder().decode(StageEvent.self, from: JSONEncoder().encode(event))
  }

  private static let odd: [Float] = [
    -0.1, -0, .leastNonzeroMagnitude, -.greatestFiniteMagnitude, -.infinity,
    Float(bitPattern: 0x3DCC_CCCD), Float(bitPattern: 0xBF80_0001),
  ]

  private func sample(_ logProbs: [Float]) -> Sample {
    Sample(
      step: 3, promptID: 7, sample: 1, prompt: .prompt("1+1=\n\u{7}\"", tokens: [1, -2, .max]),
      completion: .completion("zwei 二", tokens: [.min, 5], logProbs: logProbs),
      rewards: [
        "accuracy": .score(0.1), "format": .abstain("no gold"), "mine": .error("it died"),
      ], reward: 1.0 / 3, advantage: .nan, finishReason: "stop", gold: "2", parsed: nil)
  }

  @Test("every event comes back as it was")
  func roundTrip() throws {
    let place = StageEvent.Place(phase: "sampled", done: 5, of: 8, words: "sampled 5/8")
    let events: [StageEvent] = [
      .began(totalSteps: 400, unit: "updates"),
      .progress(.init(step: 3, place: place, elapsed: 0.1, eta: 1.0 / 3)),
      .progress(.init(step: 4, place: .init(), elapsed: 2, eta: nil)),
      .metrics(step: 3, values: ["loss": 1.0 / 3, "kl": -0.0, "entropy": nil, "tiny": 5e-324]),
      .samples([sample(Self.odd), sample([])]),
      .items([Item(evaluation: "test", item: 1, sample: 2, score: 0.1)]),
      .log("half \"way\"\n"), .checkpoint(step: 3, manifest: "ab12"),
    ]
    for event in events { #expect(try again(event) == event) }
  }

  @Test("log-probabilities come back bit for bit, those that are no numbers, too")
  func bits() throws {
    let values = Self.odd + [.nan, Float(bitPattern: 0x7FC0_1234), .infinity]
    guard case .samples(let samples) = try again(.samples([sample(values)])) else {
      Issue.record("it is another event")
      return
    }
    #expect(samples[0].completion.logProbs?.map(\.bitPattern) == values.map(\.bitPattern))
    #expect(samples[0].prompt.logProbs == nil && !samples[0].prompt.isTrained)
    #expect(samples[0].advantage == nil && samples[0].reward == 1.0 / 3)
  }
}
