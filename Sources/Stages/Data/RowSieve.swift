import Datasets
import JSON

/// Tells rows that may show something new from rows like earlier ones: for checks that look at
/// every row but do the work of a stage for only some.
///
/// New rows are the first ones, those with a new shape, and those longer than all before them. The
/// shape is everything except the words that a chat template and the rules of writing depend on:
/// the keys, the order of speakers, empty texts, and where thoughts begin and end.
struct RowSieve {
  private var count = 0
  private var longest = 0
  private var shapes: Set<Int> = []

  /// - Returns: whether a row is to be looked at.
  mutating func isNew(_ row: Row) -> Bool {
    count += 1
    let isLonger = row.length > longest
    longest = max(longest, row.length)
    let isOther = shapes.insert(row.shape).inserted
    return count <= DrawnRows.examined || isLonger || isOther
  }
}

extension Row {
  /// Bytes of what is said.
  fileprivate var length: Int {
    let said =
      switch prompt {
      case .text(let text): text.utf8.count
      case .messages(let messages): messages.reduce(0) { $0 + $1.content.utf8.count }
      }
    return said + (completion?.utf8.count ?? 0) + (rejected?.utf8.count ?? 0)
  }

  fileprivate var shape: Int {
    var hasher = Hasher()
    switch prompt {
    case .text(let text): hasher.combine(text.shape)
    case .messages(let messages):
      hasher.combine(Set(messages.indices.map { turn($0, of: messages) }))
      hasher.combine(messages.first?.role)
      hasher.combine(messages.last?.role)
    }
    for text in [completion, rejected] { hasher.combine(text?.shape) }
    for message in [reply, rejectedReply] { hasher.combine(message?.shape) }
    hasher.combine(gold == nil)
    hasher.combine(verifier)
    // The order of keys in a dictionary is no row's.
    hasher.combine(Set(fields.map { Column(key: $0.key, kind: $0.value.kind) }))
    return hasher.finalize()
  }

  /// A message with who spoke before it.
  private func turn(_ place: Int, of messages: [Message]) -> Int {
    var hasher = Hasher()
    hasher.combine(place > 0 ? messages[place - 1].role : nil)
    hasher.combine(messages[place].shape)
    return hasher.finalize()
  }

  private struct Column: Hashable {
    let key: String
    let kind: String
  }
}

extension Message {
  fileprivate var shape: Int {
    var hasher = Hasher()
    hasher.combine(role)
    for (key, value) in members {
      hasher.combine(key)
      hasher.combine(value.kind)
      if key == "weight" { hasher.combine(value) }
    }
    hasher.combine(content.shape)
    return hasher.finalize()
  }
}

extension String {
  /// Whether it says something, begins or ends with white space, and holds thoughts.
  fileprivate var shape: Int {
    var shape = firstVisible == nil ? 1 : 0
    for (place, mark) in [(1, "<think>"), (2, "</think>")] as [(Int, StaticString)]
    where holds(mark) {
      shape |= 1 << place
    }
    if isEmpty { shape |= 32 }
    if unicodeScalars.first?.properties.isWhitespace == true { shape |= 8 }
    if unicodeScalars.last?.properties.isWhitespace == true { shape |= 16 }
    return shape
  }
}
