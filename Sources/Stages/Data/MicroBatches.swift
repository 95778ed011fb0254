import Workflow

/// Cuts an update into batches of at most `budget` rows of activations, in order; a longer sequence
/// gets its own batch.
///
/// - Parameter rows: what each sequence adds.
/// - Returns: ranges of sequences.
func microBatches(rows: [Int], budget: Int) -> [Range<Int>] {
  var ranges: [Range<Int>] = []
  var start = 0
  var filled = 0
  for (index, count) in rows.enumerated() {
    if index > start, filled + count > budget {
      ranges.append(start..<index)
      (start, filled) = (index, 0)
    }
    filled += count
  }
  if start < rows.count { ranges.append(start..<rows.count) }
  return ranges
}

extension StageContext {
  /// Calls `body` with one of these batches after the other; looks for a stop before each.
  ///
  /// - Parameter phase: what `body` does, for those who watch.
  func eachMicroBatch(
    _ phase: String? = nil, rows: [Int], budget: Int, _ body: (Range<Int>) throws -> Void
  ) throws {
    for range in microBatches(rows: rows, budget: budget) {
      try checkStop()
      if let phase { progress(phase, done: range.lowerBound, of: rows.count) }
      try body(range)
    }
  }
}
