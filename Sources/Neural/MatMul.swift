import COneDNN

// Matrix products through oneDNN: everything cubic goes through this file.
//
// A weight is [out, in] as checkpoints hold it, so a layer's output is x · wᵀ. Every product is cut
// into blocks of rows and columns by its shape alone, and each block is computed on one thread:
// that keeps results apart from the number of threads, and a busy core does not hold up the other.

/// A weight in the order of elements that the library multiplies fastest, beside the plain one.
///
/// The elements are 32-bit floats; a second storage format (bf16) would be chosen here.
final class PackedMatrix {
  let out: Int
  let inputs: Int
  /// Columns of the product that one panel gives (the last panel: what is left).
  fileprivate let width: Int
  fileprivate let panels: [OpaquePointer]
  private var version: Int?

  /// Room for a weight of `out` rows and `inputs` columns.
  init(out: Int, in inputs: Int) {
    precondition(out > 0 && inputs > 0, "a weight of \(out) x \(inputs)")
    self.out = out
    self.inputs = inputs
    width = Self.panelWidth(out: out, in: inputs)
    panels = stride(from: 0, to: out, by: width).map { [width] start in
      guard let panel = onednn_packed_make(Int64(inputs), Int64(min(width, out - start))) else {
        preconditionFailure("oneDNN packs no matrix of \(inputs) x \(width)")
      }
      return panel
    }
  }

  deinit { panels.forEach(onednn_packed_free) }

  /// Whole blocks of 64 columns, about a dozen panels to share out, none smaller than 128 KB.
  private static func panelWidth(out: Int, in inputs: Int) -> Int {
    let share = (out + 64 * 12 - 1) / (64 * 12)
    let smallest = ((1 << 15) / inputs + 63) / 64
    return 64 * max(share, smallest, 1)
  }

  /// Packs `weight` [out, in] unless that was done at this `version` of it.
  func refresh(_ weight: Floats, version: Int) {
    precondition(weight.count == out * inputs, "a weight of \(weight.count) floats")
    if self.version == version { return }
    // Each panel is filled by one thread; the pointers outlive the loop, which waits for all.
    nonisolated(unsafe) let panels = panels
    let (width, inputs) = (width, inputs)
    Parallel.chunks(panels.count, grain: 1) { range in
      for i in range {
        let rows = weight[i * width * inputs..<min(weight.count, (i + 1) * width * inputs)]
        let source = onednn_matrix(base: rows.base, row_stride: 1, column_stride: Int64(inputs))
        check(onednn_packed_fill(panels[i], source))
      }
    }
    self.version = version
  }
}

/// y[rows, out] = x[rows, in] · wᵀ; adds to y with `accumulate`.
///
/// A row of y has the same bits whatever the other rows are and however many.
func matmul(_ y: Floats, _ x: Floats, _ w: PackedMatrix, rows: Int, accumulate: Bool = false) {
  precondition(y.count >= rows * w.out, "\(y.count) floats for \(rows) x \(w.out)")
  precondition(x.count >= rows * w.inputs, "\(x.count) floats for \(rows) x \(w.inputs)")
  nonisolated(unsafe) let panels = w.panels  // As in `refresh`.
  let (width, out, inputs) = (w.width, w.out, w.inputs)
  let blocks = (rows + rowBlock - 1) / rowBlock
  Parallel.chunks(panels.count * blocks, grain: 1) { range in
    for task in range {
      let (panel, row) = (task / blocks, task % blocks * rowBlock)
      check(
        onednn_multiply_packed(
          y.base + row * out + panel * width, Int64(out), x.base + row * inputs, panels[panel],
          Int64(min(rowBlock, rows - row)), accumulate))
    }
  }
}

/// dx[rows, in] = dy[rows, out] · w, with w [out, in] as it lies; adds to dx with `accumulate`.
func matmulInputGradient(
  _ dx: Floats, _ dy: Floats, _ w: Floats, rows: Int, out: Int, in inputs: Int, accumulate: Bool
) {
  precondition(w.count == out * inputs, "a weight of \(w.count) floats for \(out) x \(inputs)")
  precondition(dx.count >= rows * inputs, "\(dx.count) floats for \(rows) x \(inputs)")
  precondition(dy.count >= rows * out, "\(dy.count) floats for \(rows) x \(out)")
  let blocks = (rows + rowBlock - 1) / rowBlock
  let width = evenWidth(inputs)
  Parallel.chunks(blocks * ((inputs + width - 1) / width), grain: 1) { range in
    for task in range {
      let (row, column) = (task % blocks * rowBlock, task / blocks * width)
      let a = onednn_matrix(base: dy.base + row * out, row_stride: Int64(out), column_stride: 1)
      let b = onednn_matrix(base: w.base + column, row_stride: Int64(inputs), column_stride: 1)
      check(
        onednn_multiply(
          dx.base + row * inputs + column, Int64(inputs), a, b, Int64(min(rowBlock, rows - row)),
          Int64(min(width, inputs - column)), Int64(out), accumulate))
    }
  }
}

/// dw[out, in] += dyᵀ[out, rows] · x[rows, in].
func matmulWeightGradient(
  _ dw: Floats, _ dy: Floats, _ x: Floats, rows: Int, out: Int, in inputs: Int
) {
  precondition(dw.count == out * inputs, "a weight of \(dw.count) floats for \(out) x \(inputs)")
  precondition(dy.count >= rows * out, "\(dy.count) floats for \(rows) x \(out)")
  precondition(x.count >= rows * inputs, "\(x.count) floats for \(rows) x \(inputs)")
  if rows == 0 { return }
  let block = out > 512 ? 128 : 64
  Parallel.chunks(out, grain: block) { range in
    let a = onednn_matrix(
      base: dy.base + range.lowerBound, row_stride: 1, column_stride: Int64(out))
    let b = onednn_matrix(base: x.base, row_stride: Int64(inputs), column_stride: 1)
    check(
      onednn_multiply(
        dw.base + range.lowerBound * inputs, Int64(inputs), a, b, Int64(range.count),
        Int64(inputs), Int64(rows), true))
  }
}

/// Rows of a block: enough to use what it loads of the weight, few enough to share out.
private let rowBlock = 256

/// The width, in whole 64s and at most 256, that cuts `columns` into parts of about one size.
private func evenWidth(_ columns: Int) -> Int {
  let parts = (columns + 255) / 256
  return ((columns + parts - 1) / parts + 63) / 64 * 64
}

private func check(_ done: Bool) {
  precondition(done, "oneDNN failed: out of memory, or a kernel it lacks on this processor")
}
