import COneDNN

// Matrix products through oneDNN: everything cubic goes through this file.
//
// M rows (tokens), K inner, N columns. A weight is [out, in] as checkpoints hold it, so a layer's
// output is x · wᵀ.

/// A weight in the order of elements that the library multiplies fastest, kept beside the plain one
/// and packed again when that has changed.
///
/// The elements are 32-bit floats; a second storage format (bf16) would be chosen here.
final class PackedMatrix {
  enum Direction {
    /// For outputs: x[M, in] · wᵀ.
    case forward
    /// For gradients of inputs: dy[M, out] · w.
    case backward
  }

  /// Columns of a row that enters the product, and of one that leaves it.
  let inner: Int
  let columns: Int
  fileprivate let handle: OpaquePointer
  private let direction: Direction
  private var version: Int?

  /// Room for a weight of `out` rows and `in` columns.
  init(out: Int, in inputs: Int, direction: Direction = .forward) {
    self.direction = direction
    (inner, columns) = direction == .forward ? (inputs, out) : (out, inputs)
    guard let handle = onednn_packed_make(Int64(inner), Int64(columns)) else {
      preconditionFailure("oneDNN packs no matrix of \(inner) x \(columns)")
    }
    self.handle = handle
  }

  deinit { onednn_packed_free(handle) }

  /// Packs `weight` [out, in] unless that was done at this `version` of it.
  func refresh(_ weight: Floats, version: Int) {
    precondition(weight.count == inner * columns, "a weight of \(weight.count) floats")
    if self.version == version { return }
    let source =
      switch direction {
      case .forward: onednn_matrix(base: weight.base, row_stride: 1, column_stride: Int64(inner))
      case .backward: onednn_matrix(base: weight.base, row_stride: Int64(columns), column_stride: 1)
      }
    check(onednn_packed_fill(handle, source))
    self.version = version
  }
}

/// y[rows, N] = x[rows, K] · the packed matrix; adds to y with `accumulate`.
func matmul(_ y: Floats, _ x: Floats, _ w: PackedMatrix, rows: Int, accumulate: Bool = false) {
  precondition(y.count >= rows * w.columns, "\(y.count) floats for \(rows) x \(w.columns)")
  precondition(x.count >= rows * w.inner, "\(x.count) floats for \(rows) x \(w.inner)")
  if rows == 0 { return }
  let a = onednn_matrix(base: x.base, row_stride: Int64(w.inner), column_stride: 1)
  check(onednn_multiply_packed(y.base, Int64(w.columns), a, w.handle, Int64(rows), accumulate))
}

/// dx[rows, in] = dy[rows, out] · w, with w [out, in] as it lies; adds to dx with `accumulate`.
func matmulInputGradient(
  _ dx: Floats, _ dy: Floats, _ w: Floats, rows: Int, out: Int, in inputs: Int,
  accumulate: Bool
) {
  precondition(dx.count >= rows * inputs && dy.count >= rows * out && w.count == out * inputs)
  if rows == 0 { return }
  let a = onednn_matrix(base: dy.base, row_stride: Int64(out), column_stride: 1)
  let b = onednn_matrix(base: w.base, row_stride: Int64(inputs), column_stride: 1)
  check(
    onednn_multiply(
      dx.base, Int64(inputs), a, b, Int64(rows), Int64(inputs), Int64(out), accumulate))
}

/// dw[out, in] += dyᵀ[out, rows] · x[rows, in].
func matmulWeightGradient(
  _ dw: Floats, _ dy: Floats, _ x: Floats, rows: Int, out: Int, in inputs: Int
) {
  precondition(dw.count == out * inputs && dy.count >= rows * out && x.count >= rows * inputs)
  if rows == 0 { return }
  let a = onednn_matrix(base: dy.base, row_stride: 1, column_stride: Int64(out))
  let b = onednn_matrix(base: x.base, row_stride: Int64(inputs), column_stride: 1)
  check(
    onednn_multiply(
      dw.base, Int64(inputs), a, b, Int64(out), Int64(inputs), Int64(rows), true))
}

private func check(_ done: Bool) {
  precondition(done, "oneDNN failed: out of memory, or a kernel it lacks on this processor")
}
