import CMath
import COneDNN

/// The bfloat16 factors of a weight's gradient, dyᵀ and x, in the orders that oneDNN multiplies at full
/// speed: made once, where the library would make them again for every block of the result.
///
/// Rows are filled up with zeros to one of a few numbers, since a product must be made ready for each.
final class TurnedFactors {
  private let turned = OperandMemory.Words()
  private let padded = OperandMemory.Words()
  private let packed = OperandMemory.Words()
  private var orders: [Shape: OpaquePointer] = [:]

  private struct Shape: Hashable {
    let rows: Int
    let inputs: Int
  }

  /// Most rows that are turned together.
  static let mostRows = 1024

  deinit { orders.values.forEach(onednn_packed_free) }

  /// `count` rows and what fills them up: to whole 64s, 128s or 256s, so that sixteen numbers occur.
  static func filled(_ count: Int) -> Int {
    let step = count <= 512 ? 64 : count <= 1024 ? 128 : 256
    return (count + step - 1) / step * step
  }

  /// dw[out, in] += dyᵀ · x over `rows` of dy [_, out] and x [_, in].
  func accumulate(
    _ dw: Floats, _ dy: Operand, _ x: Operand, rows: Range<Int>, out: Int, in inputs: Int
  ) {
    let filled = Self.filled(rows.count)
    let left = turned.room(out * filled)
    let turning = Turning(
      from: dy.words(rows.lowerBound * out), to: left.words(0), rows: rows.count, filled: filled,
      columns: out)
    let matrix = room(Shape(rows: filled, inputs: inputs))
    let pairing = Pairing(
      from: x.words(rows.lowerBound * inputs), to: matrix, rows: rows.count, filled: filled,
      columns: inputs)
    // Both factors in one loop, so that no thread waits for the other's.
    let grain = 64
    let turns = (out + grain - 1) / grain
    Parallel.chunks(turns + (filled + grain - 1) / grain, grain: 1) { tasks in
      for task in tasks {
        if task < turns {
          turning.turn(task * grain..<min((task + 1) * grain, out))
        } else {
          pairing?.pair(
            (task - turns) * grain..<min((task - turns + 1) * grain, filled))
        }
      }
    }
    if pairing == nil { pack(x, rows, filled, inputs, into: matrix) }
    // Read by all threads; the loop waits for them.
    nonisolated(unsafe) let right = matrix
    Parallel.chunks(out, grain: out > 512 ? 128 : 64) { range in
      check(
        onednn_accumulate_packed(
          dw.base + range.lowerBound * inputs, Int64(inputs),
          left.matrix(from: range.lowerBound * filled, rowStride: filled, columnStride: 1), right,
          Int64(range.count)))
    }
  }

  /// x [filled, in] by the library, where it has an order of its own.
  private func pack(
    _ x: Operand, _ rows: Range<Int>, _ filled: Int, _ inputs: Int, into target: OpaquePointer
  ) {
    let copy = padded.room(filled * inputs)
    let count = rows.count * inputs
    copy.words(0).update(from: x.words(rows.lowerBound * inputs), count: count)
    copy.words(count).update(repeating: 0, count: filled * inputs - count)
    check(onednn_packed_fill(target, copy.matrix(rowStride: inputs, columnStride: 1)))
  }

  /// A matrix of that shape, whose elements take the place of the last one's.
  private func room(_ shape: Shape) -> OpaquePointer {
    let order: OpaquePointer
    if let known = orders[shape] {
      order = known
    } else {
      guard
        let made = onednn_packed_make(
          Int64(shape.rows), Int64(shape.inputs), ONEDNN_BF16, Int64(shape.rows))
      else { preconditionFailure("oneDNN packs no matrix of \(shape.rows) x \(shape.inputs)") }
      orders[shape] = made
      order = made
    }
    onednn_packed_place(order, packed.room(onednn_packed_size(order) / 2).words(0))
    return order
  }
}

/// dyᵀ [columns, filled] from dy [rows, columns].
private struct Turning: @unchecked Sendable {  // Threads write disjoint parts; the loop waits for all.
  let from: UnsafeMutablePointer<UInt16>
  let to: UnsafeMutablePointer<UInt16>
  let rows: Int
  let filled: Int
  let columns: Int

  func turn(_ part: Range<Int>) {
    let whole = rows / 16 * 16
    let wholeColumns = part.lowerBound + part.count / 16 * 16
    for row in stride(from: 0, to: whole, by: 16) {
      for column in stride(from: part.lowerBound, to: wholeColumns, by: 16) {
        transpose_words16(
          to + column * filled + row, filled, from + row * columns + column, columns)
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
private struct Pairing: @unchecked Sendable {  // As above.
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
    var width: Int64 = 0
    guard let words = onednn_packed_pairs(matrix, &width), width % 16 == 0 else { return nil }
    (self.from, to) = (from, words)
    (self.rows, self.filled, self.columns) = (rows, filled, columns)
    self.width = Int(width)
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
