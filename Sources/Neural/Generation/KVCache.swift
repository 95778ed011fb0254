/// Keys and values of all layers, in blocks of 32 positions that are reused: the next sequence
/// takes the blocks of one that has left.
///
/// A block holds its positions for every layer, laid out as `AttentionShape` says. A prompt's
/// blocks are read by all samples of the prompt; each sample writes its own blocks.
final class KVCache {
  let shape: AttentionShape
  let layers: Int
  private var blocks: [Block] = []
  private var free: [Int] = []

  private final class Block {
    let memory: Tensor
    init(count: Int) { memory = Tensor(count: count) }
  }

  init(shape: AttentionShape, layers: Int) {
    self.shape = shape
    self.layers = layers
  }

  /// Blocks there are, in use or not.
  var count: Int { blocks.count }
  /// Blocks that somebody uses.
  var used: Int { blocks.count - free.count }

  /// A block that nobody else uses. What is in it does not matter: attention reads no position
  /// that has not been written since.
  func take() -> Int {
    if let last = free.popLast() { return last }
    blocks.append(Block(count: layers * shape.blockSize))
    return blocks.count - 1
  }

  /// Gives blocks back.
  func give(_ used: [Int]) {
    assert(Set(used).isDisjoint(with: free), "a block was returned twice")
    free += used
  }

  /// The memory of a block: [layers, blockSize].
  func memory(_ block: Int) -> Floats { blocks[block].memory.floats }
}
