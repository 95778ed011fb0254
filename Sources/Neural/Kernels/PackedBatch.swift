/// Token rows of several sequences side by side, without padding, and what is to be scored.
///
/// A segment is a run of rows that attend causally to one another and, before that, to all rows of
/// an optional prefix segment, whose positions they continue.
public struct PackedBatch: Sendable {
  public struct Segment: Sendable, Equatable {
    /// First row and number of rows.
    public let start: Int
    public let count: Int
    /// Rows of the prefix, all of which every row of this segment sees.
    public let prefix: Range<Int>?
    /// Position of the first row; the others follow.
    public let firstPosition: Int

    public var rows: Range<Int> { start..<start + count }
  }

  public private(set) var tokens: [Int32] = []
  public private(set) var positions: [Int32] = []
  public private(set) var segments: [Segment] = []
  /// Entry i: the hidden state of row `scoredRows[i]` predicts token `scoredTargets[i]`.
  public private(set) var scoredRows: [Int32] = []
  public private(set) var scoredTargets: [Int32] = []

  /// Number of token rows.
  public var count: Int { tokens.count }

  /// Whole sequences; `scored[i]`: token i is scored given what precedes (`scored[0]` is ignored).
  public static func sequences(_ sequences: [(tokens: [Int32], scored: [Bool])]) -> PackedBatch {
    var batch = PackedBatch()
    for (tokens, scored) in sequences where !tokens.isEmpty {
      precondition(tokens.count == scored.count, "a mark for each token")
      let start = batch.count
      batch.append(tokens[...], prefix: nil)
      for i in tokens.indices.dropFirst() where scored[i] {
        batch.score(row: start + i - 1, target: tokens[i])
      }
    }
    return batch
  }

  /// Prompts with several completions each, the prompt's rows stored once; every completion token
  /// is scored, in the order group, completion, token. A prompt has at least one token; a
  /// completion's last token is only a target and takes no row.
  public static func groups(
    _ groups: [(prompt: [Int32], completions: [[Int32]])]
  ) -> PackedBatch {
    var batch = PackedBatch()
    for (prompt, completions) in groups {
      precondition(!prompt.isEmpty, "an empty prompt predicts nothing")
      let start = batch.count
      batch.append(prompt[...], prefix: nil)
      let rows = start..<batch.count
      for completion in completions where !completion.isEmpty {
        batch.score(row: rows.upperBound - 1, target: completion[0])
        let first = batch.count
        if completion.count > 1 { batch.append(completion.dropLast(), prefix: rows) }
        for (i, target) in completion.dropFirst().enumerated() {
          batch.score(row: first + i, target: target)
        }
      }
    }
    return batch
  }

  /// Prompts with several replies each, the prompt's rows stored once; entry i is the last row of
  /// reply i, whose hidden state stands for the whole text. No reply is empty.
  public static func texts(
    _ groups: [(prompt: [Int32], replies: [[Int32]])]
  ) -> PackedBatch {
    var batch = PackedBatch()
    for (prompt, replies) in groups {
      let start = batch.count
      if !prompt.isEmpty { batch.append(prompt[...], prefix: nil) }
      let rows = prompt.isEmpty ? nil : start..<batch.count
      for reply in replies {
        guard let last = reply.last else { preconditionFailure("an empty reply has no last token") }
        batch.append(reply[...], prefix: rows)
        batch.score(row: batch.count - 1, target: last)
      }
    }
    return batch
  }

  private mutating func append(_ run: ArraySlice<Int32>, prefix: Range<Int>?) {
    let position = prefix?.count ?? 0
    segments.append(
      Segment(start: count, count: run.count, prefix: prefix, firstPosition: position))
    tokens += run
    positions += (position..<position + run.count).map { Int32($0) }
  }

  private mutating func score(row: Int, target: Int32) {
    scoredRows.append(Int32(row))
    scoredTargets.append(target)
  }
}
