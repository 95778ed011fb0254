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
          share: (DrawnOrder(part.count, from: random.at(0, UInt64(part.index))), epoch * drawn)))
      count += copies + drawn
    }
    self.count = count
    self.stretches = stretches
    order = DrawnOrder(count, from: random.at(1, UInt64(epoch)))
  }

  /// The row at a place of the epoch.
  subscript(place: Int) -> Int {
    mutating get {
      let chosen = order[place]
      let index = stretches.lastIndex { $0.start <= chosen && $0.count > 0 } ?? 0
      let part = stretches[index].part
      let local = chosen - stretches[index].start
      guard let from = stretches[index].share?.from else { return part.first + local % part.count }
      return part.first + (stretches[index].share?.order[(from + local) % part.count] ?? 0)
    }
  }
}

/// An epoch cut into batches.
enum EpochBatches {
  case drawn(EpochOrder, size: Int, dropLast: Bool)
  /// Batches that are known as a whole.
  case packed([[Int]])

  var count: Int {
    switch self {
    case .drawn(let order, let size, let dropLast):
      dropLast ? order.count / size : (order.count + size - 1) / size
    case .packed(let batches): batches.count
    }
  }

  subscript(index: Int) -> [Int] {
    mutating get {
      switch self {
      case .packed(let batches): return batches[index]
      case .drawn(var order, let size, let dropLast):
        // The only reference to it, so that what it has drawn is not copied.
        self = .packed([])
        defer { self = .drawn(order, size: size, dropLast: dropLast) }
        return (index * size..<min((index + 1) * size, order.count)).map { order[$0] }
      }
    }
  }
}
