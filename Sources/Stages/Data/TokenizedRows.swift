/// A row as a model reads it.
struct TokenizedRow: Sendable, Equatable {
  /// The row's, in its dataset.
  let id: Int
  let tokens: [Int32]
  /// Whether each token is learnt, given those before it.
  let scored: [Bool]

  var scoredCount: Int { scored.dropFirst().count { $0 } }
}

/// Many rows in tokens, kept one behind the other: two bytes a token where the vocabulary allows it, and
/// sixteen a row.
struct TokenizedRows: RandomAccessCollection, Sendable {
  private struct Place {
    let chunk: Int32
    let start: Int32
    let count: Int32
    let id: Int32
  }

  /// Tokens of a chunk before another is begun: growing copies no more than one.
  private static let chunkSize = 1 << 20

  private var places: [Place] = []
  private var short: [[UInt16]] = []
  private var long: [[Int32]] = []
  private let isShort: Bool
  /// The first token that is learnt, with all that follow it; -1 for a row in `marks`.
  private var firstScored: [Int32] = []
  /// Which tokens are learnt, of rows where these are not the last ones.
  private var marks: [Int: [Bool]] = [:]

  /// - Parameter vocabularySize: of the tokens.
  init(vocabularySize: Int) { isShort = vocabularySize <= 1 << 16 }

  var startIndex: Int { 0 }
  var endIndex: Int { places.count }

  subscript(row: Int) -> TokenizedRow {
    let place = places[row]
    let range = Int(place.start)..<Int(place.start + place.count)
    let tokens =
      isShort
      ? short[Int(place.chunk)][range].map { Int32($0) } : Array(long[Int(place.chunk)][range])
    let first = Int(firstScored[row])
    let scored =
      marks[row]
      ?? [Bool](repeating: false, count: first)
      + [Bool](repeating: true, count: tokens.count - first)
    return TokenizedRow(id: Int(place.id), tokens: tokens, scored: scored)
  }

  /// Tokens of each row.
  var lengths: [Int] { places.map { Int($0.count) } }

  mutating func append(_ row: TokenizedRow) {
    let first = row.scored.firstIndex(of: true) ?? row.scored.count
    let isTail = row.scored[first...].allSatisfy { $0 }
    if !isTail { marks[places.count] = row.scored }
    firstScored.append(isTail ? Int32(first) : -1)
    let (chunk, start) =
      isShort ? Self.add(row.tokens, to: &short) : Self.add(row.tokens, to: &long)
    places.append(
      Place(
        chunk: Int32(chunk), start: Int32(start), count: Int32(row.tokens.count),
        id: Int32(row.id)))
  }

  private static func add<Token: FixedWidthInteger>(
    _ tokens: [Int32], to chunks: inout [[Token]]
  ) -> (chunk: Int, start: Int) {
    if chunks.isEmpty || chunks[chunks.count - 1].count + tokens.count > chunkSize {
      chunks.append([])
      chunks[chunks.count - 1].reserveCapacity(Swift.max(tokens.count, chunkSize))
    }
    let last = chunks.count - 1
    let start = chunks[last].count
    chunks[last].append(contentsOf: tokens.lazy.map { Token(truncatingIfNeeded: $0) })
    return (last, start)
  }
}
