import COneDNN

/// The bfloat16 factors of a weight's gradient, dyᵀ and x, in the orders that oneDNN multiplies at full
/// speed: made once, where the library would make them again for every block of the result.
///
/// Rows are filled up with zeros to one of a few numbers, since a product must be made ready for each.
final class TurnedFactors {
  /// Two of each: while the factors of some rows are multiplied, those of the next ones are made.
  private let turned = [OperandMemory.Words(), OperandMemory.Words()]
  private let packed = [OperandMemory.Words(), OperandMemory.Words()]
  private let padded = OperandMemory.Words()
  private var orders: [Shape: OpaquePointer] = [:]

  private struct Shape: Hashable {
    let rows: Int
    let inputs: Int
    let place: Int
  }

  /// Most rows that are turned together.
  static let mostRows = 1024

  deinit { orders.values.forEach(onednn_packed_free) }

  /// `count` rows and what fills them up: to whole 64s, 128s or 256s, so that sixteen numbers occur.
  static func filled(_ count: Int) -> Int {
    let step = count <= 512 ? 64 : count <= 1024 ? 128 : 256
    return (count + step - 1) / step * step
  }

  /// dw[out, in] += dyᵀ · x for dy [rows, out] and x [rows, in].
  func accumulate(_ dw: Floats, _ dy: Operand, _ x: Operand, rows: Int, out: Int, in inputs: Int) {
    let count = (rows + Self.mostRows - 1) / Self.mostRows
    var present: TurnedPiece?
    for index in 0...count {
      let first = index * Self.mostRows
      let next =
        index < count
        ? piece(
          dy, x, rows: first..<min(first + Self.mostRows, rows), out: out, in: inputs,
          place: index % 2) : nil
      TurnedPiece.multiply(present, into: dw, turning: next)
      present = next
    }
  }

  private func piece(
    _ dy: Operand, _ x: Operand, rows: Range<Int>, out: Int, in inputs: Int, place: Int
  ) -> TurnedPiece {
    let filled = Self.filled(rows.count)
    let matrix = order(Shape(rows: filled, inputs: inputs, place: place))
    onednn_packed_place(matrix, packed[place].room(onednn_packed_size(matrix) / 2).words(0))
    let left = turned[place].room(out * filled)
    let pairing = Pairing(
      from: x.words(rows.lowerBound * inputs), to: matrix, rows: rows.count, filled: filled,
      columns: inputs)
    if pairing == nil { pack(x, rows, filled, inputs, into: matrix) }
    return TurnedPiece(
      turning: Turning(
        from: dy.words(rows.lowerBound * out), to: left.words(0), rows: rows.count, filled: filled,
        columns: out),
      pairing: pairing, left: left, right: matrix, filled: filled, out: out, inputs: inputs)
  }

  /// x [filled, in] by the library, if it has its own order.
  private func pack(
    _ x: Operand, _ rows: Range<Int>, _ filled: Int, _ inputs: Int, into target: OpaquePointer
  ) {
    let copy = padded.room(filled * inputs)
    let count = rows.count * inputs
    copy.words(0).update(from: x.words(rows.lowerBound * inputs), count: count)
    copy.words(count).update(repeating: 0, count: filled * inputs - count)
    check(onednn_packed_fill(target, copy.matrix(rowStride: inputs, columnStride: 1)))
  }

  private func order(_ shape: Shape) -> OpaquePointer {
    if let known = orders[shape] { return known }
    guard
      let made = onednn_packed_make(
        Int64(shape.rows), Int64(shape.inputs), ONEDNN_BF16, Int64(shape.rows))
    else { preconditionFailure("oneDNN packs no matrix of \(shape.rows) x \(shape.inputs)") }
    orders[shape] = made
    return made
  }
}

/// The factors of some rows, in tasks that threads share out.
struct TurnedPiece: @unchecked Sendable {  // Tasks write disjoint parts; the loops wait for all.
  let turning: Turning
  let pairing: Pairing?
  let left: Operand
  let right: OpaquePointer
  let filled: Int
  let out: Int
  let inputs: Int

  /// Rows or columns that a task turns.
  private static let grain = 64
  /// Rows of the result that a task multiplies.
  private var productRows: Int { out > 512 ? 128 : 64 }

  private var products: Int { (out + productRows - 1) / productRows }
  private var outTurns: Int { (out + Self.grain - 1) / Self.grain }
  private var turns: Int { outTurns + (filled + Self.grain - 1) / Self.grain }

  /// dw += the product of one piece's factors, while those of another are made.
  static func multiply(_ present: TurnedPiece?, into dw: Floats, turning next: TurnedPiece?) {
    let products = present?.products ?? 0
    Parallel.chunks(products + (next?.turns ?? 0), grain: 1) { tasks in
      for task in tasks {
        if task < products { present?.multiply(task, dw) } else { next?.turn(task - products) }
      }
    }
  }

  private func multiply(_ task: Int, _ dw: Floats) {
    let first = task * productRows
    check(
      onednn_accumulate_packed(
        dw.base + first * inputs, Int64(inputs),
        left.matrix(from: first * filled, rowStride: filled, columnStride: 1), right,
        Int64(min(productRows, out - first))))
  }

  private func turn(_ task: Int) {
    if task < outTurns {
      turning.turn(task * Self.grain..<min((task + 1) * Self.grain, out))
    } else {
      let first = (task - outTurns) * Self.grain
      pairing?.pair(first..<min(first + Self.grain, filled))
    }
  }
}
