/// How the attention of one packed batch is cut up: made once a batch, used by every layer.
///
/// Rows whose keys are read (the segments, and prefixes that are no segment) are numbered ranges,
/// packed into blocks one after the other. A span is a run of a segment's rows; span times
/// key/value head is the unit of work. Where the cuts lie depends on the segments alone, so sums
/// do not depend on the number of threads.
struct AttentionPlan: Sendable {
  /// Rows whose keys lie in blocks from `firstBlock` on.
  struct KeyRange: Sendable {
    let rows: Range<Int>
    let firstBlock: Int
    var blocks: Int { AttentionShape.blocks(rows.count) }
  }

  struct Span: Sendable {
    /// Rows of the span, counted from the start of its segment.
    let rows: Range<Int>
    /// Key range of the segment, and of its prefix.
    let own: Int
    let prefix: Int?
    /// Key positions that its rows look at, in all: what it costs.
    let cost: Int
  }

  let shape: AttentionShape
  let ranges: [KeyRange]
  let spans: [Span]
  /// Blocks that all ranges take.
  let blocks: Int
  /// Units (span, then head) of each chunk of about equal cost.
  let chunks: [Range<Int>]
  /// Whether some rows are in two key ranges, so that gradients must be added to zeros.
  let overlaps: Bool
  /// Runs of spans whose backward sums are held at a time.
  let waves: [Wave]

  /// Spans whose gradients of keys and values wait in slots of one block each to be added up.
  struct Wave: Sendable {
    let spans: Range<Int>
    let firstSlot: [Int]
    /// Slots that no other slot's block came before: they are stored, not added.
    let isFirst: [Bool]
    /// Spans that share no block with another span: their sums are done when they are.
    let isAlone: [Bool]
    let chunks: [Range<Int>]
    var slots: Int { isFirst.count }
  }

  /// Rows of a span: few enough that one long segment keeps all threads busy.
  static let spanRows = 128
  /// The most chunks that the units are divided into, each with its own scratch memory.
  static let mostChunks = 32
  /// Most slots of a wave, unless one span takes more.
  static let mostSlots = 512

  init(_ segments: [PackedBatch.Segment], shape: AttentionShape) {
    self.shape = shape
    var rows = segments.map { $0.start..<$0.start + $0.count }
    var index = Dictionary(zip(rows, rows.indices)) { first, _ in first }
    for segment in segments {
      guard let prefix = segment.prefix, !prefix.isEmpty, index[prefix] == nil else { continue }
      index[prefix] = rows.count
      rows.append(prefix)
    }
    var (ranges, block) = ([KeyRange](), 0)
    for rows in rows {
      ranges.append(KeyRange(rows: rows, firstBlock: block))
      block += AttentionShape.blocks(rows.count)
    }
    var spans: [Span] = []
    for (own, segment) in segments.enumerated() {
      let prefix = segment.prefix.flatMap { index[$0] }
      let before = prefix.map { ranges[$0].rows.count } ?? 0
      for start in stride(from: 0, to: segment.count, by: Self.spanRows) {
        let end = min(start + Self.spanRows, segment.count)
        let cost = (end - start) * (before + (start + end) / 2 + AttentionShape.block)
        spans.append(Span(rows: start..<end, own: own, prefix: prefix, cost: cost))
      }
    }
    self.ranges = ranges
    self.spans = spans
    blocks = block
    chunks = Self.chunks(
      costs: spans.map(\.cost), heads: shape.keyValueHeads, most: Self.mostChunks)
    overlaps = ranges.count > segments.count
    waves = Self.waves(spans, ranges, blocks: block, heads: shape.keyValueHeads)
  }

  /// Key blocks that a span reads: those of its prefix, then its own up to its last row.
  func blocks(of span: Span) -> (prefix: Int, own: Int) {
    (span.prefix.map { ranges[$0].blocks } ?? 0, AttentionShape.blocks(span.rows.upperBound))
  }

  /// Cuts units (span, then head) into at most `most` runs of about equal cost.
  static func chunks(costs: [Int], heads: Int, most: Int) -> [Range<Int>] {
    let total = heads * costs.reduce(0, +)
    let share = max(1, (total + most - 1) / most)
    var (chunks, start, cost) = ([Range<Int>](), 0, 0)
    let units = costs.count * heads
    for unit in 0..<units {
      cost += costs[unit / heads]
      guard cost >= share || unit == units - 1 else { continue }
      chunks.append(start..<unit + 1)
      (start, cost) = (unit + 1, 0)
    }
    return chunks
  }

  private static func waves(
    _ spans: [Span], _ ranges: [KeyRange], blocks: Int, heads: Int
  ) -> [Wave] {
    func seenBlocks(_ span: Span) -> [Range<Int>] {
      let own = ranges[span.own].firstBlock
      let prefix = span.prefix.map {
        ranges[$0].firstBlock..<ranges[$0].firstBlock + ranges[$0].blocks
      }
      return [prefix ?? 0..<0, own..<own + AttentionShape.blocks(span.rows.upperBound)]
    }
    var uses = [Int](repeating: 0, count: blocks)
    for block in spans.lazy.flatMap(seenBlocks).joined() { uses[block] += 1 }
    var waves: [Wave] = []
    var (start, firstSlot, isFirst, isAlone) = (0, [Int](), [Bool](), [Bool]())
    var seen = [Bool](repeating: false, count: blocks)
    func close(_ end: Int) {
      guard end > start else { return }
      waves.append(
        Wave(
          spans: start..<end, firstSlot: firstSlot, isFirst: isFirst, isAlone: isAlone,
          chunks: chunks(costs: spans[start..<end].map(\.cost), heads: heads, most: mostChunks)))
    }
    for (number, span) in spans.enumerated() {
      let own = seenBlocks(span).joined()
      if isFirst.count + own.count > mostSlots, number > start {
        close(number)
        (start, firstSlot, isFirst, isAlone) = (number, [], [], [])
      }
      firstSlot.append(isFirst.count)
      isAlone.append(own.allSatisfy { uses[$0] == 1 })
      for block in own {
        isFirst.append(!seen[block])
        seen[block] = true
      }
    }
    close(spans.count)
    return waves
  }
}
