import Randomness

/// Which rows make which update: a pure function of the seed, so that nothing about the order of data
/// has to be saved.
///
/// A unit is what a batch counts: a row, or with packing a bin of rows that fill `maxLength` tokens.
/// Every epoch has its own order; a mixture's part with weight 0.25 gives a quarter of its rows to
/// each epoch (another quarter each time), one with weight 2 gives each row twice. Without packing an
/// epoch is drawn as far as its batches are asked for.
struct EpochPlan {
  /// A dataset's place in the mixture: its rows are numbered from `first`.
  struct Part {
    let first: Int
    let count: Int
    let weight: Double
    /// Its place among the mixture's parts, which its order of rows depends on.
    let index: Int
  }

  let parts: [Part]
  /// Tokens of each row; empty when rows are not packed.
  let lengths: [Int32]
  let packLength: Int?
  let batchSize: Int
  let dropLast: Bool
  let random: RandomStream

  private var epoch = -1
  private var firstStep = 0
  private var batches = EpochBatches.none

  init(
    parts: [Part], lengths: [Int32] = [], packLength: Int? = nil, batchSize: Int,
    dropLast: Bool = false, random: RandomStream
  ) {
    self.parts = parts
    self.lengths = lengths
    self.packLength = packLength
    self.batchSize = batchSize
    self.dropLast = dropLast
    self.random = random
  }

  /// Updates in `epochs` passes over the data, a fraction of a pass rounded up to whole updates.
  func steps(epochs: Double) -> Int {
    let whole = Int(epochs)
    var total =
      packLength == nil
      ? whole * batchCount(epoch: 0) : (0..<whole).reduce(0) { $0 + batchCount(epoch: $1) }
    let rest = epochs - Double(whole)
    guard rest > 0 else { return total }
    let last = Double(batchCount(epoch: whole))
    total += Int(TrainingLength.updates(epochs: epochs, rest: rest, perEpoch: last))
    return total
  }

  /// The rows of update `step` (from 1), and the epochs done before it.
  mutating func batch(step: Int) -> (rows: [Int], epoch: Double) {
    if step <= firstStep { (epoch, firstStep, batches) = (-1, 0, .none) }
    while step > firstStep + batches.count {
      firstStep += batches.count
      epoch += 1
      batches = makeEpoch(epoch)
      precondition(batches.count > 0, "an epoch has at least one batch; the stage checks this")
    }
    let index = step - firstStep - 1
    return (batches[index], Double(epoch) + Double(index) / Double(batches.count))
  }

  /// Batches in an epoch; each has as many where rows are not packed.
  func batchCount(epoch: Int) -> Int { makeEpoch(epoch).count }

  /// Throws when weights leave an epoch without a batch.
  func requireRows() throws {
    // Bins need not be filled to know that there are some.
    let isEmpty =
      packLength != nil && !dropLast
      ? EpochOrder(parts, epoch: 0, random: random).count == 0 : batchCount(epoch: 0) == 0
    guard !isEmpty else {
      throw TrainingError(.data, "the datasets' weights leave no rows; raise them")
    }
  }

  /// All batches of an epoch.
  func makeBatches(epoch: Int) -> [[Int]] {
    var batches = makeEpoch(epoch)
    return (0..<batches.count).map { batches[$0] }
  }

  private func makeEpoch(_ epoch: Int) -> EpochBatches {
    var order = EpochOrder(parts, epoch: epoch, random: random)
    guard let packLength else {
      return .rows(order, size: batchSize, dropLast: dropLast)
    }
    let bins = PackedEpoch(
      order.all(), lengths: lengths, binLength: packLength,
      random: random.at(Draw.Order.packs, UInt64(epoch)))
    return .bins(bins, size: batchSize, dropLast: dropLast)
  }
}
