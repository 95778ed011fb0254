import Trace

/// `choice`: the letter of a multiple-choice question, A to Z.
///
/// The letter is read from `<answer>`, `\boxed{}` or what follows the last "Answer:" on its line or
/// the next, in that order, else from a text of one line such as "B" or "Option B". Brackets, stars,
/// a full stop, "Option" in front and the choice's text behind it ("B) 42") may surround it. Two different letters
/// score 0, and so does a last mark that is cut off or empty.
enum ChoiceVerifier {
  static func verify(gold: String, answer: String) -> Judgement {
    guard let expected = letter(Array(gold.utf8)) else {
      return Judgement(.abstain("the gold answer is not one letter"))
    }
    guard let stated = read(Array(answer.utf8)) else { return .unreadable }
    return .correct(stated == expected, stated: .text(String(UnicodeScalar(stated))))
  }

  private static func read(_ text: [UInt8]) -> UInt8? {
    for find in [AnswerMarks.tagged, AnswerMarks.boxed] {
      switch find(text).reading {
      case .absent: continue
      case .unanswered: return nil
      case .stated(let contents):
        guard let agreed = contents.first.flatMap(letter),
          contents.allSatisfy({ letter($0) == agreed })
        else { return nil }
        return agreed
      }
    }
    let answers = answers(text)
    if answers.isMarked { return answers.last }
    let reply = text.drop(while: \.isWhitespace)
    let end = reply.lastIndex { !$0.isWhitespace }.map { $0 + 1 } ?? reply.startIndex
    let line = Array(reply[..<end].prefix(maximumBytes + 1))
    return line.count <= maximumBytes && !line.contains(0x0A) ? letter(line) : nil
  }

  /// Longer texts state a letter in a mark or not at all.
  private static let maximumBytes = 200

  // MARK: "Answer:"

  /// The letter behind the last "Answer:", or "the answer is" where one follows.
  private static func answers(_ text: [UInt8]) -> (isMarked: Bool, last: UInt8?) {
    var result: (isMarked: Bool, last: UInt8?) = (false, nil)
    for i in text.indices where isNoun(text, at: i) {
      let rest = text[(i + 6)...].prefix(60)
      let filler = rest.prefix(while: isFiller)
      let behind = rest[filler.endIndex...]
      if behind.first == UInt8(ascii: ":") {
        let next = behind.dropFirst().drop { $0.isWhitespace || $0 == UInt8(ascii: "*") }
        result = (true, letter(Array(next.prefix { $0 != 0x0A })))
      } else if filler.contains(where: { $0 | 0x20 == UInt8(ascii: "s") }),
        let letter = letter(Array(behind.prefix { $0 != 0x0A })),
        behind.contains(letter)
      {
        result = (true, letter)
      }
    }
    return result
  }

  /// "answer", and "the correct option" or "choice"; not "the wrong answer".
  private static func isNoun(_ text: [UInt8], at i: Int) -> Bool {
    guard [0x61, 0x63, 0x6F].contains(text[i] | 0x20) else { return false }
    if text.matchesIgnoringCase("answer", at: i) {
      return !follows(["wrong", "incorrect", "false", "mistaken"], text, i)
    }
    return (text.matchesIgnoringCase("option", at: i) || text.matchesIgnoringCase("choice", at: i))
      && follows(["correct", "right", "best"], text, i)
  }

  /// Whether one of the words stands in front of `index`.
  private static func follows(_ words: [StaticString], _ text: [UInt8], _ index: Int) -> Bool {
    var end = index
    while end > 0, index - end < 8, text[end - 1].isWhitespace || text[end - 1] == 0x2A { end -= 1 }
    return words.contains { word in
      let start = end - word.utf8CodeUnitCount
      return text.matchesIgnoringCase(word, at: start) && !text.byte(start - 1).isLetter
    }
  }

  /// "Answer is:", "**Answer**:".
  private static func isFiller(_ byte: UInt8) -> Bool {
    byte.isWhitespace || byte == UInt8(ascii: "*") || "is".utf8.contains(byte | 0x20)
  }

  // MARK: Letters

  private static let surroundings = Array("()[]{}*$\"'`_".utf8)
  private static let introductions: [StaticString] = [
    "\\(", "\\[", "\\text{", "\\textbf{", "\\mathrm{", "\\mathbf{", "the correct answer is",
    "the answer is",
    "the correct option is", "the correct choice is", "answer:", "option", "choice", "answer",
  ]

  /// A capital letter that stands alone, or in front of `)`, `.`, `:` and more text that offers no other
  /// letter; small ones count when they are all there is.
  private static func letter(_ content: [UInt8]) -> UInt8? {
    let text = AnswerMarks.unboxed(content)
    let start = start(of: text)
    let first = text.byte(start)
    guard first.isLetter, !text.byte(start + 1).isAlphanumeric else { return nil }
    let behind = text[(start + 1)...]
    let isAlone = behind.allSatisfy {
      ".\\".utf8.contains($0) || $0.isWhitespace || surroundings.contains($0)
    }
    if isAlone { return first & ~0x20 }
    if (0x41...0x5A).contains(first), isReasoned(start + 1, text) { return first }
    guard (0x41...0x5A).contains(first), ").:}*".utf8.contains(text.byte(start + 1)),
      !offersAnother(than: first, text, from: start + 1),
      !isCalledWrong(text.skip(from: start + 1) { ").}*".utf8.contains($0) }, text)
    else { return nil }
    return first
  }

  /// "B) is wrong"; not "B. A is wrong", which says it of another letter.
  private static func isCalledWrong(_ end: Int, _ text: [UInt8]) -> Bool {
    let words = ClauseWords(behind: end, in: text).words
    let isOfAnother = words.first.map { $0.count == 1 && $0 != "," } ?? false
    return !isOfAnother && NumberWords.isCalledWrong(words)
  }

  /// "B because A is wrong", "B, not C".
  private static func isReasoned(_ end: Int, _ text: [UInt8]) -> Bool {
    guard text.byte(end).isWhitespace || text.byte(end) == UInt8(ascii: ",") else { return false }
    let words = ClauseWords(behind: end, in: text).words
    guard let word = words.first(where: { $0 != "," }) else { return false }
    return ["because", "since"].contains(word) || (word == "not" && words[0] == ",")
  }

  /// Behind brackets and words in front of the letter.
  private static func start(of text: [UInt8]) -> Int {
    var start = 0
    for _ in 0..<6 {
      start = text.skip(from: start) { $0.isWhitespace || surroundings.contains($0) }
      let introduction = introductions.first { text.matchesIgnoringCase($0, at: start) }
      guard let length = introduction?.utf8CodeUnitCount else { break }
      // "Options" is another word, and so is what begins with it.
      let isWhole = !text.byte(start + length - 1).isLetter || !text.byte(start + length).isLetter
      guard isWhole else { break }
      start += length
    }
    return start
  }

  /// Whether another capital letter stands alone behind the first as a choice does: `A)`, "or A",
  /// `B. A. C.`
  private static func offersAnother(than letter: UInt8, _ text: [UInt8], from start: Int) -> Bool {
    (start..<text.count).contains { i in
      guard (0x41...0x5A).contains(text[i]), text[i] != letter, !text.byte(i - 1).isAlphanumeric,
        !text.byte(i + 1).isAlphanumeric
      else { return false }
      if text.byte(i + 1) == UInt8(ascii: ")") {
        // f(C) is no choice.
        return text.byte(i - 1) != UInt8(ascii: "(") || !text.byte(i - 2).isAlphanumeric
      }
      let isEnd = isEnd(text[(i + 1)...].prefix(8))
      return isJoined(text, i) ? isEnd || isCalledRight(text, i + 1) : isEnd && isNamed(text, i)
    }
  }

  /// "Wait, C is right", not "A is wrong".
  private static func isCalledRight(_ text: [UInt8], _ end: Int) -> Bool {
    let words = ClauseWords(behind: end, in: text).words
    return ["is", "must", "was", "should", "would", "seems"].contains(words.first)
      && !NumberWords.isCalledWrong(words)
  }

  /// "it is C", "I choose C".
  private static func isNamed(_ text: [UInt8], _ index: Int) -> Bool {
    let verbs = [
      "is", "it's", "that's", "be", "actually", "choose", "pick", "say", "mean", "meant", "option",
      "choice", "answer", "no",
    ]
    return verbs.contains(ClauseWords(before: index, in: text).words.first ?? "")
  }

  /// Whether a full stop, a comma or "or" leads to the letter at `index`.
  private static func isJoined(_ text: [UInt8], _ index: Int) -> Bool {
    var i = index - 1
    while i > 0, index - i < 8, text[i].isWhitespace || surroundings.contains(text[i]) { i -= 1 }
    if ".,;/".utf8.contains(text[i]) { return true }
    return [StaticString("or"), "and"].contains { word in
      let first = i + 1 - word.utf8CodeUnitCount
      return text.matchesIgnoringCase(word, at: first) && !text.byte(first - 1).isAlphanumeric
    }
  }

  private static func isEnd(_ behind: ArraySlice<UInt8>) -> Bool {
    guard let next = behind.first else { return true }
    return ".:,;/".utf8.contains(next)
      || behind.allSatisfy { $0.isWhitespace || surroundings.contains($0) }
  }
}
