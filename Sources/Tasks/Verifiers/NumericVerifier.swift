import Trace

/// `numeric`: the number in `<answer>`, in `\boxed{}` or after `####`, in that order, else the last
/// one in the text; equal as rationals, decimals within 1e-6 of the gold answer.
///
/// The first kind of mark that the text has decides, even when it holds no number, and its last mark
/// must be closed and hold something. Two different answers in that kind of mark score 0, and so does
/// a mark with two different numbers, or with arithmetic left undone; `x = 5` and `2 + 3 = 5` state
/// 5. Only ASCII digits and fractions such as `½` are read.
enum NumericVerifier {
  static func verify(gold: String, answer: String) -> Judgement {
    guard let expected = read(Array(gold.utf8), isGold: true) else {
      return Judgement(.abstain("the gold answer is not one number"))
    }
    guard let number = read(Array(answer.utf8), isGold: false) else { return .unreadable }
    return .correct(expected.isEqual(to: number), stated: .number(number))
  }

  private static func read(_ text: [UInt8], isGold: Bool) -> WrittenNumber? {
    for find in [AnswerMarks.tagged, AnswerMarks.boxed, hashed] {
      switch find(text).reading {
      case .absent: continue
      case .unanswered: return nil
      case .stated(let contents): return agreement(contents)
      }
    }
    return isGold ? stated(text) : last(text)
  }

  /// Headings such as "#### Step 1" are no marks where a line of the kind states a number at once.
  private static func hashed(_ text: [UInt8]) -> AnswerMarks {
    let marks = AnswerMarks.hashed(text)
    let direct = marks.keeping { mark in
      let content = mark.drop {
        $0.isWhitespace || !($0.isAlphanumeric || $0 == 0x5C || $0 >= 0x80)
      }
      return content.first.map { !$0.isLetter } ?? false
    }
    return direct.marks.isEmpty ? marks : direct
  }

  /// The number that all marks state; marks that say nothing do not count in front of another.
  private static func agreement(_ contents: [[UInt8]]) -> WrittenNumber? {
    var agreed: WrittenNumber?
    for (place, content) in contents.enumerated() {
      if place > 0, content == contents[place - 1] { continue }
      let isEmpty = !content.contains { $0.isAlphanumeric || $0 >= 0x80 }
      if isEmpty, place < contents.count - 1 { continue }
      guard let number = stated(content), agreed?.isEqual(to: number) ?? true else { return nil }
      agreed = agreed ?? number
    }
    return agreed
  }

  /// Longer contents of a mark are no answers.
  static let maximumBytes = 10_000

  /// The one number that the content of a mark states.
  private static func stated(_ content: [UInt8]) -> WrittenNumber? {
    guard content.count <= maximumBytes else { return nil }
    if AnswerMarks.boxed(content).isCutOff { return nil }
    let tokens = withoutDenied(NumberScanner.all(content), content)
    if let number = single(tokens[...], content) { return number }
    let pairs = zip(tokens, tokens.dropFirst())
    if pairs.contains(where: { isFalseEquation($0, $1, content) }) { return nil }
    guard let equals = content.lastIndex(of: UInt8(ascii: "=")),
      let first = tokens.firstIndex(where: { $0.range.lowerBound > equals })
    else { return nil }
    if first > 0, areStatedApart(tokens[first - 1], tokens[first], content) { return nil }
    return single(tokens[first...], content)
  }

  /// The last number of a text without marks; one that an operator joins to another is none.
  private static func last(_ text: [UInt8]) -> WrittenNumber? {
    var scanner = NumberScanner(lastOf: text)
    var tokens: [NumberScanner.Token] = []
    while let token = scanner.next() { tokens.append(token) }
    tokens = withoutDenied(tokens, text)
    guard let last = tokens.last, let number = last.number else { return nil }
    guard let previous = tokens.dropLast().last else { return number }
    let gap = text[previous.range.upperBound..<last.range.lowerBound]
    let isJoined =
      gap.count < 20 && !gap.contains(0x0A) && !bare(gap).isEmpty && isOperator(gap)
    let isAlternative = previous.number?.isEqual(to: number) != true && isOneOfTwo(gap)
    let isOther =
      isJoined || isAlternative || areStatedApart(previous, last, text)
      || isFalseEquation(previous, last, text) || NumberLists.endsInOne(tokens, text)
    return isOther ? nil : number
  }

  /// Without numbers that are denied beside another: "42, not 41", "not 41 but 42".
  private static func withoutDenied(
    _ tokens: [NumberScanner.Token], _ text: [UInt8]
  ) -> [NumberScanner.Token] {
    tokens.indices.filter { place in
      let token = tokens[place]
      guard token.number == nil, let denied = token.written else { return true }
      func isBeside(_ other: Int) -> Bool {
        guard tokens.indices.contains(other), let number = tokens[other].number else {
          return false
        }
        return !number.isEqual(to: denied)
      }
      if isBeside(place - 1) {
        let gap = between(tokens[place - 1], token, text)
        if gap.end == nil, NumberWords.setAside(gap.words) { return false }
      }
      guard isBeside(place + 1) else { return true }
      let gap = between(token, tokens[place + 1], text)
      let before = ClauseWords(before: token.range.lowerBound, in: text)
      return
        !(gap.end == nil && gap.words.last == "but"
        && before.words.first.map(NumberWords.isNegation) == true)
    }.map { tokens[$0] }
  }

  private static func between(
    _ first: NumberScanner.Token, _ second: NumberScanner.Token, _ text: [UInt8]
  ) -> ClauseWords {
    ClauseWords(behind: 0, in: Array(text[first.range.upperBound..<second.range.lowerBound]))
  }

  /// Whether two different numbers are said to be equal, as in `43 = 42`; rounding is allowed.
  private static func isFalseEquation(
    _ first: NumberScanner.Token, _ second: NumberScanner.Token, _ text: [UInt8]
  ) -> Bool {
    guard let left = first.written, let right = second.written, !left.isEqual(to: right),
      !text[first.range.upperBound - 1].isLetter,
      bare(text[first.range.upperBound..<second.range.lowerBound]) == [UInt8(ascii: "=")]
    else { return false }
    let before = text[..<first.range.lowerBound].suffix(8).last {
      $0 == 0x0A || ($0 != 0x20 && !"$({".utf8.contains($0))
    }
    guard before.map("=:;\n".utf8.contains) ?? (first.range.lowerBound <= 8) else { return false }
    let isRounded = left.isDecimal || right.isDecimal
    let (a, b) = (left.value.double, right.value.double)
    return !isRounded || abs(a - b) > 0.01 * abs(a)
  }

  /// Whether two numbers are named beside each other: "41 or 42", "40 to 42", `10:42`.
  private static func isOneOfTwo(_ gap: ArraySlice<UInt8>) -> Bool {
    guard gap.count <= 32 else { return false }
    if gap.elementsEqual([UInt8(ascii: ":")]) { return true }
    let clause = ClauseWords(before: gap.count, in: Array(gap))
    guard clause.end == nil, let word = clause.words.first else { return false }
    return word == "or"
      || (clause.words.count == 1 && ["and", "to", "through", "nor"].contains(word))
  }

  /// The value when all numbers of a text are the same and no operator joins them.
  private static func single(
    _ tokens: ArraySlice<NumberScanner.Token>, _ text: [UInt8]
  ) -> WrittenNumber? {
    guard let first = tokens.first?.number else { return nil }
    for (previous, token) in zip(tokens, tokens.dropFirst()) {
      guard let number = token.number, first.isEqual(to: number),
        !isOperator(text[previous.range.upperBound..<token.range.lowerBound])
      else { return nil }
    }
    return first
  }

  private static func bare(_ gap: ArraySlice<UInt8>) -> [UInt8] {
    gap.filter { !$0.isWhitespace && !"$(){}".utf8.contains($0) }
  }

  private static func isOperator(_ gap: ArraySlice<UInt8>) -> Bool {
    let words = [Array("\\times".utf8), Array("\\cdot".utf8), Array("\\div".utf8)]
    let bare = bare(gap)
    if words.contains(bare) { return true }
    let operators = Array("+-*/^~xX\u{2212}\u{2013}\u{D7}\u{F7}\u{B7}".utf8)
    return bare.allSatisfy(operators.contains)
  }

  /// Whether two numbers are said of two things, as in `x = 41, y = 42`: a comma, `;`, "and" or "or"
  /// and a name stand between them, and the first follows an equals sign or the comma at once.
  private static func areStatedApart(
    _ first: NumberScanner.Token, _ second: NumberScanner.Token, _ text: [UInt8]
  ) -> Bool {
    var gap = text[first.range.upperBound..<second.range.lowerBound].suffix(100)
    gap = trimmed(gap)
    guard gap.popLast() == UInt8(ascii: "=") else { return false }
    gap = trimmed(gap)
    let name = gap.reversed().prefix { $0.isAlphanumeric || "_\\{}".utf8.contains($0) }.count
    guard name > 0 else { return false }
    gap = trimmed(gap.dropLast(name))
    let separators = [",", ";", "and", "or", "\\text{and}", "\\quad", "&"]
    guard let separator = separators.first(where: { gap.ends(with: $0) }) else { return false }
    let before = trimmed(text[..<first.range.lowerBound].suffix(20))
    return before.last == UInt8(ascii: "=")
      || trimmed(gap.dropLast(separator.utf8.count)).isEmpty
  }

  private static func trimmed(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    var text = text
    while let last = text.last, last.isWhitespace || last == UInt8(ascii: "$") { text.removeLast() }
    return text
  }
}

extension ArraySlice<UInt8> {
  fileprivate func ends(with word: String) -> Bool {
    suffix(word.utf8.count).elementsEqual(word.utf8)
  }
}
