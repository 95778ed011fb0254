/// Finds added tokens in UTF-8 text: the leftmost first, the longest of those that start there.
struct AddedTokenMatcher: Sendable {
  /// A part of a text: bytes to be tokenized, or an added token.
  enum Part: Equatable {
    case text(Range<Int>)
    case token(Int32)
  }

  /// The tokens that start with each byte, longest first.
  private let candidates: [UInt8: [(bytes: [UInt8], id: Int32)]]

  init(_ tokens: [AddedToken]) {
    var candidates: [UInt8: [(bytes: [UInt8], id: Int32)]] = [:]
    for token in tokens {
      let bytes = Array(token.text.utf8)
      guard let first = bytes.first else { continue }
      candidates[first, default: []].append((bytes, token.id))
    }
    self.candidates = candidates.mapValues { $0.sorted { $0.bytes.count > $1.bytes.count } }
  }

  /// `range` of `text` cut at the added tokens; no part is empty.
  func split(_ text: [UInt8], _ range: Range<Int>) -> [Part] {
    var parts: [Part] = []
    var start = range.lowerBound
    var position = start
    while position < range.upperBound {
      guard let match = match(text, position, range.upperBound) else {
        position += 1
        continue
      }
      if start < position { parts.append(.text(start..<position)) }
      parts.append(.token(match.id))
      position += match.bytes.count
      start = position
    }
    if start < range.upperBound { parts.append(.text(start..<range.upperBound)) }
    return parts
  }

  private func match(
    _ text: [UInt8], _ position: Int, _ end: Int
  ) -> (bytes: [UInt8], id: Int32)? {
    candidates[text[position]]?.first { candidate in
      position + candidate.bytes.count <= end
        && candidate.bytes.indices.allSatisfy { text[position + $0] == candidate.bytes[$0] }
    }
  }
}
