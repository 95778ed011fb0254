/// The word n-grams of texts that training must not have seen, such as an evaluation's questions and
/// solutions (DeepSeek-R1 leaves out what shares ten words in a row with them).
public struct NGramIndex: Sendable {
  private let size: Int
  private var ngrams: Set<ArraySlice<String>> = []
  /// Texts shorter than `size` words, which only an equal text matches.
  private var short: Set<[String]> = []

  public init(size: Int) {
    precondition(size > 0, "n-grams of \(size) words")
    self.size = size
  }

  /// Adds the prompt of a row and what answers it.
  public mutating func add(_ row: Row) {
    add(TextRules.words(row.prompt.text))
    for text in [row.completion, row.solution].compactMap(\.self) {
      let words = TextRules.words(text)
      if words.count >= size { add(words) }
    }
  }

  private mutating func add(_ words: [String]) {
    if words.count >= size {
      for start in 0...words.count - size { ngrams.insert(words[start..<start + size]) }
    } else if !words.isEmpty {
      short.insert(words)
    }
  }

  /// Whether the prompt of a row or what it would teach is in the index. Replies shorter than an
  /// n-gram ("42") are the same in many rows and give nothing away.
  public func matches(_ row: Row) -> Bool {
    let prompt = TextRules.words(row.prompt.text)
    return prompt.count < size && short.contains(prompt) || shares(prompt)
      || [row.completion, row.rejected].compactMap(\.self).contains { shares(TextRules.words($0)) }
  }

  private func shares(_ words: [String]) -> Bool {
    words.count >= size
      && (0...words.count - size).contains { ngrams.contains(words[$0..<$0 + size]) }
  }
}
