/// Plain measures of a text, by which rows are kept or dropped. All take time linear in the text.
public enum TextRules {
  /// Characters (Unicode scalars) of the longest paragraph; an empty line ends one.
  public static func longestParagraph(_ text: String) -> Int {
    var (longest, current) = (0, 0)
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.allSatisfy(\.isWhitespace) {
        current = 0
      } else {
        // The line break between two lines of a paragraph counts.
        current += line.unicodeScalars.count + (current > 0 ? 1 : 0)
        longest = max(longest, current)
      }
    }
    return longest
  }

  /// Whether a line opens a fenced block of Markdown: three back quotes or tildes after at most three
  /// spaces.
  public static func hasCodeBlock(_ text: String) -> Bool {
    text.split(whereSeparator: \.isNewline).contains { line in
      let start = line.drop { $0 == " " }
      guard line.count - start.count <= 3 else { return false }
      return start.hasPrefix("```") || start.hasPrefix("~~~")
    }
  }

  /// The share of word n-grams that came before in the text: 0 where none repeats or the text is
  /// shorter than `size` words, near 1 for a loop.
  public static func repetition(_ text: String, size: Int) -> Double {
    precondition(size > 0, "n-grams of \(size) words")
    let words = words(text)
    guard words.count >= size else { return 0 }
    let count = words.count - size + 1
    let different = Set((0..<count).map { words[$0..<$0 + size] })
    return 1 - Double(different.count) / Double(count)
  }

  /// The words of a text in lower case: runs of letters, marks and digits; a character of a script
  /// without spaces between words is a word.
  public static func words(_ text: String) -> [String] {
    var words: [String] = []
    var word = ""
    for scalar in text.lowercased().unicodeScalars {
      if isUnspaced(scalar) {
        if !word.isEmpty { words.append(word) }
        words.append(String(scalar))
        word = ""
      } else if isWordPart(scalar) {
        word.unicodeScalars.append(scalar)
      } else if !word.isEmpty {
        words.append(word)
        word = ""
      }
    }
    if !word.isEmpty { words.append(word) }
    return words
  }

  private static func isWordPart(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.isASCII {
      return ("a"..."z").contains(scalar) || ("0"..."9").contains(scalar)
    }
    switch scalar.properties.generalCategory {
    case .lowercaseLetter, .uppercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter,
      .nonspacingMark, .spacingMark, .decimalNumber:
      return true
    default: return false
    }
  }

  /// Han, Hiragana and Katakana.
  private static func isUnspaced(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x3040...0x30FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xF900...0xFAFF, 0x20000...0x323AF:
      true
    default: false
    }
  }
}
