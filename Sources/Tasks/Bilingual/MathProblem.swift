import Randomness

/// Operations one after another on a number that only grows and shrinks in sight: 7, +15, -4.
struct Chain {
  typealias Operation = (symbol: Character, operand: Int)

  let start: Int
  var operations: [Operation]

  /// No result may be larger, so that numbers have two digits.
  static let largestResult = 99

  /// The number at the end; nil when a step leaves the whole numbers from 0 to the bound.
  var value: Int? {
    operations.reduce(start) { value, operation in
      value.flatMap { Arithmetic.apply(operation.symbol, $0, operation.operand) }
        .flatMap { $0 <= Self.largestResult ? $0 : nil }
    }
  }

  /// `7+15-4`; a product comes first if there is one, so no parentheses are needed.
  var expression: String { operations.reduce("\(start)") { $0 + "\($1.symbol)\($1.operand)" } }

  var numbers: [Int] { [start] + operations.map(\.operand) }

  /// Sums and differences, in a part of the draws after a product.
  static func draw(
    steps: Int, largest: Int, products: Bool, _ stream: inout RandomStream
  ) -> Chain? {
    let beginsWithProduct = products && stream.percent(33)
    var operations: [Operation] = (0..<steps).map { _ in
      (stream.percent(50) ? "+" : "-", Int.random(in: 1...largest, using: &stream))
    }
    var start = Int.random(in: 1...largest, using: &stream)
    if beginsWithProduct {
      start = Int.random(in: 2...9, using: &stream)
      operations[0] = ("*", Int.random(in: 2...9, using: &stream))
    }
    let chain = Chain(start: start, operations: operations)
    return chain.value == nil ? nil : chain
  }
}

/// A problem in words, with the calculation that solves it.
struct MathProblem {
  let prompt: String
  let chain: Chain
  /// What the numbers are for: to be reached with an expression, or to be worked out.
  let target: Int?
  let gold: String
  /// The same for the same numbers in either language.
  let identity: String

  static func draw(
    _ kind: BilingualMath.Kind, steps: Int, largest: Int, _ language: Language,
    _ stream: inout RandomStream
  ) -> MathProblem? {
    switch kind {
    case .sums:
      Chain.draw(steps: steps, largest: largest, products: false, &stream).map {
        calculation($0, prompt: $0.expression + (language == .zh ? "等于?" : " is?"))
      }
    case .equations: equation(steps: steps, largest: largest, language, &stream)
    case .stories:
      Chain.draw(steps: steps, largest: largest, products: true, &stream).map {
        calculation($0, prompt: MathStory.tell($0, language, &stream))
      }
    case .countdown:
      Chain.draw(steps: steps, largest: largest, products: true, &stream).flatMap {
        countdown($0, language, &stream)
      }
    }
  }

  private static func calculation(_ chain: Chain, prompt: String) -> MathProblem {
    MathProblem(
      prompt: prompt, chain: chain, target: nil, gold: "\(chain.value ?? 0)",
      identity: chain.expression)
  }

  /// `3x+5=20`, solved by what undoes it: 20, -5, /3.
  private static func equation(
    steps: Int, largest: Int, _ language: Language, _ stream: inout RandomStream
  ) -> MathProblem? {
    let x = Int.random(in: 1...largest, using: &stream)
    let factor = steps > 1 ? Int.random(in: 2...9, using: &stream) : 1
    let shift: Chain.Operation = (
      stream.percent(50) ? "+" : "-", Int.random(in: 1...largest, using: &stream)
    )
    guard let total = Arithmetic.apply(shift.symbol, factor * x, shift.operand),
      total <= Chain.largestResult, factor * x <= Chain.largestResult
    else { return nil }
    var undone: [Chain.Operation] = [(shift.symbol == "+" ? "-" : "+", shift.operand)]
    if factor > 1 { undone.append(("/", factor)) }
    let equation = "\(factor > 1 ? "\(factor)" : "")x\(shift.symbol)\(shift.operand)=\(total)"
    return MathProblem(
      prompt: equation + (language == .zh ? ",求x。" : ", find x."),
      chain: Chain(start: total, operations: undone), target: nil, gold: "\(x)",
      identity: equation)
  }

  private static func countdown(
    _ chain: Chain, _ language: Language, _ stream: inout RandomStream
  ) -> MathProblem? {
    guard let target = chain.value, target > 0 else { return nil }
    let numbers = chain.numbers.shuffled(using: &stream)
    let list = numbers.map(String.init).joined(separator: " ")
    let sorted = numbers.sorted().map(String.init).joined(separator: " ")
    return MathProblem(
      prompt: language == .zh ? "用\(list)得\(target)。" : "make \(target) from \(list).",
      chain: chain, target: target,
      gold: CountdownVerifier.gold(target: target, numbers: numbers),
      identity: "\(target) from \(sorted)")
  }
}

/// Words around the numbers of a calculation.
enum MathStory {
  static let names: [WordPair] = [("tom", "小明"), ("ana", "小红"), ("sam", "小文"), ("lily", "小丽")]
  static let things: [WordPair] = [("pears", "梨"), ("plums", "桃"), ("eggs", "蛋"), ("pens", "笔")]
  static let gains: [WordPair] = [("gets", "得"), ("finds", "捡"), ("buys", "买")]
  static let losses: [WordPair] = [("loses", "丢"), ("sells", "卖"), ("eats", "吃")]

  /// `tom has 7 pears, gets 15, loses 4. how many?`; a product becomes bags of things.
  static func tell(_ chain: Chain, _ language: Language, _ stream: inout RandomStream) -> String {
    func pick(_ words: [WordPair]) -> String {
      language.word(words[Int.random(in: words.indices, using: &stream)])
    }
    let (name, thing) = (pick(names), pick(things))
    var rest = chain.operations[...]
    var number = "\(chain.start)"
    if let product = rest.first, product.symbol == "*" {
      number += language == .zh ? "袋\(product.operand)" : " bags of \(product.operand)"
      rest = rest.dropFirst()
    }
    let events = rest.map { operation in
      let verb = pick(operation.symbol == "+" ? gains : losses)
      return language == .zh ? ",\(verb)\(operation.operand)个" : ", \(verb) \(operation.operand)"
    }.joined()
    return language == .zh
      ? "\(name)有\(number)个\(thing)\(events)。几个?"
      : "\(name) has \(number) \(thing)\(events). how many?"
  }
}
