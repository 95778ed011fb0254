import Randomness

/// Which rows make which update: a pure function of the seed, so that nothing about the order of data
/// has to be saved.
///
/// A unit is what a batch counts: a row, or with packing a bin of rows that fill `maxLength` tokens.
/// Every epoch has its own order; a mixture's part with weight 0.25 gives a quarter of its rows to
/// each epoch (another quarter each time), one with weight 2 gives each row twice.
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
  let lengths: [Int]
  let packLength: Int?
  let batchSize: Int
  let dropLast: Bool
  let random: RandomStream

  private var epoch = -1
  private var firstStep = 0
  private var batches: [[Int]] = []

  init(
    parts: [Part], lengths: [Int] = [], packLength: Int? = nil, batchSize: Int,
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
    var total = (0..<whole).reduce(0) { $0 + batchCount(epoch: $1) }
    let rest = epochs - Double(whole)
    guard rest > 0 else { return total }
    let last = Double(batchCount(epoch: whole))
    total += Int(TrainingLength.updates(epochs: epochs, rest: rest, perEpoch: last))
    return total
  }

  /// The rows of update `step` (from 1), and the epochs done before it.
  mutating func batch(step: Int) -> (rows: [Int], epoch: Double) {
    if step <= firstStep { (epoch, firstStep, batches) = (-1, 0, []) }
    while step > firstStep + batches.count {
      firstStep += batches.count
      epoch += 1
      batches = makeBatches(epoch: epoch)
      precondition(!batches.isEmpty, "an epoch without a batch; the stage checks this")
    }
    let index = step - firstStep - 1
    return (batches[index], Double(epoch) + Double(index) / Double(batches.count))
  }

  /// Batches in an epoch; each has as many where rows are not packed.
  func batchCount(epoch: Int) -> Int {
    guard packLength == nil else { return makeBatches(epoch: epoch).count }
    let rows = parts.reduce(0) { $0 + Int($1.weight) * $1.count + Self.drawn($1) }
    return dropLast ? rows / batchSize : (rows + batchSize - 1) / batchSize
  }

  /// Throws when weights leave an epoch without a batch.
  func requireRows() throws {
    guard batchCount(epoch: 0) > 0 else {
      throw TrainingError(.data, "the datasets' weights leave no rows; raise them")
    }
  }

  /// Rows of a part that an epoch draws for the fraction of its weight.
  private static func drawn(_ part: Part) -> Int {
    let share = part.weight - part.weight.rounded(.down)
    return Int((share * Double(part.count)).rounded())
  }

  func makeBatches(epoch: Int) -> [[Int]] {
    let units = makeUnits(rows(epoch: epoch), epoch: epoch)
    return stride(from: 0, to: units.count, by: batchSize).compactMap { start in
      let batch = units[start..<min(start + batchSize, units.count)]
      return dropLast && batch.count < batchSize ? nil : batch.flatMap { $0 }
    }
  }

  private func rows(epoch: Int) -> [Int] {
    var chosen: [Int] = []
    for part in parts {
      for _ in 0..<Int(part.weight) { chosen += part.first..<part.first + part.count }
      let count = Self.drawn(part)
      guard count > 0 else { continue }
      var stream = random.at(0, UInt64(part.index))
      let order = stream.permutation(part.count)
      chosen += (0..<count).map { part.first + order[(epoch * count + $0) % part.count] }
    }
    var stream = random.at(1, UInt64(epoch))
    return stream.permutation(chosen.count).map { chosen[$0] }
  }

  /// Bins by best fit: longest rows first, each into the fullest bin that has room.
  private func makeUnits(_ rows: [Int], epoch: Int) -> [[Int]] {
    guard let packLength else { return rows.map { [$0] } }
    var bins: [[Int]] = []
    var binsByRoom = [[Int]](repeating: [], count: packLength + 1)
    // A stable sort keeps the epoch's order among rows of one length.
    let order = rows.enumerated().sorted {
      (lengths[$1.element], $0.offset) < (lengths[$0.element], $1.offset)
    }
    for (_, row) in order {
      let length = min(lengths[row], packLength)
      if let room = (length...packLength).first(where: { !binsByRoom[$0].isEmpty }) {
        let bin = binsByRoom[room].removeLast()
        bins[bin].append(row)
        binsByRoom[room - length].append(bin)
      } else {
        bins.append([row])
        binsByRoom[packLength - length].append(bins.count - 1)
      }
    }
    var stream = random.at(2, UInt64(epoch))
    return stream.permutation(bins.count).map { bins[$0] }
  }
}
