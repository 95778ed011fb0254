import Randomness

/// The rows of an epoch in their order, drawn as far as they are asked for.
struct EpochOrder {
  /// Rows of a part that stand side by side before they are brought into an order.
  private struct Stretch {
    let part: EpochPlan.Part
    let start: Int
    let count: Int
    /// For the fraction of a part's weight: its rows in an order of their own, from which the epoch takes
    /// those from `from` on. Nil for whole copies.
    var share: (order: DrawnOrder, from: Int)?
  }

  let count: Int
  private var order: DrawnOrder
  private var stretches: [Stretch]
  private let random: RandomStream

  init(_ parts: [EpochPlan.Part], epoch: Int, random: RandomStream) {
    var stretches: [Stretch] = []
    var count = 0
    for part in parts {
      let copies = Int(part.weight) * part.count
      stretches.append(Stretch(part: part, start: count, count: copies))
      let fraction = part.weight - part.weight.rounded(.down)
      let drawn = Int((fraction * Double(part.count)).rounded())
      stretches.append(
        Stretch(
          part: part, start: count + copies, count: drawn,
          share: (
            DrawnOrder(part.count, from: random.at(Draw.Order.shares, UInt64(part.index))),
            epoch * drawn
          )))
      count += copies + drawn
    }
    self.count = count
    self.stretches = stretches
    self.random = random.at(Draw.Order.epochs, UInt64(epoch))
    order = DrawnOrder(count, from: self.random)
  }

  /// The row at a place of the epoch.
  subscript(place: Int) -> Int {
    mutating get {
      let chosen = order[place]
      let index = stretches.lastIndex { $0.start <= chosen && $0.count > 0 } ?? 0
      return row(index, chosen - stretches[index].start)
    }
  }

  /// All rows of the epoch in their order.
  mutating func all() -> [UInt32] {
    var rows: [UInt32] = []
    rows.reserveCapacity(count)
    for index in stretches.indices {
      for local in 0..<stretches[index].count { rows.append(UInt32(row(index, local))) }
    }
    var stream = random
    rows.shuffle(using: &stream)
    return rows
  }

  /// A row of a stretch.
  private mutating func row(_ index: Int, _ local: Int) -> Int {
    let part = stretches[index].part
    guard let from = stretches[index].share?.from else { return part.first + local % part.count }
    return part.first + (stretches[index].share?.order[(from + local) % part.count] ?? 0)
  }
}

/// An epoch cut into batches.
enum EpochBatches {
  case none
  case rows(EpochOrder, size: Int, dropLast: Bool)
  case bins(PackedEpoch, size: Int, dropLast: Bool)

  var count: Int {
    switch self {
    case .none: 0
    case .rows(let order, let size, let dropLast): Self.count(order.count, size, dropLast)
    case .bins(let bins, let size, let dropLast): Self.count(bins.count, size, dropLast)
    }
  }

  private static func count(_ units: Int, _ size: Int, _ dropLast: Bool) -> Int {
    dropLast ? units / size : (units + size - 1) / size
  }

  subscript(index: Int) -> [Int] {
    mutating get {
      switch self {
      case .none: return []
      case .bins(let bins, let size, _):
        return (index * size..<min((index + 1) * size, bins.count)).flatMap { bins[$0] }
      case .rows(var order, let size, let dropLast):
        // The only reference to it, so that what it has drawn is not copied.
        self = .none
        defer { self = .rows(order, size: size, dropLast: dropLast) }
        return (index * size..<min((index + 1) * size, order.count)).map { order[$0] }
      }
    }
  }
}
