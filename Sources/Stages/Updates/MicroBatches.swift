import Neural

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
