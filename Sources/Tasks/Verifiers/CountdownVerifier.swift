import Trace

/// `countdown`: an expression in `<answer>`, `\boxed{}` or after `####`, else the last line, that
/// uses each number exactly once and gives the target. The gold answer reads `24 from 3 8 1`.
///
/// `= 24` behind the expression is allowed when it is true. `\times`, `\cdot`, `×`, `·`, `\div`, `÷` and
/// `−` are read as `*`, `/` and `-`. Different answers in the same kind of mark score 0, and so does a
/// last mark that is cut off or empty.
enum CountdownVerifier {
  /// The gold answer of a problem.
  static func gold(target: Int, numbers: [Int]) -> String {
    "\(target) from " + numbers.map(String.init).joined(separator: " ")
  }

  static func verify(gold: String, answer: String) -> Judgement {
    guard let problem = problem(gold) else {
      return Judgement(.abstain("the gold answer does not read 'TARGET from NUMBER NUMBER ...'"))
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
    let numbers = expression.numbers.sorted().map(String.init).joined(separator: " ")
    return .correct(
      isTrue && isSolution,
      stated: .text(text, identity: "\(expression.value) from \(numbers), \(isTrue)"))
  }

  private static func problem(_ gold: String) -> (target: Int, numbers: [Int])? {
    let words = gold.split { $0 == " " || $0 == "," }
    guard words.count > 2, words[1] == "from", let target = Int(words[0]) else { return nil }
    let numbers = words.dropFirst(2).compactMap { Int($0) }
    return numbers.count == words.count - 2 ? (target, numbers) : nil
  }

  /// The stated expression without spaces between its parts.
  private static func stated(_ text: [UInt8]) -> String? {
    for find in [AnswerMarks.tagged, AnswerMarks.boxed, AnswerMarks.hashed] {
      switch find(text).reading {
      case .absent: continue
      case .unanswered: return nil
      case .stated(let contents):
        let answers = Set(contents.map { condensed(AnswerMarks.unboxed($0)[...]) })
        return answers.count == 1 ? answers.first : nil
      }
    }
    let lines = text.split { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }
    return lines.last { !$0.allSatisfy(\.isWhitespace) }.map(condensed)
  }

  /// Longer expressions are none (`CountdownExpression.maximumLength`), however they are spelled.
  private static let maximumBytes = 8 * CountdownExpression.maximumLength

  /// In ASCII and without spaces; spaces between two digits stay: "1 2" is not 12.
  private static func condensed(_ text: ArraySlice<UInt8>) -> String {
    let text = Array(text.prefix(maximumBytes))
    var result: [UInt8] = []
    var hasSpace = false
    var i = 0
    while i < text.count {
      if text[i].isWhitespace {
        hasSpace = true
        i += 1
        continue
      }
      let spelling = spellings.first { text.matches($0.written, at: i) }
      let bytes = spelling.map { Array($0.meant.utf8) } ?? [text[i]]
      i += spelling?.written.utf8CodeUnitCount ?? 1
      if bytes.isEmpty { continue }
      if hasSpace, bytes[0].isDigit, result.last?.isDigit == true { result.append(0x20) }
      result += bytes
      hasSpace = false
    }
    return String(decoding: result, as: UTF8.self)
  }

  private static let spellings: [(written: StaticString, meant: String)] = [
    ("\\times", "*"), ("\\cdot", "*"), ("\\div", "/"), ("\\left", ""), ("\\right", ""),
    ("\\(", ""), ("\\)", ""), ("\\[", ""), ("\\]", ""), ("\\,", ""), ("$", ""),
    ("\u{D7}", "*"), ("\u{B7}", "*"), ("\u{22C5}", "*"), ("\u{F7}", "/"), ("\u{2212}", "-"),
  ]
}
