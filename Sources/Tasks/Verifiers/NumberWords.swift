/// How words change the number next to them: `not 42`, `at least 42` and "42 is wrong" state no
/// number,
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
    if first == "but", isOfAll(words.dropFirst()) { return .refused }
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

  /// "all numbers but", the nearer words first.
  private static func isOfAll(_ words: ArraySlice<String>) -> Bool {
    words.prefix(4).first { !things.contains($0) }.map(alls.contains) ?? false
  }

  /// "none other than 42" and "nothing except 42" state it.
  private static func isOnlyOne(_ word: String, _ rest: ArraySlice<String>) -> Bool {
    guard word == "than" ? rest.first == "other" : word == "except" else { return false }
    return rest.prefix(4).contains { ["none", "nothing", "no", "nobody"].contains($0) }
  }

  /// Whether a denial or a bound leads to the number by words that only link.
  private static func isDenied(_ words: [String]) -> Bool {
    for (place, word) in words.prefix(6).enumerated() {
      let rest = words.dropFirst(place + 1)
      if isOnlyOne(word, rest) { return false }
      if isNegation(word) || word == "than" || bounds.contains(word) { return true }
      let next = rest.first { $0 != "very" && $0 != "the" }
      if extremes.contains(word), next == "at" { return true }
      if answers.contains(word), let next, mistaken.contains(next) { return true }
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
    if changes.contains(first) || chineseBehind.contains(where: { first.hasPrefix($0) }) {
      return true
    }
    // "42 wrong answers" counts them.
    let said = words.drop { $0 == "," }
    if let word = said.first, wrong.contains(word) {
      if first == "too" || said.count == 1 || said.dropFirst().first == "," { return true }
    }
    return addsPart(words) || isMultiplied(words) || isBounded(words)
      || isCalledWrong(words, isOfNumber: clause.end.map { ("0"..."9").contains($0) } ?? false)
  }

  /// "42 times two", "42 to the power two", "42 to the fourth", not "42 to the third decimal".
  private static func isMultiplied(_ words: [String]) -> Bool {
    let rest = words.dropFirst()
    switch words[0] {
    case "times": return rest.first.map(numbers.contains) ?? false
    case "to":
      guard rest.first == "the", let power = rest.dropFirst().first else { return false }
      return power == "power"
        || (parts.contains(power) && !(rest.dropFirst(2).first.map(places.contains) ?? false))
    default: return false
    }
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
        ? extremes.contains(next)
        : more.contains(next) && (word == "or" || (word == "and" && next != "not"))
    }
  }

  /// "42 is wrong", "42 apples is not it", "42, but that is not right". What else is denied behind a
  /// number says something of what it counts: "42 people were not invited".
  ///
  /// - Parameter isOfNumber: a number ends the words, so that "42, not" denies that one.
  static func isCalledWrong(_ words: [String], isOfNumber: Bool = false) -> Bool {
    guard let verb = words.prefix(5).firstIndex(where: { verbs.contains($0) || isNegation($0) })
    else { return false }
    let subject = words[..<verb]
    if subject.contains(where: causes.contains) { return false }
    let isOfAnother = subject.contains(where: conjunctions.contains)
    if !isOfAnother, countsSubject(subject, words[verb...]) { return false }
    var rest = words[(verb + 1)...].drop(while: fillers.contains)
    var isDenied = isNegation(words[verb])
    if !isDenied, let next = rest.first, isNegation(next) || next == "no" {
      (isDenied, rest) = (true, rest.dropFirst().drop(while: fillers.contains))
    }
    guard let predicate = rest.first else { return isDenied && !isOfAnother && !isOfNumber }
    return isDenied ? right.contains(predicate) : wrong.contains(predicate)
  }

  /// "42 answers were wrong" and "42 voters did not answer" say something of those that they count;
  /// "42 apples is wrong" and "42 apples cannot be right" do not.
  private static func countsSubject(
    _ subject: ArraySlice<String>, _ predicate: ArraySlice<String>
  ) -> Bool {
    guard let verb = predicate.first, !plurals.contains(verb) else { return true }
    return !subject.isEmpty && !singulars.contains(verb)
      && !predicate.dropFirst().prefix(3).contains("be")
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
    "by": ["multiplied", "divided", "divisible"], "es": ["no"],
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
    "can", "could", "have", "would", "will", "should", "must", "may", "might", "has", "gives",
    "get",
  ]
  private static let wrong: Set<String> = [
    "wrong", "incorrect", "false", "impossible", "invalid", "mistaken", "untrue", "inconsistent",
    "excluded", "rejected", "too", "extraneous", "spurious", "inadmissible", "erroneous",
  ]
  /// What an answer may be called in front of it: "the wrong answer is 42".
  private static let mistaken: Set<String> = [
    "wrong", "incorrect", "false", "mistaken", "erroneous",
  ]
  private static let answers: Set<String> = [
    "answer", "number", "value", "result", "solution", "guess", "root",
  ]
  private static let right: Set<String> = [
    "right", "correct", "true", "possible", "valid", "answer", "it", "work", "solution", "root",
    "allowed", "acceptable", "accepted", "enough", "sufficient", "equal", "what", "one", "among",
    "so", "do", "fit", "satisfy", "hold", "match", "richtig", "korrekt", "m\u{F6}glich", "juste",
    "bonne", "correcto", "correcta", "posible", "\u{432}\u{435}\u{440}\u{43D}\u{43E}",
  ]
  /// Verbs of what is counted: "42 answers were wrong".
  private static let plurals: Set<String> = [
    "are", "were", "have", "do", "aren't", "weren't", "haven't", "don't",
  ]
  private static let singulars: Set<String> = [
    "is", "was", "does", "has", "isn't", "wasn't", "doesn't", "hasn't", "isnt", "doesnt", "equals",
    "seems", "looks",
  ]
  private static let alls: Set<String> = [
    "all", "any", "every", "each", "anything", "everything", "anyone", "everyone",
  ]
  private static let things: Set<String> = [
    "number", "numbers", "value", "values", "integer", "integers", "answer", "answers", "solution",
    "solutions", "option", "options", "of", "the", "them", "these", "those", "other", "possible",
    "positive", "natural",
  ]
  private static let numbers: Set<String> = [
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen",
    "nineteen", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety",
  ]
  private static let places: Set<String> = ["decimal", "digit", "place", "significant"]
  private static let conjunctions: Set<String> = [
    ",", "which", "that", "this", "it", "and", "but", "where", "what", "who", "he", "she", "they",
    "we", "i", "there",
  ]
  private static let causes: Set<String> = [
    "because", "since", "as", "so", "for", "if", "when", "while", "unless", "otherwise",
  ]
  private static let fillers: Set<String> = [
    "also", "simply", "clearly", "obviously", "actually", "just", "the", "a", "an", "really",
    "definitely", "certainly", "of", "course", "however", "be", "my", "our", "your", "any", ",",
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
  // Not, not equal to, at least, at most, greater than, less than, beyond, there is no, except.
  private static let chineseDenials = [
    "\u{4E0D}\u{662F}", "\u{4E0D}\u{7B49}\u{4E8E}", "\u{5E76}\u{975E}", "\u{4E0D}\u{4E3A}",
    "\u{81F3}\u{5C11}", "\u{81F3}\u{591A}", "\u{6700}\u{591A}", "\u{6700}\u{5C11}",
    "\u{5927}\u{4E8E}", "\u{5C0F}\u{4E8E}", "\u{8D85}\u{8FC7}", "\u{4E0D}\u{5230}",
    "\u{4E0D}\u{8DB3}", "\u{6CA1}\u{6709}", "\u{4E0D}\u{53EF}\u{80FD}\u{662F}",
    "\u{9664}\u{4E86}",
  ]
  // Is not, is wrong, and more, and less.
  private static let chineseBehind = [
    "\u{4E0D}\u{662F}", "\u{4E0D}\u{5BF9}", "\u{662F}\u{9519}", "\u{4EE5}\u{4E0A}",
    "\u{4EE5}\u{4E0B}", "\u{4EE5}\u{5185}", "\u{591A}",
  ]

  /// What counts several things, or leaves open how many there are.
  private static let amounts: Set<String> = [
    "pi", "gross", "score", "scores", "pair", "pairs", "couple", "couples", "power", "maybe",
    "perhaps", "possibly", "probably", "to", "or", "than", "at", "least", "most", "half", "point",
    "no",
  ]

  /// Whether words behind a number may be its unit: "apples", "square feet", "dollars per day".
  static func areUnits(_ words: [String]) -> Bool {
    let isShare = zip(words, words.dropFirst()).contains { word, next in
      next == "of" && (word == "percent" || word == "cent")
    }
    return !isShare
      && words.allSatisfy { word in
        ![changes, wrong, verbs, conjunctions, causes, more, amounts, numbers].contains {
          $0.contains(word)
        } && !isNegation(word) && !chineseBehind.contains { word.hasPrefix($0) }
      }
  }

  /// Whether words between two numbers set the second aside: "42, not 41", "42 apples rather than 41".
  static func setAside(_ words: [String]) -> Bool {
    guard let denial = words.firstIndex(where: { ["not", "rather", "instead"].contains($0) })
    else { return false }
    return words[(denial + 1)...].allSatisfy { $0 == "than" || $0 == "of" }
      && areUnits(words[..<denial].filter { ![",", "and", "but"].contains($0) })
  }
}
