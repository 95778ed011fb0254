import CMath

/// The sizes of an attention layer, and how its keys and values lie in blocks of 32 positions.
///
/// A block of one key/value head is its keys transposed, [headDim, 32] (scores vectorise across
/// keys), then its values, [32, width] (they vectorise across the head's elements), where width is
/// headDim rounded up to whole vectors. Training packs its rows into the same blocks that the
/// key/value cache keeps, so both paths run the same arithmetic in the same order.
struct AttentionShape: Sendable, Equatable {
  let heads: Int
  let keyValueHeads: Int
  let headDim: Int

  init(heads: Int, keyValueHeads: Int, headDim: Int) {
    precondition(
      keyValueHeads > 0 && heads % keyValueHeads == 0 && headDim > 0,
      "\(heads) heads over \(keyValueHeads) key/value heads of \(headDim)")
    self.heads = heads
    self.keyValueHeads = keyValueHeads
    self.headDim = headDim
  }

  /// Positions in a block, counted from the start of a segment or of its prefix.
  static let block = 32

  /// Query heads that read one key/value head.
  var group: Int { heads / keyValueHeads }
  /// headDim rounded up to whole vectors.
  var width: Int { (headDim + 15) / 16 * 16 }
  /// What scores are multiplied by.
  var scale: Float { 1 / Float(headDim).squareRoot() }

  /// Floats of one block's keys, of one head.
  var keysSize: Int { headDim * Self.block }
  /// Floats of one block's values, of one head.
  var valuesSize: Int { width * Self.block }
  /// Floats of one block, all heads.
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

extension AttentionShape {
  /// Writes keys and values into a block, all heads; positions beyond `count` become zero, so that
  /// what lay there before cannot reach a sum.
  /// - key, value: rows of [keyValueHeads, headDim], `stride` apart, from `row` on
  func pack(_ block: Floats, key: Floats, value: Floats, stride: Int, row: Int, count: Int) {
    for head in 0..<keyValueHeads {
      let column = head * headDim
      packColumns(keys(block, head: head), key, at: row * stride + column, stride, count)
      packRows(values(block, head: head), value, at: row * stride + column, stride, count)
    }
  }

  /// Writes the keys and values of one position, all heads.
  /// - key, value: [keyValueHeads, headDim]
  func write(_ block: Floats, key: Floats, value: Floats, position: Int) {
    for head in 0..<keyValueHeads {
      let (keys, values) = (keys(block, head: head), values(block, head: head))
      let source = head * headDim
      for element in 0..<headDim {
        keys[element * Self.block + position] = key[source + element]
        values[position * width + element] = value[source + element]
      }
    }
  }

  /// Rows as the columns of `packed`: [headDim, 32].
  func packColumns(_ packed: Floats, _ rows: Floats, at start: Int, _ stride: Int, _ count: Int) {
    precondition(packed.count >= keysSize && start + (count - 1) * stride + headDim <= rows.count)
    if headDim % 16 == 0 {
      for first in [0, 16] {
        for element in Swift.stride(from: 0, to: headDim, by: 16) {
          transpose16(
            packed.base + element * Self.block + first, Self.block,
            rows.base + start + first * stride + element, stride, count - first)
        }
      }
      return
    }
    if count < Self.block { packed.fill(0) }
    for row in 0..<count {
      let source = rows[start + row * stride..<start + row * stride + headDim]
      for element in 0..<headDim { packed[element * Self.block + row] = source[element] }
    }
  }

  /// Rows as the rows of `packed`: [32, width].
  func packRows(_ packed: Floats, _ rows: Floats, at start: Int, _ stride: Int, _ count: Int) {
    if count < Self.block || width > headDim { packed.fill(0) }
    for row in 0..<count {
      let source = rows[start + row * stride..<start + row * stride + headDim]
      packed[row * width..<row * width + headDim].copy(from: source)
    }
  }
}

/// How many rows ahead memory is asked for: processors foresee steps from float to float, but not from
/// a head of one row to that of the next.
let rowsAhead = 8

extension AttentionShape {
  /// Asks for the heads of key/value head `head` of the row that begins at `start`, which may lie
  /// beyond the last.
  @inline(__always)
  func prefetch(_ rows: Floats, _ start: Int, head: Int) {
    CMath.prefetch(rows.base + start + head * group * headDim, group * headDim * 4)
  }
}
