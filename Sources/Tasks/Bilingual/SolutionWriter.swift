import Randomness

/// How carefully solutions are written, in percent.
struct SolutionStyle {
  let mistakes: Int
  let checks: Int
  let mixing: Int
  let foreign: Int

  init(_ parameters: Parameters<Int>) {
    mistakes = parameters["mistakes"]
    checks = parameters["checks"]
    mixing = parameters["mixing"]
    foreign = parameters["foreign"]
  }
}

/// The connecting words of a solution in one language.
enum SolutionWord {
  case first, then, check, right, wrong, end

  func text(_ language: Language) -> String {
    switch (self, language) {
    case (.first, .zh): "先"
    case (.then, .zh): ",再"
    case (.check, .zh): ",检查"
    case (.right, .zh): "对"
    case (.wrong, .zh): "不对,等等"
    case (.end, .zh): "。"
    case (.first, _): "first "
    case (.then, _): ", then "
    case (.check, _): ", check "
    case (.right, _): " ok"
    case (.wrong, _): " wrong, wait "
    case (.end, _): "."
    }
  }
}

/// Writes one solution down, step by step, as carefully as its style has it.
struct SolutionWriter {
  private let mistakes: Int
  private let isChecked: Bool
  private let isMixed: Bool
  private let language: Language

  /// Draws how this solution is going to be.
  init(_ style: SolutionStyle, language: Language, _ stream: inout RandomStream) {
    mistakes = style.mistakes
    isChecked = stream.percent(style.checks)
    isMixed = stream.percent(style.mixing)
    let isForeign = stream.percent(style.foreign)
    self.language = isForeign ? (language == .zh ? .en : .zh) : language
  }

  /// The steps, and the answer that they come to.
  func solve(
    _ problem: MathProblem, _ stream: inout RandomStream
  ) -> (text: String, answer: String) {
    problem.target == nil
      ? calculate(problem.chain, &stream) : search(problem.chain, &stream)
  }

  /// Every step may go wrong; a checked one is done again in parts, and put right.
  private func calculate(
    _ chain: Chain, _ stream: inout RandomStream
  ) -> (text: String, answer: String) {
    var text = word(.first, &stream)
    var value = chain.start
    for (index, operation) in chain.operations.enumerated() {
      if index > 0 { text += word(.then, &stream) }
      let right = Self.result(value, operation)
      let written = stream.percent(mistakes) ? Self.slip(right, &stream) : right
      let calculation = "\(value)\(operation.symbol)\(operation.operand)="
      text += calculation + "\(written)"
      if isChecked {
        text += word(.check, &stream) + Self.inParts(value, operation)
        text +=
          written == right
          ? word(.right, &stream) : word(.wrong, &stream) + calculation + "\(right)"
      }
      value = isChecked ? right : written
    }
    return (text + word(.end, &stream), "\(value)")
  }

  /// Tries one expression; a checked one that misses the target is followed by one that does not.
  private func search(
    _ chain: Chain, _ stream: inout RandomStream
  ) -> (text: String, answer: String) {
    var tried = chain
    if stream.percent(mistakes) {
      for index in tried.operations.indices where stream.percent(50) {
        tried.operations[index].symbol = stream.percent(50) ? "+" : "-"
      }
      if tried.value == nil { tried = chain }
    }
    var text = word(.first, &stream) + steps(tried, &stream)
    guard isChecked else { return (text + word(.end, &stream), tried.expression) }
    if tried.value != chain.value { text += word(.wrong, &stream) + steps(chain, &stream) }
    return (text + word(.right, &stream) + word(.end, &stream), chain.expression)
  }

  private func steps(_ chain: Chain, _ stream: inout RandomStream) -> String {
    var value = chain.start
    var text = ""
    for (index, operation) in chain.operations.enumerated() {
      if index > 0 { text += word(.then, &stream) }
      let result = Self.result(value, operation)
      text += "\(value)\(operation.symbol)\(operation.operand)=\(result)"
      value = result
    }
    return text
  }

  private func word(_ word: SolutionWord, _ stream: inout RandomStream) -> String {
    word.text(isMixed ? (stream.percent(50) ? .zh : .en) : language)
  }

  /// What a step comes to; after a slip it may be negative or need rounding.
  private static func result(_ value: Int, _ operation: Chain.Operation) -> Int {
    switch operation.symbol {
    case "+": value + operation.operand
    case "-": value - operation.operand
    case "*": value * operation.operand
    default: value / operation.operand
    }
  }

  /// A number near the right one, as a slip of the pen gives it.
  private static func slip(_ right: Int, _ stream: inout RandomStream) -> Int {
    let offset = [1, 1, 2, 10][Int.random(in: 0..<4, using: &stream)]
    return right >= offset && stream.percent(50) ? right - offset : right + offset
  }

  /// The step again in parts that are easier: tens and ones apart, up to the next ten, one factor
  /// less, a division backwards.
  static func inParts(_ value: Int, _ operation: Chain.Operation) -> String {
    let (symbol, operand) = operation
    switch symbol {
    case "+", "-":
      let ones = value % 10
      let toTen = symbol == "+" ? 10 - ones : ones
      let first =
        operand > 10 && operand % 10 > 0
        ? operand - operand % 10 : (1..<operand).contains(toTen) ? toTen : operand
      let part = result(value, (symbol, first))
      let rest = operand - first
      return "\(value)\(symbol)\(first)=\(part)"
        + (rest > 0 ? ", \(part)\(symbol)\(rest)=\(result(part, (symbol, rest)))" : "")
    case "*":
      let part = value * (operand - 1)
      return "\(value)*\(operand - 1)=\(part), \(part)+\(value)=\(part + value)"
    default:
      let quotient = value / operand
      return "\(quotient)*\(operand)=\(quotient * operand)"
    }
  }
}
