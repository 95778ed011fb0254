/// `countdown`: an expression in `<answer>`, `\boxed{}` or after `####`, else the last line, that
/// uses each number exactly once and gives the target. The gold answer reads `24 from 3 8 1`.
///
/// `= 24` behind the expression is allowed when it is true. Different answers in the same kind of
/// mark score 0.
enum CountdownVerifier {
  /// The gold answer of a problem.
  static func gold(target: Int, numbers: [Int]) -> String {
    "\(target) from " + numbers.map(String.init).joined(separator: " ")
  }

  static func verify(gold: String, answer: String) -> Verdict {
    guard let problem = problem(gold) else {
      return Verdict(.abstain("the gold answer does not read 'TARGET from NUMBER NUMBER ...'"))
    }
    guard let text = stated(Array(answer.utf8)) else { return .unreadable }
    let sides = text.split(separator: "=", omittingEmptySubsequences: false)
    guard sides.count <= 2, let expression = CountdownExpression(String(sides[0])) else {
      return .unreadable
    }
    let isTrue = sides.count == 1 || Int(sides[1]).map(Rational.init) == expression.value
    let isSolution =
      expression.value == Rational(problem.target)
      && expression.numbers.sorted() == problem.numbers.sorted()
    return .correct(isTrue && isSolution, parsed: text)
  }

  private static func problem(_ gold: String) -> (target: Int, numbers: [Int])? {
    let words = gold.split { $0 == " " || $0 == "," }
    guard words.count > 2, words[1] == "from", let target = Int(words[0]) else { return nil }
    let numbers = words.dropFirst(2).compactMap { Int($0) }
    return numbers.count == words.count - 2 ? (target, numbers) : nil
  }

  /// The stated expression without spaces between its parts.
  private static func stated(_ text: [UInt8]) -> String? {
    for marks in [AnswerMarks.tagged(text), AnswerMarks.boxed(text), AnswerMarks.hashed(text)] {
      let answers = Set(marks.map { condensed(text[$0]) })
      if !marks.isEmpty { return answers.count == 1 ? answers.first : nil }
    }
    let lines = text.split { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }
    return lines.last { !$0.allSatisfy(\.isWhitespace) }.map(condensed)
  }

  /// Spaces between two digits stay: "1 2" is not 12.
  private static func condensed(_ text: ArraySlice<UInt8>) -> String {
    var result: [UInt8] = []
    var hasSpace = false
    for byte in text {
      if byte.isWhitespace {
        hasSpace = true
        continue
      }
      if hasSpace, byte.isDigit, result.last?.isDigit == true { result.append(0x20) }
      result.append(byte)
      hasSpace = false
    }
    return String(decoding: result, as: UTF8.self)
  }
}
