import Randomness
import Testing

@testable import Neural

@Suite("Key/value cache")
struct KVCacheTests {
  @Test("blocks go round")
  func blocks() {
    let cache = KVCache(
      shape: AttentionShape(heads: 2, keyValueHeads: 1, headDim: 8), layers: 3)
    let first = [cache.take(), cache.take()]
    #expect(Set(first).count == 2)
    #expect(cache.used == 2)
    cache.give(first)
    #expect(cache.used == 0)
    #expect(Set([cache.take(), cache.take()]) == Set(first))
    #expect(cache.take() == 2)
    #expect(cache.count == 3)
    #expect(cache.memory(0).count == 3 * cache.shape.blockSize)
  }

  @Test(
    "attention over cached blocks has the bits of packed rows, however rows arrive",
    arguments: AttentionTests.shapes, 0..<3)
  func cachedBits(shape: AttentionShape, seed: Int) {
    let layout = AttentionTests.randomLayout(UInt64(seed + 60))
    let test = AttentionCase(shape, layout, seed: UInt64(seed))
    let cache = KVCache(shape: shape, layers: 2)
    poison(cache, blocks: 4)
    var stream = RandomStream(seed: UInt64(seed + 7))
    var feed = CacheFeed(test, cache: cache)
    while !feed.isDone { feed.step(using: &stream) }
    #expect(feed.out == test.forward().out)
  }

  /// Leaves numbers that are none in blocks that will be taken again.
  private func poison(_ cache: KVCache, blocks: Int) {
    let taken = (0..<blocks).map { _ in cache.take() }
    for block in taken { cache.memory(block).fill(.nan) }
    cache.give(taken)
  }
}

/// Feeds the rows of a packed batch to a cache, a random number of rows of each segment at a time;
/// a segment waits until its prefix is all in.
private struct CacheFeed {
  let test: AttentionCase
  let cache: KVCache
  var blocks: [[Int]]
  var done: [Int]
  var out: [Float]

  init(_ test: AttentionCase, cache: KVCache) {
    self.test = test
    self.cache = cache
    blocks = test.segments.map { segment in
      (0..<AttentionShape.blocks(segment.count)).map { _ in cache.take() }
    }
    done = test.segments.map { _ in 0 }
    out = [Float](repeating: 0, count: test.rows * test.queryWidth)
  }

  var isDone: Bool { zip(done, test.segments).allSatisfy { $0 == $1.count } }

  mutating func step(using stream: inout RandomStream) {
    var (runs, rows) = ([CacheRun](), [Int]())
    var counts = done.map { _ in 0 }
    for (index, segment) in test.segments.enumerated() where done[index] < segment.count {
      let prefix = test.segments.firstIndex { $0.rows == segment.prefix }
      if let prefix, done[prefix] < test.segments[prefix].count { continue }
      counts[index] = min(
        [1, 1, 2, 17, 40].randomElement(using: &stream) ?? 1, segment.count - done[index])
      runs.append(
        CacheRun(
          rows: rows.count..<rows.count + counts[index], start: done[index],
          prefix: segment.prefix?.count ?? 0,
          blocks: (prefix.map { blocks[$0] } ?? []) + blocks[index]))
      rows += segment.start + done[index]..<segment.start + done[index] + counts[index]
    }
    attend(runs, rows)
    for index in done.indices { done[index] += counts[index] }
  }

  private mutating func attend(_ runs: [CacheRun], _ rows: [Int]) {
    let input = Tensor(count: rows.count * test.stride)
    let result = Tensor(count: rows.count * test.queryWidth)
    let scratch = Tensor(count: CacheStep.scratch(test.shape))
    scratch.floats.fill(.nan)
    for (index, row) in rows.enumerated() {
      input.floats.row(index, width: test.stride)
        .copy(from: Array(test.fused[row * test.stride..<(row + 1) * test.stride]))
    }
    let step = CacheStep(runs, shape: test.shape)
    let fused = input.floats
    step.attend(
      result.floats, query: fused, key: fused[test.queryWidth..<fused.count],
      value: fused[test.queryWidth + test.keyWidth..<fused.count], stride: test.stride, layer: 1,
      table: step.table(cache), scratch: scratch.floats)
    for (index, row) in rows.enumerated() {
      out.replaceSubrange(
        row * test.queryWidth..<(row + 1) * test.queryWidth,
        with: result.floats.row(index, width: test.queryWidth).array)
    }
  }
}
