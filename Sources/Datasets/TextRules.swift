import Tasks

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

  /// The share of n-grams of `size` words that came before in the text.
  public static func repetition(_ text: String, size: Int) -> Double {
    repeatedShare(words(text), size: size)
  }

  /// The words of a text in lower case: runs of letters, marks and digits; a character of a script
  /// without spaces between words is a word.
  public static func words(_ text: String) -> [String] {
    var words: [String] = []
    var word = ""
    for scalar in text.lowercased().unicodeScalars {
      if scalar.isOfUnspacedScript {
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
}
