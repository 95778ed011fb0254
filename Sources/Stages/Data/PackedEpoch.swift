import Randomness

/// An epoch's rows in bins of a length, the bins in a random order: four bytes a row and a few a bin.
struct PackedEpoch {
  /// The rows of all bins, one bin behind the other.
  private var members: [UInt32] = []
  /// Where each bin begins in `members`, and the end of the last.
  private var starts: [Int] = [0]
  private var order: [Int] = []

  /// Bins by best fit: longest rows first, each into the fullest bin that has room.
  ///
  /// - Parameters:
  ///   - rows: in the epoch's order, which rows of one length keep.
  ///   - lengths: of all rows, by their numbers.
  init(_ rows: [UInt32], lengths: [Int32], binLength: Int, random: RandomStream) {
    let sorted = Self.longestFirst(rows, lengths)
    let bins = Self.bins(of: sorted, lengths, binLength: binLength)
    starts = [Int](repeating: 0, count: bins.count + 1)
    for bin in bins.ofRow { starts[Int(bin) + 1] += 1 }
    for bin in 0..<bins.count { starts[bin + 1] += starts[bin] }
    members = [UInt32](repeating: 0, count: rows.count)
    var next = starts
    for (row, bin) in zip(sorted, bins.ofRow) {
      members[next[Int(bin)]] = row
      next[Int(bin)] += 1
    }
    var stream = random
    order = stream.permutation(bins.count)
  }

  /// The number of bins.
  var count: Int { order.count }

  /// The rows of the bin at a place of the order.
  subscript(place: Int) -> [Int] {
    members[starts[order[place]]..<starts[order[place] + 1]].map { Int($0) }
  }

  private static func longestFirst(_ rows: [UInt32], _ lengths: [Int32]) -> [UInt32] {
    let longest = Int(rows.lazy.map { lengths[Int($0)] }.max() ?? 0)
    // Where the rows of a length begin, which follow all longer ones.
    var places = [Int](repeating: 0, count: longest + 2)
    for row in rows { places[longest - Int(lengths[Int(row)]) + 1] += 1 }
    for index in 1..<places.count { places[index] += places[index - 1] }
    var sorted = [UInt32](repeating: 0, count: rows.count)
    for row in rows {
      let index = longest - Int(lengths[Int(row)])
      sorted[places[index]] = row
      places[index] += 1
    }
    return sorted
  }

  /// The bin of each row, and how many bins there are.
  private static func bins(
    of rows: [UInt32], _ lengths: [Int32], binLength: Int
  ) -> (ofRow: [UInt32], count: Int) {
    var ofRow = [UInt32](repeating: 0, count: rows.count)
    var count = 0
    var byRoom = [[UInt32]](repeating: [], count: binLength + 1)
    var rooms = NumberSet(upTo: binLength)
    for (index, row) in rows.enumerated() {
      let length = min(Int(lengths[Int(row)]), binLength)
      var left = binLength - length
      if let room = rooms.first(from: length), let bin = byRoom[room].popLast() {
        if byRoom[room].isEmpty { rooms.remove(room) }
        ofRow[index] = bin
        left = room - length
      } else {
        ofRow[index] = UInt32(count)
        count += 1
      }
      byRoom[left].append(ofRow[index])
      rooms.insert(left)
    }
    return (ofRow, count)
  }
}

/// A set of small numbers whose next member is found quickly.
private struct NumberSet {
  private var words: [UInt64]

  init(upTo most: Int) { words = [UInt64](repeating: 0, count: most / 64 + 1) }

  mutating func insert(_ number: Int) { words[number / 64] |= 1 << (number % 64) }
  mutating func remove(_ number: Int) { words[number / 64] &= ~(1 << (number % 64)) }

  /// The least member that is not below a number.
  func first(from number: Int) -> Int? {
    var index = number / 64
    var word = words[index] & (UInt64.max << (number % 64))
    while word == 0 {
      index += 1
      guard index < words.count else { return nil }
      word = words[index]
    }
    return 64 * index + word.trailingZeroBitCount
  }
}
