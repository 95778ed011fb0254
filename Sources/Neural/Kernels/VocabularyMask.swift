import Text

/// The ids that a model has rows for and its tokenizer has no token for: padding of the vocabulary
/// (Qwen2.5 has 151,936 rows for 151,665 tokens), and gaps between ids.
struct VocabularyMask: Sendable, Equatable {
  let ranges: [Range<Int>]

  var isEmpty: Bool { ranges.isEmpty }

  /// What a masked logit becomes: too small for any probability, and finite, so that its part of an
  /// entropy is 0 and not undefined.
  static let logit: Float = -0x1p80

  /// - Parameter rows: of the LM head
  init(_ tokenizer: any Tokenizer, rows: Int) {
    var ranges: [Range<Int>] = []
    let known = min(tokenizer.vocabularySize, rows)
    for id in 0..<rows where id >= known || tokenizer.bytes(Int32(id)).isEmpty {
      if let last = ranges.last, last.upperBound == id {
        ranges[ranges.count - 1] = last.lowerBound..<id + 1
      } else {
        ranges.append(id..<id + 1)
      }
    }
    self.ranges = ranges
  }

  /// Masks rows of logits, each `width` long.
  func apply(_ logits: Floats, rows: Int, width: Int) {
    if isEmpty { return }
    for row in 0..<rows {
      let values = logits.row(row, width: width)
      for range in ranges { values[range].fill(Self.logit) }
    }
  }
}

/// Over which tokens a distribution is taken.
public enum TokenSupport: Sendable {
  /// Every row of the LM head, as in the losses of transformers.
  case head
  /// The tokens of the tokenizer: what a generator draws from.
  case tokenizer
}
