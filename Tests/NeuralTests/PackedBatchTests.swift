import Testing

@testable import Neural

@Suite("Packed batches")
struct PackedBatchTests {
  @Test("sequences lie one after the other; a row is scored for the token that follows it")
  func sequences() {
    let batch = PackedBatch.sequences([
      (tokens: [5, 6, 7], scored: [true, false, true]), (tokens: [], scored: []),
      (tokens: [8], scored: [true]), (tokens: [9, 1], scored: [false, true]),
    ])
    #expect(batch.tokens == [5, 6, 7, 8, 9, 1])
    #expect(batch.positions == [0, 1, 2, 0, 0, 1])
    #expect(batch.segments.map(\.rows) == [0..<3, 3..<4, 4..<6])
    #expect(batch.segments.allSatisfy { $0.prefix == nil && $0.firstPosition == 0 })
    #expect(batch.scoredRows == [1, 4])
    #expect(batch.scoredTargets == [7, 1])
  }

  @Test("a group's prompt is stored once; a completion's last token is only a target")
  func groups() {
    let batch = PackedBatch.groups([
      (prompt: [1, 2], completions: [[3, 4, 5], [6], []]), (prompt: [7], completions: [[8, 9]]),
    ])
    #expect(batch.tokens == [1, 2, 3, 4, 7, 8])
    #expect(batch.positions == [0, 1, 2, 3, 0, 1])
    #expect(batch.segments.map(\.rows) == [0..<2, 2..<4, 4..<5, 5..<6])
    #expect(batch.segments.map(\.prefix) == [nil, 0..<2, nil, 4..<5])
    #expect(batch.segments.map(\.firstPosition) == [0, 2, 0, 1])
    #expect(batch.scoredRows == [1, 2, 3, 1, 4, 5])
    #expect(batch.scoredTargets == [3, 4, 5, 6, 8, 9])
  }
}
