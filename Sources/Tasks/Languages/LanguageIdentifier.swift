import CCLD2

/// Distinguishes a language from others with the same script, with CLD2 (Compact Language Detector
/// 2).
///
/// A text is judged sentence by sentence, so that a foreign one among others is seen. Short
/// sentences are judged together: one or two words are not enough, and a policy that wrote one word
/// per line would never be caught. CLD2 gets the expected language as a hint, which leaves
/// hardly a sentence
/// of it to another; a longer text that is surely in another language as a whole is judged without.
struct LanguageIdentifier {
  private let expected: Language
  private let script: Script

  /// Words that a piece has at least, if the text has as many: of four words CLD2 with a hint
  /// identifies some 90 % correctly, of two 70 %.
  private static let fewest = 4
  /// Words after which a piece ends anywhere, for text without full stops; a text of no more is not
  /// judged as a whole.
  private static let most = 24

  init(_ expected: Language) {
    self.expected = expected
    script = expected.scripts[0]
  }

  /// The words of the expected language's script by the codes of their languages.
  func words(in text: String) -> [String: Int] {
    let pieces = pieces(of: text)
    let isLong = pieces.reduce(0) { $0 + $1.words } > Self.most
    let whole = isLong ? Self.code(of: pieces.map(\.text).joined(), .surely) : nil
    let isOther = whole.map { $0 != expected.rawValue } ?? false
    var words: [String: Int] = [:]
    for piece in pieces where piece.words > 0 {
      let code = Self.code(of: piece.text, isOther ? .likely : .expecting(expected))
      words[code ?? expected.rawValue, default: 0] += piece.words
    }
    return words
  }

  /// The language that the words of the script are in as a whole; nil if CLD2 is not sure, or if a
  /// row cannot name it.
  func language(of text: String) -> Language? {
    let words = pieces(of: text).map(\.text).joined()
    return Self.code(of: words, .surely).flatMap(Language.init)
  }

  /// Words that are judged together.
  private struct Piece {
    var text = ""
    var words = 0

    mutating func append(_ other: Piece) {
      text += other.text
      words += other.words
    }
  }

  private func pieces(of text: String) -> [Piece] {
    var pieces = [Piece()]
    var end = text.startIndex
    ScriptRun.each(in: text) { run in
      guard run.script == script else { return }
      let words = pieces[pieces.count - 1].words
      if words >= Self.most
        || (words >= Self.fewest && Self.endsSentence(text[end..<run.start]))
      {
        pieces.append(Piece())
      }
      pieces[pieces.count - 1].append(
        Piece(text: text[run.start..<run.end] + " ", words: run.words))
      end = run.end
    }
    if pieces.count > 1, let last = pieces.last, last.words < Self.fewest {
      pieces.removeLast()
      pieces[pieces.count - 1].append(last)
    }
    return pieces
  }

  /// Whether a sentence ends between two words: at a line's end, or after a mark that a space
  /// follows, which the point of 3.5 is not.
  private static func endsSentence(_ gap: Substring) -> Bool {
    var afterMark = false
    for scalar in gap.unicodeScalars {
      if scalar == "\n" || (afterMark && scalar.properties.isWhitespace) { return true }
      afterMark = marks.contains(scalar)
    }
    return false
  }

  private static let marks: Set<Unicode.Scalar> = [".", "!", "?", "…", "؟", "۔", "。", "！", "？"]

  /// How CLD2 is asked.
  private enum Question {
    /// For a language that is much likelier than the next.
    case surely
    /// For the likeliest one.
    case likely
    /// For the likeliest one where this one has the benefit of the doubt.
    case expecting(Language)
  }

  /// CLD2's code of a text's language.
  private static func code(of text: String, _ question: Question) -> String? {
    let bytes = CInt(clamping: text.utf8.count)
    let code =
      switch question {
      case .surely: regimen_language(text, bytes, nil, false)
      case .likely: regimen_language(text, bytes, nil, true)
      case .expecting(let language): regimen_language(text, bytes, language.rawValue, true)
      }
    return code.map { String(cString: $0) }
  }
}
