/// What stands around a number and decides whether the text states it: `not 42`, `x \ne 42`,
/// `log(42)`, `42!`, `42?`, `x + 42` and `42 < x` do not. It looks a few bytes far.
struct NumberContext {
  private let text: [UInt8]
  private let range: Range<Int>
  private let isProse: Bool

  init(_ text: [UInt8], _ range: Range<Int>, isProse: Bool) {
    self.text = text
    self.range = range
    self.isProse = isProse
  }

  /// The number that is stated; nil where none is.
  func stated(_ number: WrittenNumber?) -> WrittenNumber? {
    guard let number, !isRefusedBefore, !isRefusedBehind,
      !NumberWords.refuse(behind: ClauseWords(behind: range.upperBound, in: text))
    else { return nil }
    switch NumberWords.effect(before: ClauseWords(before: range.lowerBound, in: text)) {
    case .none: return number
    case .negated where !number.value.isNegative:
      return WrittenNumber(value: -number.value, isDecimal: number.isDecimal)
    case .negated, .refused: return nil
    }
  }

  private static let relations: Set<String> = [
    "ne", "neq", "not", "lt", "gt", "le", "ge", "leq", "geq", "leqslant", "geqslant", "geqq",
    "leqq", "gg", "ll", "pm", "mp",
    "over", "choose", "lnot", "neg",
  ]
  private static let functions: Set<String> = [
    "log", "ln", "lg", "exp", "sin", "cos", "tan", "cot", "sec", "csc", "arcsin", "arccos",
    "arctan", "sinh", "cosh", "tanh", "gcd", "lcm", "max", "min", "det", "binom", "dbinom",
    "tbinom", "floor", "ceil", "lfloor", "lceil", "factorial", "abs",
    "overline", "bar", "hat", "vec", "tilde", "dot", "cancel", "bcancel", "xcancel", "sout",
    "phantom", "hspace", "vspace", "label", "ref", "tag",
  ]
  /// Those that need no brackets.
  private static let prefixFunctions: Set<String> = ["log", "ln", "lg", "sin", "cos", "tan"]
  /// Names of which a number behind which they stand is a factor.
  private static let factors: Set<String> = [
    "alpha", "beta", "gamma", "delta", "epsilon", "varepsilon", "theta", "lambda", "rho", "sigma",
    "tau", "phi", "varphi", "psi", "omega", "infty", "log", "ln", "exp", "sin", "cos", "tan",
    "pmod", "bmod", "mod", "choose", "sum", "prod", "int", "ell",
  ]
  private static let reach = 32

  // MARK: Before

  private var isRefusedBefore: Bool {
    var i = range.lowerBound - 1
    let isBracket = "(\\[{|".utf8.contains(text[range.lowerBound])
    if text.byte(i) == UInt8(ascii: "_") || (isBracket && isProduct(endingAt: i)) { return true }
    if text.byte(i) == UInt8(ascii: "*"), isOperand(text.byte(i - 1)) { return true }
    if text.matches("~~", at: i - 1), text.matches("~~", at: range.upperBound) { return true }
    let floor = max(0, i - Self.reach)
    while i >= floor {
      if " \t$*({[\"'`~".utf8.contains(text[i]) {
        i -= 1
      } else if text[i] == UInt8(ascii: "t"), text.matches("\\left", at: i - 4) {
        i -= 5
      } else {
        break
      }
    }
    guard i >= floor else { return false }
    return endsInRelation(i) || endsInWord(beforeSubscript(i)) || endsInOperator(i)
  }

  /// In front of `_2` or `_{2}`.
  private func beforeSubscript(_ i: Int) -> Int {
    var start = i
    while start > 0, i - start < 8, text[start].isAlphanumeric || "{}".utf8.contains(text[start]) {
      start -= 1
    }
    return start < i && text[start] == UInt8(ascii: "_") ? start - 1 : i
  }

  /// `2(3)`, `f(42)`: brackets that follow a digit, a bracket or a letter at once.
  private func isProduct(endingAt i: Int) -> Bool {
    let previous = text.byte(i)
    if previous.isDigit || previous == UInt8(ascii: ")") { return true }
    return previous.isLetter && !text.byte(i - 1).isLetter && text.byte(i - 1) != 0x5C
  }

  private func isOperand(_ byte: UInt8) -> Bool { byte.isAlphanumeric || byte == 0x29 }

  private func endsInRelation(_ i: Int) -> Bool {
    let previous = text.byte(i - 1)
    switch text[i] {
    case UInt8(ascii: "="):
      return "!<>/".utf8.contains(previous) || text.matches("\\not", at: i - 4)
    case UInt8(ascii: "<"): return true
    case UInt8(ascii: ">"): return !isArrowOrTag(i)
    case UInt8(ascii: "/"): return previous == UInt8(ascii: "+")
    case UInt8(ascii: "!"): return !previous.isLetter
    default:
      return text.firstMatch(["\u{2260}", "\u{2264}", "\u{2265}"], at: i - 2) != nil
        || text.firstMatch(["\u{B1}", "\u{AC}"], at: i - 1) != nil
    }
  }

  /// Whether the `>` at `i` ends an arrow or a tag, or quotes a line.
  private func isArrowOrTag(_ i: Int) -> Bool {
    if "=-".utf8.contains(text.byte(i - 1)) { return true }
    var start = i - 1
    while start >= 0, i - start <= Self.reach, text[start] != 0x0A {
      if text[start] == UInt8(ascii: "<") { return startsTag(start) }
      start -= 1
    }
    guard isProse, text.byte(i + 1) == 0x20 else { return false }
    return text[(start + 1)..<i].allSatisfy { $0.isWhitespace || $0 == UInt8(ascii: ">") }
  }

  /// A word or command that takes the number: `\ln`, `\neq`, `sin`.
  private func endsInWord(_ i: Int) -> Bool {
    guard text.byte(i).isLetter else { return false }
    var start = i
    while start > 0, text[start - 1].isLetter, i - start < 16 { start -= 1 }
    let word = String(decoding: text[start...i], as: UTF8.self)
    if text.byte(start - 1) == 0x5C {
      return Self.relations.contains(word) || Self.functions.contains(word)
    }
    let lower = word.lowercased()
    let isCalled = i == range.lowerBound - 1 && "([{\\".utf8.contains(text[range.lowerBound])
    return isCalled ? Self.functions.contains(lower) : Self.prefixFunctions.contains(lower)
  }

  /// `x + 42`, `\alpha - 42`: a letter that stands alone or a command, and an operator.
  private func endsInOperator(_ i: Int) -> Bool {
    guard "+-/^".utf8.contains(text[i]) else { return false }
    var operand = i - 1
    while operand > 0, i - operand < 8, text[operand] == 0x20 { operand -= 1 }
    guard text.byte(operand).isLetter else { return false }
    if let command = text.command(endingAt: operand) { return Self.factors.contains(command) }
    return !text.byte(operand - 1).isLetter
  }

  // MARK: Behind

  private var isRefusedBehind: Bool {
    let end = range.upperBound
    let next = text.byte(end)
    if next == UInt8(ascii: "!"), text.byte(end + 1) != UInt8(ascii: "="), !isExclamation(end) {
      return true
    }
    if next == UInt8(ascii: "("), isName(end + 1) { return true }
    var i = end
    while i - end < Self.reach, " \t$)}]".utf8.contains(text.byte(i)) { i += 1 }
    switch text.byte(i) {
    case UInt8(ascii: "?"): return true
    case UInt8(ascii: "!"): return text.byte(i + 1) == UInt8(ascii: "=")
    case UInt8(ascii: "<"): return !startsTag(i)
    case UInt8(ascii: ">"): return true
    case UInt8(ascii: "+"), UInt8(ascii: "-"):
      return startsOperand(i + 1)
    case UInt8(ascii: "*"):
      return text.byte(i + 1) != UInt8(ascii: "*") && startsOperand(i + 1)
    case UInt8(ascii: "/"): return i == end && startsDivisor(i + 1)
    case 0x5C: return startsCommand(i)
    default: return text.firstMatch(["\u{2260}", "\u{2264}", "\u{2265}"], at: i) != nil
    }
  }

  /// "The answer is 42!" and not `42!`: words before it, the end of a sentence behind it.
  private func isExclamation(_ mark: Int) -> Bool {
    guard isProse, text.byte(range.lowerBound - 1).isWhitespace else { return false }
    let before = text[..<range.lowerBound].suffix(Self.reach).reversed().drop { $0.isWhitespace }
    let behind = text.byte(text.skip(from: mark) { $0 == UInt8(ascii: "!") })
    return (before.first.map { $0.isLetter || $0 == UInt8(ascii: ":") } ?? false)
      && (behind == 0 || behind.isWhitespace)
  }

  /// Whether a letter that stands alone is at `i`.
  private func isName(_ i: Int) -> Bool {
    text.byte(i).isLetter && !text.byte(i + 1).isLetter
  }

  private func startsOperand(_ start: Int) -> Bool {
    var i = start
    while i - start < 8, text.byte(i) == 0x20 { i += 1 }
    return isName(i) && (i == start || !"aAI".utf8.contains(text.byte(i)))
  }

  /// `42/x` and `42/(x+1)`, but not `42/h`.
  private func startsDivisor(_ i: Int) -> Bool {
    text.byte(i) == UInt8(ascii: "(")
      || (isName(i) && !NumberParser.unitLetters.contains(text.byte(i)))
  }

  private func startsTag(_ i: Int) -> Bool {
    let next = text.byte(i + 1)
    guard next.isLetter || "/|!".utf8.contains(next) else { return false }
    return text[i...].prefix(Self.reach).contains(UInt8(ascii: ">"))
  }

  private func startsCommand(_ i: Int) -> Bool {
    let end = text[(i + 1)...].prefix(16).prefix { $0.isLetter }.endIndex
    let name = String(decoding: text[(i + 1)..<end], as: UTF8.self)
    if Self.upright.contains(name), text.byte(end) == UInt8(ascii: "{"), isName(end + 1) {
      return !NumberParser.unitLetters.contains(text.byte(end + 1))  // 42\mathrm{i}
    }
    return Self.relations.contains(name) || Self.factors.contains(name)
  }

  private static let upright: Set<String> = ["mathrm", "mathbf", "mathit", "text", "textbf"]
}
