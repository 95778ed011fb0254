import CMath
import COneDNN

/// dyᵀ [columns, filled] from dy [rows, columns].
struct Turning: @unchecked Sendable {  // Threads write disjoint parts; the loop waits for all.
  let from: UnsafeMutablePointer<UInt16>
  let to: UnsafeMutablePointer<UInt16>
  let rows: Int
  let filled: Int
  let columns: Int

  func turn(_ part: Range<Int>) {
    // Whole cache lines of the result at a time.
    let whole = rows / 32 * 32
    let wholeColumns = part.lowerBound + part.count / 16 * 16
    for row in stride(from: 0, to: whole, by: 32) {
      for column in stride(from: part.lowerBound, to: wholeColumns, by: 16) {
        let (source, target) = (from + row * columns + column, to + column * filled + row)
        // Too far apart for processors to foresee; what lies beyond the last row is not read.
        for ahead in 32..<64 { CMath.prefetch(source + ahead * columns, 32) }
        transpose_words16(target, filled, source, columns)
        transpose_words16(target + 16, filled, source + 16 * columns, columns)
      }
    }
    for column in part {
      for row in (column < wholeColumns ? whole : 0)..<rows {
        to[column * filled + row] = from[row * columns + column]
      }
      for row in rows..<filled { to[column * filled + row] = 0 }
    }
  }
}

/// x [filled, columns] from x [rows, columns], in blocks of columns where the words of two rows alternate:
/// the order that bfloat16 products read, which the library makes on one thread, and slowly where
/// columns do not fill the last block.
struct Pairing: @unchecked Sendable {  // As above.
  private let from: UnsafeMutablePointer<UInt16>
  private let to: UnsafeMutablePointer<UInt16>
  private let rows: Int
  private let filled: Int
  private let columns: Int
  private let width: Int

  /// nil where the matrix has another order.
  init?(
    from: UnsafeMutablePointer<UInt16>, to matrix: OpaquePointer, rows: Int, filled: Int,
    columns: Int
  ) {
    let width = Int(onednn_packed_block(matrix))
    guard let words = onednn_packed_pairs(matrix), width % 16 == 0 else { return nil }
    (self.from, to) = (from, words)
    (self.rows, self.filled, self.columns) = (rows, filled, columns)
    self.width = width
  }

  /// Writes a range of rows that begins and ends with whole pairs.
  func pair(_ range: Range<Int>) {
    for row in stride(from: range.lowerBound, to: range.upperBound, by: 2) {
      let first = row < rows ? from + row * columns : nil
      let second = row + 1 < rows ? from + (row + 1) * columns : nil
      for block in stride(from: 0, to: columns, by: width) {
        let target = to + block * filled + row * width
        let count = min(width, columns - block)
        for column in stride(from: 0, to: count / 16 * 16, by: 16) {
          interleave_words16(
            target + 2 * column, first.map { $0 + block + column },
            second.map { $0 + block + column })
        }
        for column in count / 16 * 16..<width {
          let known = column < count
          target[2 * column] = known ? first?[block + column] ?? 0 : 0
          target[2 * column + 1] = known ? second?[block + column] ?? 0 : 0
        }
      }
    }
  }
}
