// N: rows. r: rank. W: width of the rows that a factor meets.

/// Where one adapter and its matrix lie.
struct LowRankPlace: Sendable {
  /// Its rows of the matrix that a product reads as one (q, k and v; gate and up).
  let rows: Range<Int>
  let inputs: Int
  /// A, [rank, inputs], and Bᵀ, [rank, rows], in the adapters' parameters.
  let a: Range<Int>
  let b: Range<Int>
  /// W in the model's parameters.
  let weight: Range<Int>
  /// W₀ among the frozen weights.
  let frozen: Range<Int>
}

/// The gradients of y = x · (W₀ + scale · B · A)ᵀ by A and B.
struct LowRankGradient {
  let places: [LowRankPlace]
  /// A and Bᵀ of all adapters, and their gradients, in one layout.
  let factors: Floats
  let gradient: Floats
  let rank: Int
  let scale: Float
  let memory: LowRankMemory

  /// dBᵀ[r, out] += (scale · x · Aᵀ)ᵀ · dy and dA[r, in] += (scale · dy · B)ᵀ · x.
  ///
  /// - Parameters:
  ///   - dy: [N, out] of the product, of which an adapter may have some columns
  ///   - x: [N, in]
  func accumulate(dy: Operand, x: Operand, rows: Int, out: Int, in inputs: Int) {
    let input = RowSlices(operand: x, stride: inputs, columns: 0..<inputs)
    for place in places {
      let output = RowSlices(operand: dy, stride: out, columns: place.rows)
      memory.project(input, factors[place.a], rank: rank, scale: scale, rows: rows)
      memory.collect(gradient[place.b], output, rank: rank, rows: rows)
      memory.project(output, factors[place.b], rank: rank, scale: scale, rows: rows)
      memory.collect(gradient[place.a], input, rank: rank, rows: rows)
    }
  }
}

/// Some columns of the rows of a factor.
struct RowSlices: Sendable {
  let operand: Operand
  let stride: Int
  let columns: Range<Int>

  var width: Int { columns.count }

  /// The floats of some rows and columns (counted from the first of the slice), in rows of
  /// `targetStride` that zeros fill up to whole vectors.
  func copy(_ target: Floats, _ targetStride: Int, rows: Range<Int>, columns part: Range<Int>) {
    for row in rows {
      let start = row * stride + columns.lowerBound + part.lowerBound
      let place = (row - rows.lowerBound) * targetStride
      eachVector(part.count) { i, count in
        target.store16(operand.load16(start + i, count: count), place + i)
      }
    }
  }
}

/// Memory for the products of low-rank factors with rows, which grows to what they need.
///
/// Both products are small in one dimension; they go through `multiplyTile` with 32-bit floats
/// whatever the factors are held in, and sum in an order that depends on the sizes only.
final class LowRankMemory {
  /// [N, r], rows filled up to whole vectors: what `project` leaves for `collect`.
  private var projected = Tensor(count: 0)
  /// scale · factorᵀ, [W, r], rows filled up likewise.
  private var turned = Tensor(count: 0)
  /// Of each task: a copy of some rows, and sums.
  private var scratch = Tensor(count: 0)

  private static let tasks = 16
  private static let blockRows = 128
  private static let blockColumns = 128

  private static func padded(_ count: Int) -> Int { (count + 15) & ~15 }

  private func room(_ tensor: inout Tensor, _ count: Int) -> Floats {
    if tensor.floats.count < count { tensor = Tensor(count: count) }
    return tensor.floats
  }

  /// u[N, r] = scale · x[N, W] · factorᵀ, with factor [r, W].
  func project(_ x: RowSlices, _ factor: Floats, rank: Int, scale: Float, rows: Int) {
    let (width, lanes) = (x.width, Self.padded(rank))
    precondition(factor.count == rank * width, "\(factor.count) floats for \(rank) x \(width)")
    let u = room(&projected, rows * lanes)
    let right = room(&turned, width * lanes)
    turn(right, factor, rank: rank, scale: scale)
    let size = Self.blockRows * Self.blockColumns
    let copies = room(&scratch, Self.tasks * (size + Self.blockColumns * lanes))
    let blocks = (rows + Self.blockRows - 1) / Self.blockRows
    inTasks(blocks) { task, block in
      let range = block * Self.blockRows..<min((block + 1) * Self.blockRows, rows)
      let copy = copies.row(task, width: size)
      for first in stride(from: 0, to: width, by: Self.blockColumns) {
        let columns = first..<min(first + Self.blockColumns, width)
        x.copy(copy, Self.blockColumns, rows: range, columns: columns)
        multiplyTile(
          u[range.lowerBound * lanes..<range.upperBound * lanes], lanes, rows: range.count,
          columns: lanes, copy, Self.blockColumns, 1, right[first * lanes..<right.count], lanes,
          depth: columns.count, accumulate: first > 0)
      }
    }
  }

  /// dFactor[r, W] += uᵀ · x[N, W], with u of the last `project`.
  func collect(_ dFactor: Floats, _ x: RowSlices, rank: Int, rows: Int) {
    let (width, lanes) = (x.width, Self.padded(rank))
    precondition(dFactor.count == rank * width, "\(dFactor.count) floats for \(rank) x \(width)")
    let (u, size) = (projected.floats, Self.blockRows * Self.blockColumns)
    let taskSize = size + Self.blockColumns * lanes
    let copies = room(&scratch, Self.tasks * taskSize)
    let blocks = (width + Self.blockColumns - 1) / Self.blockColumns
    inTasks(blocks) { task, block in
      let columns = block * Self.blockColumns..<min((block + 1) * Self.blockColumns, width)
      let memory = copies.row(task, width: taskSize)
      let (copy, sums) = (memory[0..<size], memory[size..<size + rank * Self.blockColumns])
      sums.fill(0)
      for first in stride(from: 0, to: rows, by: Self.blockRows) {
        let range = first..<min(first + Self.blockRows, rows)
        x.copy(copy, Self.blockColumns, rows: range, columns: columns)
        multiplyTile(
          sums, Self.blockColumns, rows: rank, columns: Self.padded(columns.count),
          u[first * lanes..<u.count], 1, lanes, copy, Self.blockColumns, depth: range.count,
          accumulate: true)
      }
      for k in 0..<rank {
        dFactor.row(k, width: width)[columns]
          .add(sums.row(k, width: Self.blockColumns)[0..<columns.count])
      }
    }
  }

  private func turn(_ target: Floats, _ factor: Floats, rank: Int, scale: Float) {
    let (width, lanes) = (factor.count / rank, Self.padded(rank))
    target[0..<width * lanes].fill(0)
    for k in 0..<rank {
      for i in 0..<width { target[i &* lanes &+ k] = scale * factor[k &* width &+ i] }
    }
  }

  /// Runs `body` for each block, with a separate number for every task that may run at the same
  /// time.
  private func inTasks(_ blocks: Int, _ body: @Sendable (_ task: Int, _ block: Int) -> Void) {
    let share = max(1, (blocks + Self.tasks - 1) / Self.tasks)
    Parallel.chunks(blocks, grain: share) { range in
      for block in range { body(range.lowerBound / share, block) }
    }
  }
}
