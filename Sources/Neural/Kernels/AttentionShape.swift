import CMath

/// The sizes of an attention layer, and how its keys and values lie in blocks of 32 positions.
///
/// A block of one key/value head is its keys transposed, [headDim, 32] (scores vectorise across
/// keys), then its values, [32, width] (they vectorise across the head's elements), where width is
/// headDim rounded up to whole vectors. In bfloat16 two numbers share a cell of 32 bits: neighbours of
/// a key, [headDim / 2, 32], and the same element of two positions' values, [16, width]. Training packs
/// its rows into the same blocks that the key/value cache keeps, so both paths run the same
/// arithmetic in the same order.
struct AttentionShape: Sendable, Equatable {
  let heads: Int
  let keyValueHeads: Int
  let headDim: Int
  /// What the factors of attention's products are held in.
  let precision: Precision

  init(heads: Int, keyValueHeads: Int, headDim: Int, precision: Precision = .f32) {
    precondition(
      keyValueHeads > 0 && heads % keyValueHeads == 0 && headDim > 0,
      "\(heads) heads over \(keyValueHeads) key/value heads of \(headDim)")
    precondition(precision == .f32 || Precision.hasBF16, "bf16 on a processor without it")
    precondition(precision == .f32 || headDim % 2 == 0, "\(headDim) elements are not pairs")
    self.heads = heads
    self.keyValueHeads = keyValueHeads
    self.headDim = headDim
    self.precision = precision
  }

  /// Positions in a block, counted from the start of a segment or of its prefix.
  static let block = 32

  /// Query heads that read one key/value head.
  var group: Int { heads / keyValueHeads }
  /// headDim rounded up to whole vectors.
  var width: Int { (headDim + 15) / 16 * 16 }
  /// What scores are multiplied by.
  var scale: Float { 1 / Float(headDim).squareRoot() }

  /// Cells of 32 bits that so many factors in a row take.
  func cells(_ count: Int) -> Int { precision == .f32 ? count : (count + 1) / 2 }

  /// Cells of one block's keys, of one head.
  var keysSize: Int { cells(headDim) * Self.block }
  /// Cells of one block's values, of one head.
  var valuesSize: Int { cells(Self.block) * width }
  /// Cells of one block, all heads.
  var blockSize: Int { keyValueHeads * (keysSize + valuesSize) }

  /// The keys of a head in a block.
  func keys(_ block: Floats, head: Int) -> Floats {
    let start = head * (keysSize + valuesSize)
    return block[start..<start + keysSize]
  }

  /// The values of a head in a block.
  func values(_ block: Floats, head: Int) -> Floats {
    let start = head * (keysSize + valuesSize) + keysSize
    return block[start..<start + valuesSize]
  }

  /// Query rows of one tile: a power of two, so that a tile never straddles key blocks, and about
  /// 48 pairs of row and head, which keeps a tile in the first cache.
  var tileRows: Int {
    var rows = Self.block
    while rows > 1 && rows * group > 64 { rows /= 2 }
    return rows
  }

  /// Blocks that `count` positions take.
  static func blocks(_ count: Int) -> Int { (count + block - 1) / block }

  /// The positions of block `index` that are there when `count` are in all.
  static func filled(_ index: Int, of count: Int) -> Int { min(block, count - index * block) }
}

/// How many rows ahead memory is prefetched: processors predict steps from float to float, but not
/// from a head of one row to that of the next.
let rowsAhead = 8

extension AttentionShape {
  /// Asks for the heads of key/value head `head` of the row that begins at `start`, which may lie
  /// beyond the last.
  @inline(__always)
  func prefetch(_ rows: Floats, _ start: Int, head: Int) {
    CMath.prefetch(rows.base + start + head * group * headDim, group * headDim * 4)
  }
}
