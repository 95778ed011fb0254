/// Rows that go through the decoder together: stretches of prompts, or the last tokens of samples.
struct DecoderPass {
  private(set) var tokens: [Int32] = []
  private(set) var positions: [Int32] = []
  private(set) var runs: [CacheRun] = []
  /// Rows after which a prompt is read, and the prompts.
  var ends: [(row: Int, prompt: Int)] = []

  /// Number of rows.
  var count: Int { tokens.count }

  /// Adds consecutive tokens of one sequence.
  /// - Parameters:
  ///   - start: position of the first, counted from the start of the sequence's own blocks
  ///   - prefix: positions before those
  ///   - blocks: of the prefix, then the sequence's own
  mutating func append(
    _ run: some Collection<Int32>, start: Int, prefix: Int, blocks: [Int]
  ) {
    let rows = count..<count + run.count
    runs.append(CacheRun(rows: rows, start: start, prefix: prefix, blocks: blocks))
    tokens += run
    positions += (prefix + start..<prefix + start + run.count).map { Int32($0) }
  }
}
