/// `numeric`: the number in `<answer>`, in `\boxed{}` or after `####`, in that order, else the last
/// one in the text; equal as rationals, decimals within 1e-6 of the gold answer.
///
/// The first kind of mark that the text has decides, even when it holds no number. Two different
/// answers in that kind of mark score 0, and so does a mark with two different numbers, or with
/// arithmetic left undone; `x = 5` and `2 + 3 = 5` state 5. Only ASCII digits are read.
enum NumericVerifier {
  static func verify(gold: String, answer: String) -> Verdict {
    guard case .number(let expected) = read(Array(gold.utf8), isGold: true) else {
      return Verdict(.abstain("the gold answer is not one number"))
    }
    switch read(Array(answer.utf8), isGold: false) {
    case .number(let number):
      return .correct(expected.isEqual(to: number), parsed: number.value.description)
    case .empty, .unreadable:
      return .unreadable
    }
  }

  private enum Reading {
    case number(WrittenNumber)
    /// Nothing is stated at all, as in the mark of "put it in \boxed{}".
    case empty
    case unreadable
  }

  private static func read(_ text: [UInt8], isGold: Bool) -> Reading {
    for marks in [AnswerMarks.tagged(text), AnswerMarks.boxed(text), hashed(text)]
    where !marks.isEmpty {
      return agreement(marks.map { stated(Array(text[$0])) })
    }
    if isGold { return stated(text) }
    var scanner = NumberScanner(text)
    var last: NumberScanner.Token?
    while let token = scanner.next() { last = token }
    return last?.number.map(Reading.number) ?? .unreadable
  }

  /// Headings such as "#### Step 1" are no marks where a line of the kind states a number at once.
  private static func hashed(_ text: [UInt8]) -> [Range<Int>] {
    let marks = AnswerMarks.hashed(text)
    let direct = marks.filter { mark in
      let content = text[mark].drop { $0.isWhitespace || !($0.isAlphanumeric || $0 == 0x5C) }
      return content.first.map { !$0.isLetter } ?? false
    }
    return direct.isEmpty ? marks : direct
  }

  private static func agreement(_ readings: [Reading]) -> Reading {
    var agreed = Reading.empty
    for reading in readings {
      switch (agreed, reading) {
      case (_, .empty): continue
      case (.empty, _): agreed = reading
      case (.number(let a), .number(let b)) where a.isEqual(to: b): continue
      default: return .unreadable
      }
    }
    return agreed
  }

  /// The one number that the content of a mark states.
  private static func stated(_ content: [UInt8]) -> Reading {
    guard content.contains(where: { $0.isAlphanumeric || $0 >= 0x80 }) else { return .empty }
    if let number = single(content) { return .number(number) }
    guard let equals = content.lastIndex(of: UInt8(ascii: "=")) else { return .unreadable }
    return single(Array(content[(equals + 1)...])).map(Reading.number) ?? .unreadable
  }

  /// The value when all numbers of a text are the same and no operator joins them.
  private static func single(_ text: [UInt8]) -> WrittenNumber? {
    var scanner = NumberScanner(text)
    guard var previous = scanner.next(), let first = previous.number else { return nil }
    while let token = scanner.next() {
      guard let number = token.number, first.isEqual(to: number),
        !isOperator(text[previous.range.upperBound..<token.range.lowerBound])
      else { return nil }
      previous = token
    }
    return first
  }

  private static func isOperator(_ gap: ArraySlice<UInt8>) -> Bool {
    let words = [Array("\\times".utf8), Array("\\cdot".utf8), Array("\\div".utf8)]
    let bare = gap.filter { !$0.isWhitespace && !"$(){}".utf8.contains($0) }
    if words.contains(bare) { return true }
    let operators = Array("+-*/^xX\u{2212}\u{2013}\u{D7}\u{F7}\u{B7}".utf8)
    return bare.allSatisfy(operators.contains)
  }
}
