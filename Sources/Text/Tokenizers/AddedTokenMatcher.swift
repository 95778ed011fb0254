/// Finds added tokens in UTF-8 text: the leftmost first, the longest of those that start there.
struct AddedTokenMatcher: Sendable {
  /// A part of a text: bytes to be tokenized, or an added token.
  enum Part: Equatable {
    case text(Range<Int>)
    case token(Int32)
  }

  private struct Candidate {
    let bytes: [UInt8]
    let id: Int32
    let edges: AddedToken.Edges
  }

  /// The tokens that start with each byte, longest first.
  private let candidates: [UInt8: [Candidate]]

  init(_ tokens: [AddedToken]) {
    var candidates: [UInt8: [Candidate]] = [:]
    for token in tokens {
      let bytes = Array(token.text.utf8)
      guard let first = bytes.first else { continue }
      candidates[first, default: []].append(
        Candidate(bytes: bytes, id: token.id, edges: token.edges))
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
      let found = position..<position + match.bytes.count
      // A token that must be a word and is none hides the shorter ones that begin where it does.
      position = found.upperBound
      if match.edges.contains(.isWord), touchesWord(text, found, in: range) { continue }
      let low =
        match.edges.contains(.stripsLeft)
        ? spaceBegins(text, before: found.lowerBound, from: start) : found.lowerBound
      if start < low { parts.append(.text(start..<low)) }
      parts.append(.token(match.id))
      start =
        match.edges.contains(.stripsRight)
        ? spaceEnds(text, from: found.upperBound, to: range.upperBound) : found.upperBound
    }
    if start < range.upperBound { parts.append(.text(start..<range.upperBound)) }
    return parts
  }

  private func match(_ text: [UInt8], _ position: Int, _ end: Int) -> Candidate? {
    candidates[text[position]]?.first { candidate in
      position + candidate.bytes.count <= end
        && candidate.bytes.indices.allSatisfy { text[position + $0] == candidate.bytes[$0] }
    }
  }
}

// The text next to a token, as the `tokenizers` library sees it.
extension AddedTokenMatcher {
  /// Where the whitespace that ends at `end` begins, at `first` at the earliest.
  private func spaceBegins(_ text: [UInt8], before end: Int, from first: Int) -> Int {
    var position = end
    while let scalar = scalar(text, before: position, from: first),
      scalar.properties.isWhitespace
    { position -= UTF8.width(scalar) }
    return position
  }

  /// Where the whitespace that begins at `start` ends, at `last` at the latest.
  private func spaceEnds(_ text: [UInt8], from start: Int, to last: Int) -> Int {
    var position = start
    while let scalar = scalar(text, at: position, to: last), scalar.properties.isWhitespace {
      position += UTF8.width(scalar)
    }
    return position
  }

  private func touchesWord(_ text: [UInt8], _ found: Range<Int>, in range: Range<Int>) -> Bool {
    let before = scalar(text, before: found.lowerBound, from: range.lowerBound)
    let after = scalar(text, at: found.upperBound, to: range.upperBound)
    return [before, after].contains { $0.map(Self.isWord) ?? false }
  }

  private func scalar(_ text: [UInt8], at position: Int, to end: Int) -> Unicode.Scalar? {
    guard position < end else { return nil }
    return String(decoding: text[position..<min(position + 4, end)], as: UTF8.self)
      .unicodeScalars.first
  }

  private func scalar(_ text: [UInt8], before end: Int, from first: Int) -> Unicode.Scalar? {
    var position = end - 1
    while position > first, UTF8.isContinuation(text[position]) { position -= 1 }
    return position < first ? nil : scalar(text, at: position, to: end)
  }

  /// What `\w` matches.
  private static func isWord(_ scalar: Unicode.Scalar) -> Bool {
    let properties = scalar.properties
    if properties.isAlphabetic || properties.isJoinControl { return true }
    switch properties.generalCategory {
    case .decimalNumber, .connectorPunctuation, .nonspacingMark, .spacingMark, .enclosingMark:
      return true
    default: return false
    }
  }
}
