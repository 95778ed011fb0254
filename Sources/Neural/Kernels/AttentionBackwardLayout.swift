/// Where things lie in backward's scratch.
struct BackwardLayout: Sendable {
  let shape: AttentionShape
  let blocks: Int
  let slots: Int
  let chunks: Int
  let tile: BackwardTile

  init(_ plan: AttentionPlan) {
    shape = plan.shape
    blocks = plan.blocks
    slots = plan.waves.map(\.slots).max() ?? 0
    chunks = plan.waves.map(\.chunks.count).max() ?? 0
    tile = BackwardTile(plan.shape)
  }

  /// Keys as columns, keys as rows and values as columns, of one block and head.
  var blockSize: Int { 2 * shape.keysSize + shape.valuesSize }
  /// Gradients of the keys and of the values of one block, all heads.
  var slotSize: Int { shape.keyValueHeads * 2 * sumSize }
  /// Floats of the gradients of one block's keys, or values, of one head.
  var sumSize: Int { AttentionShape.block * shape.width }
  var size: Int {
    blocks * shape.keyValueHeads * blockSize + slots * slotSize + chunks * tile.size
  }

  func block(_ scratch: Floats, _ index: Int, head: Int) -> Floats {
    scratch.row(index * shape.keyValueHeads + head, width: blockSize)
  }

  func keyColumns(_ block: Floats) -> Floats { block[0..<shape.keysSize] }
  func valueColumns(_ block: Floats) -> Floats { block[shape.keysSize..<2 * shape.keysSize] }
  func keyRows(_ block: Floats) -> Floats { block[2 * shape.keysSize..<blockSize] }

  /// Gradients of keys and values, a slot for each block that a span of the wave sees.
  func sums(_ scratch: Floats) -> Floats {
    let start = blocks * shape.keyValueHeads * blockSize
    return scratch[start..<start + slots * slotSize]
  }

  /// Gradients of the keys (`part` 0) or values (1) of a head in a slot.
  func sum(_ scratch: Floats, slot: Int, head: Int, part: Int) -> Floats {
    sums(scratch).row((slot * shape.keyValueHeads + head) * 2 + part, width: sumSize)
  }

  func tile(_ scratch: Floats, _ chunk: Int) -> Floats {
    let start = blocks * shape.keyValueHeads * blockSize + slots * slotSize
    return scratch[start + chunk * tile.size..<start + (chunk + 1) * tile.size]
  }
}
