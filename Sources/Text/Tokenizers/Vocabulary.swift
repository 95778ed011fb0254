/// The tokens of a vocabulary by id, as tokenizer.json spells them and as the bytes they stand for.
package struct Vocabulary: Sendable {
  /// By id; nil where the ids have a gap.
  private(set) var spellings: [String?]
  private(set) var bytes: [[UInt8]]

  package var count: Int { spellings.count }

  /// An empty vocabulary with room for `count` ids.
  init(count: Int) {
    spellings = [String?](repeating: nil, count: count)
    bytes = [[UInt8]](repeating: [], count: count)
  }

  /// Sets the token `id`; an id beyond the end makes the vocabulary longer.
  mutating func set(_ id: Int, _ spelling: String, _ bytes: [UInt8]) {
    while id >= count {
      spellings.append(nil)
      self.bytes.append([])
    }
    spellings[id] = spelling
    self.bytes[id] = bytes
  }

  package func bytes(_ id: Int32) -> [UInt8] {
    bytes.indices.contains(Int(id)) ? bytes[Int(id)] : []
  }

  package func token(_ id: Int32) -> String {
    (spellings.indices.contains(Int(id)) ? spellings[Int(id)] : nil) ?? ""
  }
}
