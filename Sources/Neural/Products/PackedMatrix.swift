import COneDNN

/// A weight [out, in] in the precision of its products and in the order of elements that the
/// library multiplies fastest, in addition to the plain 32-bit one.
final class PackedMatrix {
  let out: Int
  let inputs: Int
  let precision: Precision
  /// For x · wᵀ: `out` columns.
  let panels: Panels
  /// For dy · w, `inputs` columns; made when first needed. nil where the plain weight serves as well.
  private(set) var gradientPanels: Panels?
  private var gradientVersion: Int?
  /// The plain weight, as of the last `refresh`.
  private(set) var source = Floats.none
  private var version: Int?

  /// Room for a weight of `out` rows and `inputs` columns.
  init(out: Int, in inputs: Int, precision: Precision = .f32) {
    precondition(out > 0 && inputs > 0, "a weight of \(out) x \(inputs)")
    self.out = out
    self.inputs = inputs
    self.precision = precision
    panels = Panels(
      inner: inputs, columns: out, width: Self.panelWidth(out: out, in: inputs),
      precision: precision, longestSum: Panels.longestSum(precision))
  }

  /// Whole blocks of 64 columns, about a dozen panels to share out, none smaller than 128 KB. A small
  /// weight is one panel, whose product lies in one piece and is shared out by rows.
  private static func panelWidth(out: Int, in inputs: Int) -> Int {
    if out * inputs <= 1 << 17 { return out }
    let share = (out + 64 * 12 - 1) / (64 * 12)
    let smallest = ((1 << 15) / inputs + 63) / 64
    return 64 * max(share, smallest, 1)
  }

  /// Packs `weight` [out, in], which must live on, unless that was done at this `version` of it.
  func refresh(_ weight: Floats, version: Int) {
    precondition(weight.count == out * inputs, "a weight of \(weight.count) floats")
    if self.version == version { return }
    panels.fill(Operand(weight).matrix(rowStride: 1, columnStride: inputs))
    source = weight
    self.version = version
  }

  /// Packs for dy · w what was packed for x · wᵀ, if the library would do so at every product.
  ///
  /// Measured on Zen 4: 32-bit floats are as fast plain as packed, bfloat16 numbers are not.
  func prepareGradient() {
    if precision == .f32 || gradientVersion == version { return }
    let panels =
      gradientPanels
      ?? Panels(
        inner: out, columns: inputs, width: evenWidth(inputs), precision: precision,
        longestSum: Panels.longestSum(precision))
    panels.fill(Operand(source).matrix(rowStride: inputs, columnStride: 1))
    gradientPanels = panels
    gradientVersion = version
  }
}

/// A packed matrix, cut by columns so that threads can share a product.
final class Panels {
  let inner: Int
  let columns: Int
  /// Columns of a panel (the last panel: what is left).
  let width: Int
  let precision: Precision
  private let matrices: [OpaquePointer]
  /// All panels as one matrix, where they lie so that they are one: for a thread that shares with nobody.
  private let whole: OpaquePointer?
  /// Unless they lie in memory that was given.
  private var elements: Tensor?
  private var isPlaced = false

  var count: Int { matrices.count }
  /// Floats of memory that the elements take.
  var size: Int {
    matrices.reduce(0) { $0 + onednn_packed_size($1) } / MemoryLayout<Float>.stride
  }

  /// The longest sums that every processor makes with the same bits for a row whatever the others are:
  /// AMX does so up to about 1,024 bfloat16 numbers.
  static func longestSum(_ precision: Precision) -> Int {
    precision == .bf16 && hasAMX ? 1024 : .max
  }

  private static let hasAMX = KernelEnvironment.current.cpuLevel.contains("amx")

  /// - Parameter longestSum: longer sums are made in pieces, added in order.
  init(
    inner: Int, columns: Int, width: Int, precision: Precision, longestSum: Int
  ) {
    self.inner = inner
    self.columns = columns
    self.width = width
    self.precision = precision
    func matrix(_ columns: Int) -> OpaquePointer {
      guard
        let made = onednn_packed_make(
          Int64(inner), Int64(columns), precision.element, Int64(min(inner, longestSum)))
      else { preconditionFailure("oneDNN packs no matrix of \(inner) x \(columns)") }
      return made
    }
    matrices = stride(from: 0, to: columns, by: width).map { matrix(min(width, columns - $0)) }
    whole = Self.joined(matrices, width: width, as: matrix(columns))
  }

  deinit {
    matrices.forEach(onednn_packed_free)
    onednn_packed_free(whole)
  }

  /// `whole`, if it is what the panels are, one behind the other; otherwise it is freed.
  private static func joined(
    _ panels: [OpaquePointer], width: Int, as whole: OpaquePointer
  ) -> OpaquePointer? {
    let block = onednn_packed_block(whole)
    let fits =
      panels.count > 1 && block > 0 && width % Int(block) == 0
      && panels.allSatisfy { onednn_packed_block($0) == block }
      && panels.reduce(0) { $0 + onednn_packed_size($1) } == onednn_packed_size(whole)
    if fits { return whole }
    onednn_packed_free(whole)
    return nil
  }

  /// Keeps the elements in `memory`, of `size` floats, which must live on.
  func place(in memory: Floats) {
    precondition(memory.count >= size, "\(memory.count) floats for \(size)")
    var next = UnsafeMutableRawPointer(memory.base)
    for matrix in matrices {
      onednn_packed_place(matrix, next)
      next += onednn_packed_size(matrix)
    }
    if let whole { onednn_packed_place(whole, memory.base) }
    isPlaced = true
  }

  /// Packs 32-bit floats [inner, columns].
  func fill(_ source: onednn_matrix) {
    if !isPlaced {
      let memory = Tensor(unset: size)
      place(in: memory.floats)
      elements = consume memory
    }
    // Each panel is filled by one thread; the pointers outlive the loop, which waits for all.
    nonisolated(unsafe) let (matrices, source) = (matrices, source)
    let step = width * Int(source.column_stride) * MemoryLayout<Float>.stride
    Parallel.chunks(matrices.count, grain: 1) { range in
      for i in range {
        var part = source
        part.base = source.base + i * step
        check(onednn_packed_fill(matrices[i], part))
      }
    }
  }

  /// c[rows, columns] = a[rows, inner] · this.
  func multiply(_ c: Floats, _ a: Operand, rows: Int) {
    precondition(c.count >= rows * columns, "\(c.count) floats for \(rows) x \(columns)")
    precondition(a.count >= rows * inner, "\(a.count) elements for \(rows) x \(inner)")
    precondition(a.precision == precision, "factors of two precisions")
    if Parallel.threads == 1, let whole {
      return check(
        onednn_multiply_packed(c.base, Int64(columns), a.address(0), whole, Int64(rows)))
    }
    nonisolated(unsafe) let matrices = matrices  // As in `fill`.
    let (width, columns, inner) = (width, columns, inner)
    // Enough rows to use what a block loads of the matrix, few enough to share out.
    let shared = matrices.count > 1 ? 256 : rows > 256 ? 128 : 32
    let rowBlock = Parallel.threads > 1 ? shared : max(rows, 1)
    let blocks = (rows + rowBlock - 1) / rowBlock
    Parallel.chunks(matrices.count * blocks, grain: 1) { range in
      for task in range {
        let (panel, row) = (task / blocks, task % blocks * rowBlock)
        check(
          onednn_multiply_packed(
            c.base + row * columns + panel * width, Int64(columns), a.address(row * inner),
            matrices[panel], Int64(min(rowBlock, rows - row))))
      }
    }
  }
}
