/// Distinguishes a bare answer from prose.
enum ShortAnswer {
  /// Words of two letters or more that an answer has at most: `12 hours and 30 minutes`.
  private static let mostWords = 3
  private static let mostLetters = 24

  /// Words of sentences, which no bare answer needs.
  private static let prose: Set<String> = [
    "therefore", "thus", "hence", "since", "because", "assume", "suppose", "let", "then", "so",
    "proof", "prove", "proved", "proven", "qed", "omitted", "trivial", "obvious", "clearly", "we",
    "the", "is", "are", "it", "this", "that", "which", "see", "by", "have", "has", "holds",
    "follows", "done", "shown",
  ]

  /// Whether a text without white space around it is one line of at most three words, none of them a
  /// word of sentences, and no sentence ends in it or, where there are several words, at its end.
  ///
  /// Words are runs of two letters or more; the names of LaTeX's commands are none.
  static func isOne(_ text: String) -> Bool {
    let words = words(text)
    guard text.unicodeScalars.contains(where: says), !text.contains(where: \.isNewline),
      words.count <= mostWords,
      !words.contains(where: { $0.count > mostLetters || prose.contains($0.lowercased()) })
    else { return false }
    return !holdsSentence(Array(text.unicodeScalars), isLong: words.count > 1)
  }

  private static func says(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.isAlphabetic || scalar.properties.numericType != nil || scalar.value >= 0x80
  }

  private static func words(_ text: String) -> [String] {
    let scalars = Array(text.unicodeScalars)
    var words: [String] = []
    var i = 0
    while i < scalars.count {
      let start = i
      while i < scalars.count, scalars[i].properties.isAlphabetic { i += 1 }
      let isCommand = start > 0 && scalars[start - 1] == "\\"
      if i - start >= 2, !isCommand {
        words.append(String(String.UnicodeScalarView(scalars[start..<i])))
      }
      i = max(i, start + 1)
    }
    return words
  }

  /// - Parameter isLong: whether a mark at the end of the text counts, too.
  private static func holdsSentence(_ scalars: [Unicode.Scalar], isLong: Bool) -> Bool {
    scalars.indices.contains { place in
      switch scalars[place] {
      case "\u{3002}", "\u{FF01}", "\u{FF1F}": return true
      case ".", "!", "?":
        guard place + 1 < scalars.count else { return isLong }
        let rest = scalars[(place + 1)...].drop { $0.properties.isWhitespace }
        return rest.startIndex > place + 1 && rest.first?.properties.isAlphabetic == true
      default: return false
      }
    }
  }
}
