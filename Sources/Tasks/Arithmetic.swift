public import Randomness
public import Settings

/// Expressions such as `12+7-3=`, worked step by step: `12+7=19; 19-3=16`.
///
/// Short and regular, ASCII only, for models that learn characters from nothing. Numbers are never
/// negative and divisions come out even, at every step.
public struct Arithmetic: TrainingTask {
  public static let name = "arithmetic"
  public static let summary = "Expressions over small integers, with worked steps."
  public static let verifiers = ["numeric"]
  public static let parameters: [FieldDescription] = [
    .integer("min_operands", 2...8, default: 2, "The fewest numbers in an expression."),
    .integer("max_operands", 2...8, default: 3, "The most numbers in an expression."),
    .integer("min_value", 0...1_000_000, default: 1, "The smallest number in an expression."),
    .integer("max_value", 1...1_000_000, default: 20, "The largest number in an expression."),
    .integer("operators", 1...4, default: 2, "How many of + - * / are used, in that order."),
    .integer("max_result", 1...1_000_000_000, default: 1000, "The largest result of any step."),
  ]

  let operands: ClosedRange<Int>
  let values: ClosedRange<Int>
  let operators: Int
  let maximumResult: Int

  public init(_ parameters: Parameters<Int>) throws(ParameterError) {
    operands = try Self.range("operands", parameters)
    values = try Self.range("value", parameters)
    operators = parameters["operators"]
    maximumResult = parameters["max_result"]
  }

  private static func range(
    _ name: String, _ parameters: Parameters<Int>
  ) throws(ParameterError) -> ClosedRange<Int> {
    let (low, high) = (parameters["min_\(name)"], parameters["max_\(name)"])
    guard low <= high else {
      throw ParameterError("min_\(name)", "'min_\(name)' is \(low), above 'max_\(name)' \(high)")
    }
    return low...high
  }

  public func draw(_ stream: inout RandomStream, split: TaskSplit) -> TaskExample? {
    let count = Int.random(in: operands, using: &stream)
    let numbers = (0..<count).map { _ in Int.random(in: values, using: &stream) }
    let symbols = (1..<count).map { _ in Self.symbols[Int.random(in: 0..<operators, using: &stream)]
    }
    guard let (steps, result) = work(numbers, symbols) else { return nil }
    let expression = zip(symbols, numbers.dropFirst()).reduce("\(numbers[0])") {
      $0 + "\($1.0)\($1.1)"
    }
    return TaskExample(
      prompt: expression + "=", solution: steps.joined(separator: "; "), answer: "\(result)",
      gold: "\(result)", verifier: "numeric", fields: [:], difficulty: count)
  }

  private static let symbols: [Character] = ["+", "-", "*", "/"]

  /// Multiplications and divisions from the left, then the rest from the left; nil when a step leaves
  /// the whole numbers from 0 to the bound.
  private func work(_ numbers: [Int], _ symbols: [Character]) -> (steps: [String], result: Int)? {
    var (numbers, symbols, steps) = (numbers, symbols, [String]())
    while !symbols.isEmpty {
      let i = symbols.firstIndex { $0 == "*" || $0 == "/" } ?? 0
      guard let value = Self.apply(symbols[i], numbers[i], numbers[i + 1]), value <= maximumResult
      else { return nil }
      steps.append("\(numbers[i])\(symbols[i])\(numbers[i + 1])=\(value)")
      numbers.replaceSubrange(i...(i + 1), with: [value])
      symbols.remove(at: i)
    }
    return (steps, numbers[0])
  }

  /// The result of one step, when it is a whole number that is not negative.
  static func apply(_ symbol: Character, _ a: Int, _ b: Int) -> Int? {
    switch symbol {
    case "+": a + b
    case "-": a >= b ? a - b : nil
    case "*": a * b
    default: b != 0 && a % b == 0 ? a / b : nil
    }
  }
}
