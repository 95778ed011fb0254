import CMath
import COneDNN

/// The bfloat16 factors of a weight's gradient, dyᵀ and x, in the orders that oneDNN multiplies at full
/// speed: made once, where the library would make them again for every block of the result.
///
/// Rows are filled up with zeros to one of a few numbers, since a product must be made ready for each.
final class TurnedFactors {
  private let turned = OperandMemory.Words()
  private let padded = OperandMemory.Words()
  private var packed: [Shape: OpaquePointer] = [:]

  private struct Shape: Hashable {
    let rows: Int
    let inputs: Int
  }

  /// Most rows that are turned together.
  static let mostRows = 1024

  deinit { packed.values.forEach(onednn_packed_free) }

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
    let left = turn(dy, rows, filled, out)
    // Read by all threads; the loop waits for them.
    nonisolated(unsafe) let right = pack(x, rows, filled, inputs)
    Parallel.chunks(out, grain: out > 512 ? 128 : 64) { range in
      check(
        onednn_accumulate_packed(
          dw.base + range.lowerBound * inputs, Int64(inputs),
          left.matrix(from: range.lowerBound * filled, rowStride: filled, columnStride: 1), right,
          Int64(range.count)))
    }
  }

  /// dyᵀ [out, filled].
  private func turn(_ dy: Operand, _ rows: Range<Int>, _ filled: Int, _ out: Int) -> Operand {
    let result = turned.room(out * filled)
    let (count, whole) = (rows.count, rows.count / 16 * 16)
    // Columns are disjoint, and the loop waits for all.
    nonisolated(unsafe) let (from, to) = (dy.words(rows.lowerBound * out), result.words(0))
    Parallel.chunks(out, grain: 64) { columns in
      let wholeColumns = columns.lowerBound + columns.count / 16 * 16
      for row in stride(from: 0, to: whole, by: 16) {
        for column in stride(from: columns.lowerBound, to: wholeColumns, by: 16) {
          transpose_words16(
            to + column * filled + row, filled, from + row * out + column, out)
        }
      }
      for column in columns {
        for row in (column < wholeColumns ? whole : 0)..<count {
          to[column * filled + row] = from[row * out + column]
        }
        for row in count..<filled { to[column * filled + row] = 0 }
      }
    }
    return result
  }

  /// x [filled, in], packed.
  private func pack(
    _ x: Operand, _ rows: Range<Int>, _ filled: Int, _ inputs: Int
  ) -> OpaquePointer {
    var source = x.matrix(
      from: rows.lowerBound * inputs, rowStride: inputs, columnStride: 1)
    if rows.count < filled {
      let copy = padded.room(filled * inputs)
      let count = rows.count * inputs
      copy.words(0).update(from: x.words(rows.lowerBound * inputs), count: count)
      copy.words(count).update(repeating: 0, count: filled * inputs - count)
      source = copy.matrix(rowStride: inputs, columnStride: 1)
    }
    let target = room(Shape(rows: filled, inputs: inputs))
    check(onednn_packed_fill(target, source))
    return target
  }

  private func room(_ shape: Shape) -> OpaquePointer {
    if let known = packed[shape] { return known }
    guard
      let made = onednn_packed_make(
        Int64(shape.rows), Int64(shape.inputs), ONEDNN_BF16, Int64(shape.rows))
    else { preconditionFailure("oneDNN packs no matrix of \(shape.rows) x \(shape.inputs)") }
    packed[shape] = made
    return made
  }
}
