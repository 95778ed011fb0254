import Randomness
import Testing

@Suite("The addresses of randomness")
struct DrawTests {
  @Test("keep the numbers that results were made with, each its own")
  func numbers() {
    let numbers: [Draw: UInt64] = [
      .comparison: 0xC0, .filterShare: 0x313, .opponent: 0x0FF0, .adapterWeights: 0x10AA,
      .askedModel: 0x1D6E, .onPolicy: 0x6D8A, .completions: 0x5A3B, .scoreWeights: 0x5C0E,
      .filterOrder: 0x5FF1, .chosenPrompts: 0x9A27, .evaluation: 0xB007, .minibatches: 0xBA7C,
      .lengthBalance: 0xBA1A, .dataOrder: 0xDA7A,
    ]
    #expect(Draw.allCases.count == numbers.count)
    for draw in Draw.allCases { #expect(draw.rawValue == numbers[draw]) }
    #expect(Set(numbers.values).count == numbers.count)
    #expect(Draw.Order.allCases.map(\.rawValue) == [0, 1, 2, 3, 4])
    #expect(
      Draw.Order.allCases == [.shares, .epochs, .packs, .phases, .spares])
    #expect(Draw.Compared.score.rawValue == 0 && Draw.Compared.difference.rawValue == 1)
    #expect(Draw.Evaluated.winRate.rawValue == 1)
    #expect(Draw.Tested.signs.rawValue == 1 << 32)
  }

  @Test("name the streams that their numbers address")
  func streams() {
    #expect(RandomStream(seed: 7, .dataOrder) == RandomStream(seed: 7, 0xDA7A))
    #expect(
      RandomStream(seed: 7, .completions, 1, 2) == RandomStream(seed: 7, 0x5A3B, 1, 2))
    let order = RandomStream(seed: 7, .dataOrder)
    #expect(order.at(Draw.Order.packs, 5) == RandomStream(seed: 7, 0xDA7A, 2, 5))
    #expect(order.at(Draw.Order.epochs) == order.at(1))
    #expect(Draw.opponent.seed(below: 0xF0F) == 0xF0F ^ 0x0FF0)
  }
}
