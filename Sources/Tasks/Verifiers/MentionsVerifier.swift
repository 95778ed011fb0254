import Trace

/// `mentions`: how many of a list of words an answer holds, as `2 of pear|plum|fig`.
///
/// It is right when it holds exactly that many different ones, whatever else it says. Case does not
/// count, and a word that is part of a longer one (`fig` in `figure`) is not there, save in scripts
/// without spaces. A text without an answer scores 0, even where none of the words is asked for.
enum MentionsVerifier {
  static func verify(gold: String, answer: String) -> Judgement {
    guard let (count, options) = read(gold) else {
      return Judgement(.abstain("the gold answer is not like '2 of pear|plum|fig'"))
    }
    guard Thoughts.hasAnswer(answer) else { return .unreadable }
    let text = Array(answer.lowercased().unicodeScalars)
    let found = options.filter { mentions(text, Array($0.lowercased().unicodeScalars)) }
    return .correct(found.count == count, stated: .text(found.sorted().joined(separator: ", ")))
  }

  private static func read(_ gold: String) -> (count: Int, options: Set<String>)? {
    guard let separator = gold.firstRange(of: " of "),
      let count = Int(gold[..<separator.lowerBound])
    else { return nil }
    let options = gold[separator.upperBound...].split(separator: "|").map { trimmed($0) }
      .filter { !$0.isEmpty }
    return count >= 0 && count <= options.count ? (count, Set(options)) : nil
  }

  private static func trimmed(_ text: Substring) -> String {
    String(text.drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
  }

  private static func mentions(_ text: [Unicode.Scalar], _ word: [Unicode.Scalar]) -> Bool {
    guard let first = word.first, let last = word.last, text.count >= word.count else {
      return false
    }
    return (0...text.count - word.count).contains { start in
      let end = start + word.count
      guard text[start] == first, text[start..<end].elementsEqual(word) else { return false }
      let beforeEnds = start == 0 || isBoundary(text[start - 1], first)
      return beforeEnds && (end == text.count || isBoundary(text[end], last))
    }
  }

  /// Whether a word can begin or end between two neighbours.
  private static func isBoundary(_ outside: Unicode.Scalar, _ inside: Unicode.Scalar) -> Bool {
    let isWord = { (scalar: Unicode.Scalar) in
      scalar.properties.isAlphabetic || scalar.properties.numericType != nil
    }
    return !isWord(outside) || !isWord(inside) || inside.isOfUnspacedScript
      || outside.isOfUnspacedScript
  }
}
