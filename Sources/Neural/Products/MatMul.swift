import COneDNN

// Matrix products through oneDNN: everything cubic goes through this folder.
//
// A weight is [out, in] as checkpoints hold it, so a layer's output is x · wᵀ. Every product is cut
// into blocks, each computed on one thread, so that a busy core does not delay the other. Rows may
// be
// cut anywhere: those of packed products have bits of their own, and all others are cut where
// `Parallel.rows` cuts. The gradients of weights, which sum over rows, are cut by their shape alone. So
// results do not depend on the number of threads.

/// Where the gradient of a matrix goes.
enum MatrixGradient {
  /// [out, in]
  case whole(Floats)
  case lowRank(LowRankGradient)
  case frozen
}

/// y[rows, out] = x[rows, in] · wᵀ.
///
/// A row of y has the same bits whatever the other rows are and however many; in bf16 on AMX while
/// `in` is at most about 1,024.
func matmul(_ y: Floats, _ x: Operand, _ w: PackedMatrix, rows: Int) {
  w.panels.multiply(y, x, rows: rows)
}

/// The gradients of y = x · wᵀ: writes dx[rows, in] = dy[rows, out] · w, and adds
/// dyᵀ · x to dw[out, in], or what of it reaches adapters.
func matmulBackward(
  dx: Floats, dw: MatrixGradient, dy: Operand, x: Operand, _ w: PackedMatrix, rows: Int,
  memory: OperandMemory
) {
  weightGradient(dw, w, dy, x, rows: rows, memory)
  w.prepareGradient()
  inputGradient(dx, dy, w, rows: rows)
}

/// dx[rows, in] = dy[rows, out] · w, once the weight's `prepareGradient` is done.
func inputGradient(_ dx: Floats, _ dy: Operand, _ w: PackedMatrix, rows: Int) {
  let (out, inputs) = (w.out, w.inputs)
  precondition(dy.precision == w.precision, "two precisions")
  precondition(dx.count >= rows * inputs, "\(dx.count) floats for \(rows) x \(inputs)")
  precondition(dy.count >= rows * out, "\(dy.count) elements for \(rows) x \(out)")
  if let panels = w.gradientPanels {
    panels.multiply(dx, dy, rows: rows)
  } else {
    inputGradient(dx, dy, Operand(w.source), rows: rows, out: out, in: inputs)
  }
}

/// Adds dyᵀ · x to the gradient of w, given dy[rows, out] and x[rows, in].
func weightGradient(
  _ dw: MatrixGradient, _ w: PackedMatrix, _ dy: Operand, _ x: Operand, rows: Int,
  _ memory: OperandMemory
) {
  let (out, inputs) = (w.out, w.inputs)
  precondition(x.precision == w.precision && dy.precision == w.precision, "two precisions")
  precondition(x.count >= rows * inputs, "\(x.count) elements for \(rows) x \(inputs)")
  precondition(dy.count >= rows * out, "\(dy.count) elements for \(rows) x \(out)")
  if rows == 0 { return }
  switch dw {
  case .whole(let dw):
    precondition(dw.count == out * inputs, "\(dw.count) floats for \(out) x \(inputs)")
    weightGradient(dw, dy, x, rows: rows, out: out, in: inputs, memory: memory)
  case .lowRank(let adapters):
    adapters.accumulate(dy: dy, x: x, rows: rows, out: out, in: inputs)
  case .frozen: break
  }
}

/// dx[rows, in] = dy[rows, out] · w, with w [out, in] as it lies.
private func inputGradient(
  _ dx: Floats, _ dy: Operand, _ w: Operand, rows: Int, out: Int, in inputs: Int
) {
  let blockRows = Parallel.blockRows
  let blocks = (rows + blockRows - 1) / blockRows
  let width = evenWidth(inputs)
  Parallel.chunks(blocks * ((inputs + width - 1) / width), grain: 1) { range in
    for task in range {
      let (row, column) = (task % blocks * blockRows, task / blocks * width)
      check(
        onednn_multiply(
          dx.base + row * inputs + column, Int64(inputs),
          dy.matrix(from: row * out, rowStride: out, columnStride: 1),
          w.matrix(from: column, rowStride: inputs, columnStride: 1),
          Int64(min(blockRows, rows - row)), Int64(min(width, inputs - column)), Int64(out),
          false))
    }
  }
}

/// dw[out, in] += dyᵀ[out, rows] · x[rows, in].
private func weightGradient(
  _ dw: Floats, _ dy: Operand, _ x: Operand, rows: Int, out: Int, in inputs: Int,
  memory: OperandMemory
) {
  if x.precision == .bf16 {
    memory.turned.accumulate(dw, dy, x, rows: rows, out: out, in: inputs)
    return
  }
  Parallel.chunks(out, grain: out > 512 ? 128 : 64) { range in
    check(
      onednn_multiply(
        dw.base + range.lowerBound * inputs, Int64(inputs),
        dy.matrix(from: range.lowerBound, rowStride: 1, columnStride: out),
        x.matrix(rowStride: inputs, columnStride: 1), Int64(range.count), Int64(inputs),
        Int64(rows), true))
  }
}

/// The width, in whole 64s and at most 256, that cuts `columns` into parts of about one size.
func evenWidth(_ columns: Int) -> Int {
  let parts = (columns + 255) / 256
  return ((columns + parts - 1) / parts + 63) / 64 * 64
}

func check(_ done: Bool) {
  precondition(done, "oneDNN failed: out of memory, or a kernel it lacks on this processor")
}
