/// What words do to the number beside them: `not 42`, `at least 42` and "42 is wrong" state no number,
/// "negative 42" states -42.
///
/// Words that approximate ("about 42", "nearly 42") change nothing. English, and the commonest words of
/// some other languages.
enum NumberWords {
  enum Effect { case none, negated, refused }

  // MARK: In front

  static func effect(before clause: ClauseWords) -> Effect {
    let words = clause.words
    guard let first = words.first else { return .none }
    if first == "negative" { return words.count > 1 && isNegation(words[1]) ? .refused : .negated }
    if first == "minus" { return isSign(words, clause.end) ? .negated : .refused }
    let isLeftOver = first == "over" && words.dropFirst().first == "left"
    if limits.contains(first), !isLeftOver { return .refused }
    if operations.contains(first) || first == "no" { return .refused }
    if let second = words.dropFirst().first {
      if pairs[first]?.contains(second) == true { return .refused }
      if first == "to", second == "up" {
        return words.count > 2 && sums.contains(words[2]) ? .none : .refused
      }
    }
    return isDenied(words) || endsInChineseDenial(first) ? .refused : .none
  }

  /// "minus 5" as an answer, not "8 minus 5".
  private static func isSign(_ words: [String], _ end: Unicode.Scalar?) -> Bool {
    guard words.count > 1 else { return end.map { ":=,.\n".unicodeScalars.contains($0) } ?? true }
    return verbs.contains(words[1])
  }

  /// Whether a denial or a bound leads to the number by words that only link.
  private static func isDenied(_ words: [String]) -> Bool {
    for (place, word) in words.prefix(6).enumerated() {
      if isNegation(word) || word == "than" || bounds.contains(word) { return true }
      let next = words.dropFirst(place + 1).first { $0 != "very" && $0 != "the" }
      if extremes.contains(word), next == "at" { return true }
      guard links.contains(word) else { return false }
    }
    return false
  }

  private static func endsInChineseDenial(_ word: String) -> Bool {
    chineseDenials.contains { word.hasSuffix($0) }
  }

  static func isNegation(_ word: String) -> Bool {
    word.hasSuffix("n't") || negations.contains(word)
  }

  // MARK: Behind

  static func refuse(behind clause: ClauseWords) -> Bool {
    let words = clause.words
    guard let first = words.first else { return false }
    if changes.contains(first) || wrong.contains(first) || isNegation(first) { return true }
    if chineseBehind.contains(where: { first.hasPrefix($0) }) { return true }
    return addsPart(words) || isBounded(words) || isCalledWrong(words)
  }

  /// "42 and a half", "42 point five".
  private static func addsPart(_ words: [String]) -> Bool {
    if words[0] == "point" { return words.count > 1 }
    guard words[0] == "and" else { return false }
    return words.dropFirst().prefix(2).contains { parts.contains($0) }
  }

  /// "42 or more", "42 apples at most".
  private static func isBounded(_ words: [String]) -> Bool {
    zip(words, words.dropFirst()).prefix(3).contains { word, next in
      word == "at"
        ? extremes.contains(next) : (word == "or" || word == "and") && more.contains(next)
    }
  }

  /// "42 is wrong", "42 apples is not it", "42, but that is not right".
  static func isCalledWrong(_ words: [String]) -> Bool {
    guard let verb = words.prefix(5).firstIndex(where: { verbs.contains($0) || isNegation($0) })
    else { return false }
    if words[..<verb].contains(where: causes.contains) { return false }
    let isOfAnother = words[..<verb].contains(where: conjunctions.contains)
    var rest = words[(verb + 1)...].drop(while: fillers.contains)
    if let next = rest.first, wrong.contains(next) { return true }
    if !isNegation(words[verb]) {
      guard let next = rest.first, isNegation(next) else { return false }
      rest = rest.dropFirst().drop(while: fillers.contains)
    }
    return !isOfAnother || rest.first.map(right.contains) ?? false
  }

  // MARK: Words

  private static let negations: Set<String> = [
    "not", "never", "cannot", "nor", "neither", "without", "except", "excluding", "unlike", "cant",
    "isnt", "wont", "dont", "doesnt", "non", "nicht", "kein", "keine", "pas", "\u{43D}\u{435}",
  ]
  private static let links: Set<String> = [
    "be", "been", "being", "is", "it", "equal", "equals", "to", "the", "a", "an", "or", "about",
    "around", "roughly", "approximately", "exactly", "precisely", "actually", "really", "simply",
    "just", "even", "only", "quite", "possibly", "necessarily", "correct", "right", "true",
    "answer",
    "number", "value", "result", "solution", "total", "of", "going", "as", "many", "much", "in",
    "fact", "es",
    "gleich",
  ]
  /// "over 42" says more than 42 or a fraction.
  private static let limits: Set<String> = [
    "over", "under", "above", "below", "beyond",
  ]
  private static let bounds: Set<String> = [
    "exceeds", "exceed", "exceeding", "exceeded", "mindestens", "h\u{F6}chstens",
  ]
  private static let extremes: Set<String> = ["least", "most"]
  private static let operations: Set<String> = [
    "plus", "times", "choose", "mod", "modulo", "twice", "double", "triple", "half", "thrice",
  ]
  private static let parts: Set<String> = [
    "half", "halves", "third", "thirds", "quarter", "quarters", "fourth", "fourths", "fifth",
    "fifths", "sixth", "sixths", "eighth", "eighths", "tenth", "tenths",
  ]
  /// Two words in front of a number, the nearer first: "half of 42", "divided by 42".
  private static let pairs: [String: Set<String>] = [
    "of": parts.union([
      "percent", "multiple", "multiples", "factor", "factors", "divisor", "divisors", "square",
      "cube", "root", "power", "inverse", "reciprocal", "opposite", "factorial", "logarithm", "log",
      "sine", "cosine", "tangent", "instead",
    ]),
    "by": ["multiplied", "divided"], "but": ["anything"], "es": ["no"],
    "from": ["different", "distinct", "differs", "differ", "far", "apart", "aside"],
    "to": ["opposed", "unequal"], "de": ["plus", "moins", "m\u{E1}s", "menos"],
    "als": ["mehr", "weniger", "gr\u{F6}\u{DF}er", "kleiner"],
  ]
  private static let sums: Set<String> = [
    "add", "adds", "added", "adding", "sum", "sums", "come", "comes", "work", "works", "total",
    "totals", "amounts",
  ]
  private static let verbs: Set<String> = [
    "is", "are", "was", "were", "be", "been", "equals", "seems", "looks", "does", "do", "did",
    "can",
    "could", "would", "will", "should", "must", "may", "might", "has", "gives", "get",
  ]
  private static let wrong: Set<String> = [
    "wrong", "incorrect", "false", "impossible", "invalid", "mistaken", "untrue", "inconsistent",
    "excluded", "rejected", "too",
  ]
  private static let right: Set<String> = [
    "right", "correct", "true", "possible", "valid", "answer", "it", "work", "solution",
  ]
  private static let conjunctions: Set<String> = [
    ",", "which", "that", "this", "it", "and", "but", "where", "what", "who", "he", "she", "they",
    "we", "i", "there",
  ]
  private static let causes: Set<String> = [
    "because", "since", "as", "so", "for", "if", "when", "while", "unless", "otherwise",
  ]
  private static let fillers: Set<String> = [
    "also", "simply", "clearly", "obviously", "actually", "just", "the", "a", "an", "really",
    "definitely", "certainly", "of", "course", "however", "be", ",",
  ]
  private static let more: Set<String> = [
    "more", "less", "fewer", "greater", "higher", "lower", "above", "below", "over", "under",
    "larger", "smaller", "beyond", "up", "not", "something",
  ]
  /// Words behind a number that make another number of it.
  static let changes: Set<String> = [
    "squared", "cubed", "factorial", "choose", "plus", "minus", "mod", "modulo", "halves", "thirds",
    "fourths", "fifths", "sixths", "sevenths", "eighths", "ninths", "tenths", "hundredths",
    "thousandths", "millionths",
  ]
  // Not, not equal to, at least, at most, greater than, less than, beyond.
  private static let chineseDenials = [
    "\u{4E0D}\u{662F}", "\u{4E0D}\u{7B49}\u{4E8E}", "\u{5E76}\u{975E}", "\u{4E0D}\u{4E3A}",
    "\u{81F3}\u{5C11}", "\u{81F3}\u{591A}", "\u{6700}\u{591A}", "\u{6700}\u{5C11}",
    "\u{5927}\u{4E8E}", "\u{5C0F}\u{4E8E}", "\u{8D85}\u{8FC7}", "\u{4E0D}\u{5230}",
    "\u{4E0D}\u{8DB3}",
  ]
  // Is not, is wrong, and more, and less.
  private static let chineseBehind = [
    "\u{4E0D}\u{662F}", "\u{4E0D}\u{5BF9}", "\u{662F}\u{9519}", "\u{4EE5}\u{4E0A}",
    "\u{4EE5}\u{4E0B}", "\u{4EE5}\u{5185}", "\u{591A}",
  ]

  /// Whether words behind a number may be its unit: "apples", "square feet", "dollars per day".
  static func areUnits(_ words: [String]) -> Bool {
    let others: Set<String> = ["or", "than", "at", "least", "most", "half", "point", "no"]
    return words.allSatisfy { word in
      ![changes, wrong, verbs, conjunctions, causes, more, others].contains { $0.contains(word) }
        && !isNegation(word) && !chineseBehind.contains { word.hasPrefix($0) }
    }
  }
}
