/// Rows of one step that continue one sequence: a stretch of a prompt, or a sample's last token.
struct CacheRun: Sendable, Equatable {
  /// Rows of the step.
  let rows: Range<Int>
  /// Position of the first row, counted from the start of the sequence's own blocks.
  let start: Int
  /// Positions of the prefix.
  let prefix: Int
  /// Blocks of the prefix, then the sequence's own, with room for the rows.
  let blocks: [Int]
}

/// The attention of one step's rows to what the cache holds, and to one another: the cuts, made once
/// a step and used by every layer.
struct CacheStep: Sendable {
  let shape: AttentionShape
  private let runs: [CacheRun]
  /// Where each run's blocks begin in the table of memory.
  private let firstBlock: [Int]
  private let spans: [Span]
  private let chunks: [Range<Int>]

  /// Rows of a run, counted from its first one.
  private struct Span: Sendable {
    let run: Int
    let rows: Range<Int>
  }

  /// The most chunks that the work is divided into, each with its own scratch memory.
  private static let mostChunks = 16

  init(_ runs: [CacheRun], shape: AttentionShape) {
    self.shape = shape
    self.runs = runs
    var (firstBlock, blocks, spans, costs) = ([Int](), 0, [Span](), [Int]())
    for (number, run) in runs.enumerated() {
      firstBlock.append(blocks)
      blocks += run.blocks.count
      for first in stride(from: 0, to: run.rows.count, by: AttentionPlan.spanRows) {
        let rows = first..<min(first + AttentionPlan.spanRows, run.rows.count)
        spans.append(Span(run: number, rows: rows))
        costs.append(rows.count * (run.prefix + run.start + rows.upperBound + AttentionShape.block))
      }
    }
    (self.firstBlock, self.spans) = (firstBlock, spans)
    chunks = AttentionPlan.chunks(
      costs: costs, heads: shape.keyValueHeads, most: Self.mostChunks)
  }

  /// The memory of the runs' blocks, one run after the other; to be read again at each step.
  func table(_ cache: KVCache) -> [Floats] {
    runs.flatMap { run in run.blocks.map { cache.memory($0) } }
  }

  /// Floats of scratch that `attend` takes.
  static func scratch(_ shape: AttentionShape) -> Int { mostChunks * AttentionTile(shape).size }

  /// Writes the rows' keys and values into the cache, then computes the rows' attention; with the
  /// same arithmetic as `attentionForward`, so with the same bits.
  /// - Parameters:
  ///   - out: [rows, heads, headDim]
  ///   - query, key, value: rows of their heads, `stride` apart
  ///   - table: see `table(_:)`
  func attend(
    _ out: Floats, query: Floats, key: Floats, value: Floats, stride: Int, layer: Int,
    table: [Floats], scratch: Floats
  ) {
    let size = AttentionTile(shape).size
    Parallel.chunks(runs.count, grain: 4) { numbers in
      for number in numbers { write(number, key, value, stride, layer, table) }
    }
    Parallel.chunks(chunks.count, grain: 1) { numbers in
      for chunk in numbers {
        for unit in chunks[chunk] {
          attend(
            out, query, stride, layer, table, scratch.row(chunk, width: size),
            spans[unit / shape.keyValueHeads], head: unit % shape.keyValueHeads)
        }
      }
    }
  }

  /// The part of a block that belongs to a layer; `index` counts the run's blocks.
  private func block(_ table: [Floats], _ run: Int, _ index: Int, _ layer: Int) -> Floats {
    table[firstBlock[run] + index].row(layer, width: shape.blockSize)
  }

  private func write(
    _ number: Int, _ key: Floats, _ value: Floats, _ stride: Int, _ layer: Int, _ table: [Floats]
  ) {
    let run = runs[number]
    let prefixBlocks = AttentionShape.blocks(run.prefix)
    for row in 0..<run.rows.count {
      let position = run.start + row
      let block = block(
        table, number, prefixBlocks + position / AttentionShape.block, layer)
      let start = (run.rows.lowerBound + row) * stride
      shape.write(
        block, key: key[start..<key.count], value: value[start..<value.count],
        position: position % AttentionShape.block)
    }
  }

  private func attend(
    _ out: Floats, _ query: Floats, _ stride: Int, _ layer: Int, _ table: [Floats],
    _ scratch: Floats, _ span: Span, head: Int
  ) {
    let (run, tile) = (runs[span.run], AttentionTile(shape))
    let width = shape.heads * shape.headDim
    let prefixBlocks = AttentionShape.blocks(run.prefix)
    var first = span.rows.lowerBound
    while first < span.rows.upperBound {
      // Tiles are aligned to positions, not to rows: none straddles two blocks.
      let position = run.start + first
      let count = min(
        shape.tileRows - position % shape.tileRows, span.rows.upperBound - first)
      let rows = run.rows.lowerBound + first..<run.rows.lowerBound + first + count
      tile.begin(scratch, pairs: count * shape.group)
      for (index, row) in rows.enumerated() {
        tile.load(
          scratch, pair: index * shape.group, row: query[row * stride..<row * stride + width],
          head: head)
      }
      tile.attend(
        scratch, rows: position..<position + count, prefix: run.prefix, head: head,
        prefixBlock: { block(table, span.run, $0, layer) },
        ownBlock: { block(table, span.run, prefixBlocks + $0, layer) })
      for (index, row) in rows.enumerated() {
        tile.finish(
          scratch, pair: index * shape.group, row: out.row(row, width: width),
          logSumExp: out[0..<0], head: head)
      }
      first += count
    }
  }
}
