public import Randomness
public import Settings

/// `Make 24 from 3 8 1 4:` - an expression that uses each number exactly once.
///
/// Solvable by construction: the numbers are joined at random, two at a time, over whole numbers
/// above zero, and the result becomes the target. The worked solution is that construction.
public struct Countdown: TrainingTask {
  public static let name = "countdown"
  public static let summary = "Reach a target with + - * / and each given number exactly once."
  public static let verifiers = ["countdown"]
  public static let parameters: [FieldDescription] = [
    .integer("min_numbers", 2...6, default: 3, "The fewest given numbers."),
    .integer("max_numbers", 2...6, default: 3, "The most given numbers."),
    .integer("max_number", 2...1000, default: 20, "The largest given number."),
    .integer("max_target", 1...10_000, default: 100, "Largest target."),
    .integer("operators", 1...4, default: 4, "How many of + - * / are used, in that order."),
  ]

  let counts: ClosedRange<Int>
  let largestNumber: Int
  let largestTarget: Int
  let operators: Int

  public init(_ parameters: Parameters<Int>) throws(ParameterError) {
    let (low, high) = (parameters["min_numbers"], parameters["max_numbers"])
    guard low <= high else {
      throw ParameterError("min_numbers", "'min_numbers' is \(low), above 'max_numbers' \(high)")
    }
    counts = low...high
    largestNumber = parameters["max_number"]
    largestTarget = parameters["max_target"]
    operators = parameters["operators"]
  }

  public func draw(_ stream: inout RandomStream, split: TaskSplit) -> TaskExample? {
    let count = Int.random(in: counts, using: &stream)
    let numbers = (0..<count).map { _ in Int.random(in: 1...largestNumber, using: &stream) }
    guard let (steps, result) = construct(numbers, &stream),
      (1...largestTarget).contains(result.value)
    else { return nil }
    let list = numbers.map(String.init).joined(separator: " ")
    return TaskExample(
      prompt: "Make \(result.value) from \(list):", solution: steps.joined(separator: "; "),
      answer: result.text, gold: CountdownVerifier.gold(target: result.value, numbers: numbers),
      verifier: "countdown", fields: ["numbers": list, "target": "\(result.value)"],
      difficulty: count)
  }

  /// The same numbers in another order are the same problem.
  public static func identity(_ example: TaskExample) -> String {
    let numbers = (example.fields["numbers"] ?? "").split(separator: " ").compactMap { Int($0) }
    let sorted = numbers.sorted().map(String.init).joined(separator: " ")
    return "\(example.fields["target"] ?? "") from \(sorted)"
  }

  /// A value with the expression that gives it and how loosely that binds (1 sums, 2 products, 3 atoms).
  private struct Part {
    let value: Int
    let text: String
    let strength: Int
  }

  private func construct(
    _ numbers: [Int], _ stream: inout RandomStream
  ) -> (steps: [String], result: Part)? {
    var parts = numbers.map { Part(value: $0, text: "\($0)", strength: 3) }
    var steps: [String] = []
    while parts.count > 1 {
      let a = parts.remove(at: Int.random(in: parts.indices, using: &stream))
      let b = parts.remove(at: Int.random(in: parts.indices, using: &stream))
      let symbol = Self.symbols[Int.random(in: 0..<operators, using: &stream)]
      guard let value = Arithmetic.apply(symbol, a.value, b.value), value > 0 else { return nil }
      steps.append("\(a.value)\(symbol)\(b.value)=\(value)")
      parts.append(Self.joined(a, symbol, b, value))
    }
    return parts.first.map { (steps, $0) }
  }

  private static let symbols: [Character] = ["+", "-", "*", "/"]

  /// Parentheses only where they change the value.
  private static func joined(_ a: Part, _ symbol: Character, _ b: Part, _ value: Int) -> Part {
    let strength = symbol == "+" || symbol == "-" ? 1 : 2
    let isStrict = symbol == "-" || symbol == "/"
    let left = a.strength < strength ? "(\(a.text))" : a.text
    let right =
      b.strength < strength || (isStrict && b.strength == strength) ? "(\(b.text))" : b.text
    return Part(value: value, text: "\(left)\(symbol)\(right)", strength: strength)
  }
}
