import Randomness
import Testing

@testable import Stages

@Suite struct EpochPlanTests {
  private func plan(
    _ parts: [EpochPlan.Part], lengths: [Int32] = [], packLength: Int? = nil, batchSize: Int = 4,
    dropLast: Bool = false
  ) -> EpochPlan {
    EpochPlan(
      parts: parts, lengths: lengths, packLength: packLength, batchSize: batchSize,
      dropLast: dropLast, random: RandomStream(seed: 5))
  }

  @Test("an epoch holds every row once, in an order of its own")
  func everyRowOnce() {
    let plan = plan([.init(first: 0, count: 10, weight: 1, index: 0)])
    let first = plan.makeBatches(epoch: 0)
    let second = plan.makeBatches(epoch: 1)
    #expect(first.map(\.count) == [4, 4, 2])
    #expect(first.flatMap { $0 }.sorted() == Array(0..<10))
    #expect(second.flatMap { $0 }.sorted() == Array(0..<10))
    #expect(first != second)
  }

  @Test("a batch depends on its step only, not on the steps asked for before")
  func stateless() {
    var forward = plan([.init(first: 0, count: 10, weight: 1, index: 0)])
    let inOrder = (1...9).map { forward.batch(step: $0).rows }
    for step in [9, 1, 5, 4, 8] {
      var fresh = plan([.init(first: 0, count: 10, weight: 1, index: 0)])
      #expect(fresh.batch(step: step).rows == inOrder[step - 1])
      #expect(forward.batch(step: step).rows == inOrder[step - 1])
    }
    #expect(forward.batch(step: 4).epoch == 1)
  }

  @Test("a quarter's weight gives every row once in four epochs, a double weight twice in each")
  func weights() {
    let plan = plan([
      .init(first: 0, count: 8, weight: 0.25, index: 0),
      .init(first: 8, count: 3, weight: 2, index: 1),
    ])
    let epochs = (0..<4).map { plan.makeBatches(epoch: $0).flatMap { $0 } }
    #expect(epochs.allSatisfy { $0.count == 2 + 6 })
    let small = epochs.flatMap { $0.filter { $0 < 8 } }
    #expect(small.sorted() == Array(0..<8))
    #expect(epochs[0].filter { $0 >= 8 }.sorted() == [8, 8, 9, 9, 10, 10])
  }

  /// The rows of an epoch as a list that is made as a whole.
  private func list(_ parts: [EpochPlan.Part], epoch: Int) -> [Int] {
    let random = RandomStream(seed: 5)
    var chosen: [Int] = []
    for part in parts {
      for _ in 0..<Int(part.weight) { chosen += part.first..<part.first + part.count }
      let share = part.weight - part.weight.rounded(.down)
      let count = Int((share * Double(part.count)).rounded())
      var stream = random.at(0, UInt64(part.index))
      let order = stream.permutation(part.count)
      chosen += (0..<count).map { part.first + order[(epoch * count + $0) % part.count] }
    }
    var stream = random.at(1, UInt64(epoch))
    return stream.permutation(chosen.count).map { chosen[$0] }
  }

  @Test("an epoch that is drawn as it is asked for is the list of all its rows in their order")
  func drawnEpochs() {
    let mixtures: [[(count: Int, weight: Double)]] = [
      [(97, 1)], [(97, 0.3)], [(40, 2.5), (13, 1)], [(7, 0), (30, 1), (11, 0.75)],
      [(50, 0.1), (60, 3), (3, 0.5)],
    ]
    for mixture in mixtures {
      var parts: [EpochPlan.Part] = []
      for (index, part) in mixture.enumerated() {
        let first = parts.last.map { $0.first + $0.count } ?? 0
        parts.append(.init(first: first, count: part.count, weight: part.weight, index: index))
      }
      for dropLast in [false, true] {
        var plan = plan(parts, batchSize: 5, dropLast: dropLast)
        for epoch in 0..<5 {
          let rows = list(parts, epoch: epoch)
          let batches = stride(from: 0, to: rows.count, by: 5).map {
            Array(rows[$0..<min($0 + 5, rows.count)])
          }.filter { !dropLast || $0.count == 5 }
          #expect(plan.makeBatches(epoch: epoch) == batches)
          #expect(plan.batchCount(epoch: epoch) == batches.count)
          for index in batches.indices {
            #expect(plan.batch(step: epoch * batches.count + index + 1).rows == batches[index])
          }
        }
      }
    }
  }

  @Test("the first batches of an epoch of a billion rows are there at once")
  func longEpoch() {
    var plan = plan([.init(first: 0, count: 1_000_000_000, weight: 3, index: 0)])
    #expect(plan.steps(epochs: 1) == 750_000_000)
    #expect(plan.batch(step: 1).rows.count == 4 && plan.batch(step: 1000).epoch < 1e-5)
  }

  @Test("bins hold whole rows, never more than their length, and few bins suffice")
  func packing() {
    let lengths = (0..<200).map { Int32(1 + ($0 * 37) % 61) }
    let plan = plan(
      [.init(first: 0, count: 200, weight: 1, index: 0)], lengths: lengths, packLength: 64,
      batchSize: 1)
    let bins = plan.makeBatches(epoch: 0)
    #expect(bins.flatMap { $0 }.sorted() == Array(0..<200))
    #expect(bins.allSatisfy { $0.reduce(0) { $0 + Int(lengths[$1]) } <= 64 })
    let least = (Int(lengths.reduce(0, +)) + 63) / 64
    #expect(bins.count <= least * 11 / 9 + 1)
  }

  /// Bins by best fit, made with plain lists.
  private func bins(
    _ rows: [Int], _ lengths: [Int32], _ binLength: Int, epoch: Int
  ) -> [[Int]] {
    var bins: [[Int]] = []
    var byRoom = [[Int]](repeating: [], count: binLength + 1)
    let order = rows.enumerated().sorted {
      (lengths[$1.element], $0.offset) < (lengths[$0.element], $1.offset)
    }
    for (_, row) in order {
      let length = min(Int(lengths[row]), binLength)
      if let room = (length...binLength).first(where: { !byRoom[$0].isEmpty }) {
        let bin = byRoom[room].removeLast()
        bins[bin].append(row)
        byRoom[room - length].append(bin)
      } else {
        bins.append([row])
        byRoom[binLength - length].append(bins.count - 1)
      }
    }
    var stream = RandomStream(seed: 5).at(2, UInt64(epoch))
    return stream.permutation(bins.count).map { bins[$0] }
  }

  @Test("bins are those of plain lists", arguments: [1, 63, 64, 200, 1000])
  func packedAsLists(binLength: Int) {
    for seed in 0..<10 as Range<UInt64> {
      var random = RandomStream(seed: seed, 3)
      let most = UInt64(seed < 5 ? binLength : min(binLength, 9))
      let lengths = (0..<300).map { _ in Int32(1 + random.next() % most) }
      let parts: [EpochPlan.Part] = [
        .init(first: 0, count: 200, weight: 1.5, index: 0),
        .init(first: 200, count: 100, weight: 0.3, index: 1),
      ]
      let plan = plan(parts, lengths: lengths, packLength: binLength, batchSize: 1)
      for epoch in 0..<3 {
        let expected = bins(list(parts, epoch: epoch), lengths, binLength, epoch: epoch)
        #expect(plan.makeBatches(epoch: epoch) == expected)
      }
    }
  }

  @Test("fractions of an epoch count in whole updates; a short last batch can be dropped")
  func steps() {
    let parts = [EpochPlan.Part(first: 0, count: 10, weight: 1, index: 0)]
    #expect(plan(parts).steps(epochs: 2) == 6)
    #expect(plan(parts).steps(epochs: 1.5) == 5)
    #expect(plan(parts, dropLast: true).steps(epochs: 2) == 4)
    #expect(plan(parts, dropLast: true).makeBatches(epoch: 0).allSatisfy { $0.count == 4 })
  }

  @Test(
    "a fraction is taken as written: its ceiling, and no update more",
    arguments: [(1.1, 11), (1.3, 13), (1.6, 16), (2.2, 22), (0.07, 1), (1.15, 12), (3, 30)])
  func decimalFractions(epochs: Double, updates: Int) {
    let plan = plan([EpochPlan.Part(first: 0, count: 40, weight: 1, index: 0)])
    #expect(plan.steps(epochs: epochs) == updates)
    #expect(TrainingLength.updates(epochs: epochs, perEpoch: 10) == Double(updates))
  }

  @Test("random numbers of epochs agree with exact decimal arithmetic")
  func exactDecimals() throws {
    var random = RandomStream(seed: 46)
    for _ in 0..<20_000 {
      let places = Int(random.next() % 5)
      let scale = (0..<places).reduce(1) { product, _ in product * 10 }
      let numerator = 1 + Int(random.next() % UInt64(20 * scale))
      let epochs = Double(numerator) / Double(scale)
      let perEpoch = 1 + Int(random.next() % 5_000)
      let exact = (numerator * perEpoch + scale - 1) / scale
      #expect(
        TrainingLength.updates(epochs: epochs, perEpoch: Double(perEpoch)) == Double(exact),
        "\(epochs) epochs of \(perEpoch)")
      let whole = Int(epochs)
      let rest = TrainingLength.updates(
        epochs: epochs, rest: epochs - Double(whole), perEpoch: Double(perEpoch))
      #expect(whole * perEpoch + Int(rest) == exact, "\(epochs) epochs of \(perEpoch), in parts")
    }
  }

  @Test("micro-batches cover the rows in order within the budget; a long row stands alone")
  func cuts() {
    #expect(microBatches(rows: [3, 3, 3, 9, 1, 1], budget: 6) == [0..<2, 2..<3, 3..<4, 4..<6])
    #expect(microBatches(rows: [], budget: 6).isEmpty)
  }
}
