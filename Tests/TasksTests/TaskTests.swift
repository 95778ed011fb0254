import Randomness
import Settings
import Testing
import Trace

@testable import Tasks

@Suite("Every task")
struct TaskConformanceTests {
  static let names = TaskCatalog.all.map { $0.name }

  private func examples(
    _ name: String, _ split: TaskSplit, count: Int = 400, seed: UInt64 = 1,
    _ parameters: [String: Int] = [:]
  ) throws -> [TaskExample] {
    let task = try TaskCatalog.make(name, parameters)
    return try (0..<count).map {
      try task.example($0, split: split, stream: RandomStream(seed: seed))
    }
  }

  @Test("the same index gives the same problem, another seed other problems", arguments: names)
  func deterministic(name: String) throws {
    #expect(try examples(name, .train) == examples(name, .train))
    #expect(try examples(name, .train) != examples(name, .train, seed: 2))
  }

  @Test("the verifiers of its problems are those that it declares", arguments: names)
  func verifiers(name: String) throws {
    let declared = try #require(TaskCatalog.type(named: name)).verifiers
    #expect(Set(try examples(name, .train, count: 2000).map(\.verifier)) == Set(declared))
    #expect(declared == declared.sorted() && declared.allSatisfy { Verifier.named($0) != nil })
  }

  @Test("the splits have no problem in common, whatever the seed", arguments: names)
  func disjoint(name: String) throws {
    let type = try #require(TaskCatalog.type(named: name))
    let train = Set(try examples(name, .train, count: 2000, seed: 1).map { type.identity($0) })
    let test = Set(try examples(name, .test, count: 500, seed: 2).map { type.identity($0) })
    #expect(train.isDisjoint(with: test))
    #expect(test.count > 50)
  }

  @Test("the stated answer and a completion in R1's form score 1", arguments: names)
  func answers(name: String) throws {
    for split in TaskSplit.allCases {
      for example in try examples(name, split) {
        let completion =
          "<think>\(example.solution)</think>\n<answer>\(example.answer)</answer>"
        let sample = RewardSample(
          completion: completion, gold: example.gold, verifier: example.verifier)
        #expect(AccuracyReward().score(sample) == .score(1), "\(example)")
        #expect(RewardCatalog.named("format")?.score(sample) == .score(1))
        var wrong = sample
        wrong.completion = "<think>\(example.solution)</think>\n<answer>-7</answer>"
        #expect(AccuracyReward().score(wrong) == .score(0))
      }
    }
  }

  @Test("texts are printable on one line, in ASCII unless the task is bilingual", arguments: names)
  func printable(name: String) throws {
    for example in try examples(name, .train) {
      #expect(!example.prompt.isEmpty && !example.answer.isEmpty)
      for text in [example.prompt, example.solution, example.answer, example.rejected ?? ""] {
        #expect(!text.contains("{") && !text.contains("  ") && !text.contains { $0.isNewline })
        if !name.hasPrefix("bilingual") {
          #expect(text.utf8.allSatisfy { (32..<127).contains($0) }, "\(text)")
        }
      }
    }
  }

  @Test("parameters have defaults in their range and a sentence", arguments: names)
  func parameters(name: String) throws {
    let type = try #require(TaskCatalog.type(named: name))
    for parameter in type.parameters {
      #expect(parameter.allows(Double(try #require(Int(configValue: parameter.defaultValue)))))
      #expect(parameter.summary.hasSuffix("."))
      #expect(throws: ParameterError.self) {
        try TaskCatalog.make(name, [parameter.name: Int(try #require(parameter.maximum)) + 1])
      }
    }
    #expect(Set(type.parameters.map(\.name)).count == type.parameters.count)
  }

  @Test("mistakes in parameters are named")
  func mistakes() throws {
    #expect(throws: ParameterError(nil, "there is no task 'nope'")) { try TaskCatalog.make("nope") }
    #expect(throws: ParameterError("size", "task 'arithmetic' has no parameter 'size'")) {
      try TaskCatalog.make("arithmetic", ["size": 3])
    }
    #expect(throws: ParameterError("max_operands", "'max_operands' is 9; it must be from 2 to 8")) {
      try TaskCatalog.make("arithmetic", ["max_operands": 9])
    }
    #expect(throws: ParameterError("min_value", "'min_value' is 30, above 'max_value' 20")) {
      try TaskCatalog.make("arithmetic", ["min_value": 30])
    }
    let task = try TaskCatalog.make(
      "arithmetic", ["min_value": 1, "max_value": 1, "max_operands": 2, "operators": 1])
    let sides = TaskSplit.allCases.map { split in
      (try? task.example(0, split: split, stream: RandomStream(seed: 1))) != nil
    }
    #expect(sides.filter { $0 }.count == 1, "a single problem is on one side only")
  }
}

@Suite("Arithmetic")
struct ArithmeticTests {
  /// Evaluates left to right with products first, apart from the task's own code.
  private func evaluate(_ text: Substring) -> Int? {
    var total = 0
    for term in text.replacing("-", with: "+-").split(separator: "+") {
      let sign = term.hasPrefix("-") ? -1 : 1
      var product: Int?
      var symbol: Character = "*"
      var digits = ""
      for character in term.drop(while: { $0 == "-" }) + "*" {
        if character.isNumber {
          digits.append(character)
          continue
        }
        guard let number = Int(digits) else { return nil }
        product = product.map { symbol == "*" ? $0 * number : $0 / number } ?? number
        (symbol, digits) = (character, "")
      }
      total += sign * (product ?? 0)
    }
    return total
  }

  @Test("answers and every step of the solutions are right")
  func correct() throws {
    for operators in 1...4 {
      let task = try TaskCatalog.make(
        "arithmetic", ["operators": operators, "max_operands": 4, "max_value": 30])
      for index in 0..<300 {
        let example = try task.example(index, split: .train, stream: RandomStream(seed: 9))
        #expect(evaluate(example.prompt.dropLast()) == Int(example.answer), "\(example)")
        let steps = example.solution.split(separator: "; ")
        #expect(steps.count == example.difficulty - 1)
        for step in steps {
          let sides = step.split(separator: "=")
          #expect(evaluate(sides[0]) == Int(sides[1]), "\(step)")
        }
        #expect(example.solution.hasSuffix("=\(example.answer)"))
      }
    }
  }

  @Test("an example reads as its documentation says")
  func sample() throws {
    let task = try TaskCatalog.make("arithmetic", ["min_operands": 3])
    let example = try task.example(0, split: .train, stream: RandomStream(seed: 17))
    #expect(example.prompt.hasSuffix("="))
    #expect(example.prompt.count < 12)
    #expect(example.solution.split(separator: "; ").count == 2)
  }
}

@Suite("Word problems")
struct WordProblemTests {
  @Test("stories of one step come when asked for, from both splits")
  func singleSteps() throws {
    let task = try TaskCatalog.make("word_problems", ["min_steps": 1, "max_steps": 1])
    for (split, templates) in [
      (TaskSplit.train, WordTemplate.trainingSingle), (.test, WordTemplate.testingSingle),
    ] {
      let used = try (0..<600).map {
        try task.example($0, split: split, stream: RandomStream(seed: 3)).fields["template"] ?? ""
      }
      #expect(Set(used) == Set(templates.map(\.name)))
    }
  }

  @Test("there are at least thirty templates, none in both splits, each used")
  func templates() throws {
    let train = Set(WordTemplate.training.map(\.name))
    let test = Set(WordTemplate.testing.map(\.name))
    #expect(train.count == WordTemplate.training.count && train.count >= 30)
    #expect(test.count == WordTemplate.testing.count && test.count >= 8)
    #expect(train.isDisjoint(with: test))
    let task = try TaskCatalog.make("word_problems")
    for (split, names) in [(TaskSplit.train, train), (.test, test)] {
      let used = try (0..<1500).map {
        try task.example($0, split: split, stream: RandomStream(seed: 3)).fields["template"] ?? ""
      }
      #expect(Set(used) == names)
    }
  }

  @Test("every story uses all of its numbers and asks a question")
  func stories() {
    let single = WordTemplate.trainingSingle + WordTemplate.testingSingle
    #expect(single.allSatisfy { $0.steps.count == 1 })
    #expect(Set(single.map(\.name)).count == single.count)
    for template in WordTemplate.training + WordTemplate.testing + single {
      #expect((1...4).contains(template.steps.count), "\(template.name)")
      #expect(template.story.hasSuffix("?"), "\(template.name)")
      for (name, _) in template.numbers {
        #expect(template.story.contains("{\(name)}"), "\(template.name) {\(name)}")
        let operands = template.steps.flatMap {
          $0.prefix { $0 != ":" }.split(separator: " ").dropFirst(2)
        }
        #expect(operands.contains(Substring(name)), "\(template.name) \(name)")
      }
    }
  }

  @Test("worked steps end in the answer and follow from the story's numbers")
  func solutions() throws {
    let task = try TaskCatalog.make("word_problems", ["scale": 3])
    for index in 0..<500 {
      let example = try task.example(index, split: .train, stream: RandomStream(seed: 4))
      var known = Set(
        (example.fields["numbers"] ?? "").split(separator: " ").compactMap { Int($0) })
      known.insert(2)  // "twice", "the same back"
      var last = 0
      for sentence in example.solution.split(separator: ". ") {
        let equation = sentence.prefix { $0 != " " }
        let sides = equation.split(separator: "=")
        let operands = sides[0].split { !$0.isNumber }.compactMap { Int($0) }
        #expect(operands.allSatisfy(known.contains), "\(example)")
        last = try #require(Int(sides[1]))
        #expect(CountdownExpression(String(sides[0]))?.value == Rational(last))
        known.insert(last)
      }
      #expect(String(last) == example.answer)
    }
  }

  @Test("the number of steps can be bounded")
  func steps() throws {
    let task = try TaskCatalog.make("word_problems", ["min_steps": 3, "max_steps": 3])
    for index in 0..<50 {
      for split in TaskSplit.allCases {
        #expect(
          try task.example(index, split: split, stream: RandomStream(seed: 6)).difficulty == 3)
      }
    }
  }
}
