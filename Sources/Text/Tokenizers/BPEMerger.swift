/// Byte-pair merging of one word: always the pair of least rank, the leftmost of equals.
///
/// A linked list of symbols and a heap of candidate pairs make it O(n log n), so that a word of a
/// megabyte (there are such files) takes a second and not a day. Scratch is kept between words.
struct BPEMerger {
  /// What a pair of ids becomes, and how early it was learnt.
  struct Merge: Sendable {
    let rank: Int32
    let result: Int32
  }

  private struct Candidate {
    let rank: Int32
    let position: Int32
    let result: Int32
    let left: Int32
    let right: Int32

    func precedes(_ other: Candidate) -> Bool {
      rank != other.rank ? rank < other.rank : position < other.position
    }
  }

  private let merges: [UInt64: Merge]
  private var ids: [Int32] = []
  private var previous: [Int32] = []
  private var next: [Int32] = []
  private var heap: [Candidate] = []

  init(merges: [UInt64: Merge]) { self.merges = merges }

  /// The key of a pair in the table of merges.
  static func key(_ left: Int32, _ right: Int32) -> UInt64 {
    UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
  }

  /// The tokens that `symbols` merge into.
  mutating func merge(_ symbols: [Int32]) -> [Int32] {
    guard symbols.count > 1 else { return symbols }
    ids = symbols
    let count = Int32(symbols.count)
    previous = (0..<count).map { $0 - 1 }
    next = (0..<count).map { $0 + 1 < count ? $0 + 1 : -1 }
    heap.removeAll(keepingCapacity: true)
    for position in 0..<count - 1 { propose(position) }
    while let best = popLeast() {
      // Stale candidates: one of their symbols was merged meanwhile.
      let (left, right) = (best.position, next[Int(best.position)])
      guard ids[Int(left)] == best.left, right >= 0, ids[Int(right)] == best.right else { continue }
      join(left, right, best.result)
    }
    return ids.filter { $0 >= 0 }
  }

  private mutating func join(_ left: Int32, _ right: Int32, _ result: Int32) {
    ids[Int(left)] = result
    ids[Int(right)] = -1
    let after = next[Int(right)]
    next[Int(left)] = after
    if after >= 0 {
      previous[Int(after)] = left
      propose(left)
    }
    if previous[Int(left)] >= 0 { propose(previous[Int(left)]) }
  }

  /// Puts the pair that begins at `position` into the heap if it is one that merges.
  private mutating func propose(_ position: Int32) {
    let (left, right) = (ids[Int(position)], ids[Int(next[Int(position)])])
    guard let merge = merges[Self.key(left, right)] else { return }
    heap.append(
      Candidate(
        rank: merge.rank, position: position, result: merge.result, left: left, right: right))
    var child = heap.count - 1
    while child > 0, heap[child].precedes(heap[(child - 1) / 2]) {
      heap.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  private mutating func popLeast() -> Candidate? {
    guard let least = heap.first else { return nil }
    let last = heap.removeLast()
    guard !heap.isEmpty else { return least }
    heap[0] = last
    var parent = 0
    while 2 * parent + 1 < heap.count {
      var child = 2 * parent + 1
      if child + 1 < heap.count, heap[child + 1].precedes(heap[child]) { child += 1 }
      guard heap[child].precedes(heap[parent]) else { break }
      heap.swapAt(child, parent)
      parent = child
    }
    return least
  }
}
