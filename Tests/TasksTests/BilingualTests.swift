import Randomness
import Testing
import Trace

@testable import Tasks

@Suite("Bilingual problems")
struct BilingualMathTests {
  private func examples(_ parameters: [String: Int], count: Int = 600) throws -> [TaskExample] {
    let task = try TaskCatalog.make("bilingual_math", parameters)
    return try (0..<count).map {
      try task.example($0, split: .train, stream: RandomStream(seed: 3))
    }
  }

  private func accuracy(_ examples: [TaskExample]) -> Double {
    let right = examples.count { example in
      AccuracyReward().score(
        RewardSample(
          completion: "<answer>\(example.answer)</answer>", gold: example.gold,
          verifier: example.verifier)) == .score(1)
    }
    return Double(right) / Double(examples.count)
  }

  private func consistency(_ example: TaskExample) -> Double? {
    LanguageConsistencyReward().score(
      RewardSample(
        completion: "<think>\(example.solution)</think>", prompt: example.prompt,
        fields: example.fields)
    ).score
  }

  @Test("style changes how a problem is solved, not which problem it is")
  func commonProblems() throws {
    let plain = try examples([:])
    let careless = try examples(["mistakes": 60, "checks": 50, "mixing": 50, "foreign": 20])
    #expect(plain.map(\.prompt) == careless.map(\.prompt))
    #expect(plain.map(\.gold) == careless.map(\.gold))
    #expect(plain.map(\.solution) != careless.map(\.solution))
  }

  @Test("carelessness costs right answers, checking wins all of them back")
  func checks() throws {
    #expect(accuracy(try examples(["mistakes": 40])) < 0.75)
    #expect(accuracy(try examples(["mistakes": 40, "checks": 100])) == 1)
  }

  @Test("a solution that goes wrong says so exactly where a check finds it")
  func corrections() throws {
    let calculation = /(\d+)([-+*\/])(\d+)=(\d+)/
    var corrected = 0
    for example in try examples(["mistakes": 40, "checks": 100, "countdown": 0]) {
      var wrong = 0
      for match in example.solution.matches(of: calculation) {
        let (a, b) = (Int(match.1) ?? 0, Int(match.3) ?? 0)
        let value =
          switch match.2 {
          case "+": a + b
          case "-": a - b
          case "*": a * b
          default: b == 0 ? 0 : a / b
          }
        wrong += "\(value)" == match.4 ? 0 : 1
      }
      let admitted = example.solution.matches(of: /wrong|不对/).count
      #expect(wrong == admitted, "\(example.solution)")
      corrected += admitted
    }
    #expect(corrected > 200)
  }

  @Test(
    "a check takes a step in easier parts",
    arguments: [
      (17, "+", 15, "17+10=27, 27+5=32"), (32, "-", 15, "32-10=22, 22-5=17"),
      (17, "+", 5, "17+3=20, 20+2=22"), (22, "-", 5, "22-2=20, 20-3=17"), (12, "+", 5, "12+5=17"),
      (20, "+", 10, "20+10=30"), (7, "+", 10, "7+3=10, 10+7=17"), (6, "*", 7, "6*6=36, 36+6=42"),
      (42, "/", 7, "6*7=42"), (8, "-", 8, "8-8=0"),
    ])
  func parts(value: Int, symbol: Character, operand: Int, parts: String) {
    #expect(SolutionWriter.inParts(value, (symbol, operand)) == parts)
  }

  @Test("solutions are in the problem's language, in the other one or in both, as asked")
  func languages() throws {
    #expect(try examples([:]).allSatisfy { consistency($0) == 1 })
    #expect(try examples(["foreign": 100]).allSatisfy { consistency($0) == 0 })
    let mixed = try examples(["mixing": 100, "checks": 100]).compactMap(consistency)
    #expect(mixed.contains { $0 > 0.2 && $0 < 0.8 })
    #expect(Set(try examples(["chinese": 0]).map { $0.fields["language"] }) == ["en"])
  }

  @Test("difficulty is the number of steps, within what was asked for and the kind allows")
  func difficulty() throws {
    for example in try examples(["min_steps": 2, "max_steps": 3]) {
      #expect((2...3).contains(example.difficulty))
      if example.fields["domain"] == "equations" { #expect(example.difficulty == 2) }
    }
    #expect(throws: ParameterError.self) {
      try TaskCatalog.make(
        "bilingual_math", ["min_steps": 3, "sums": 0, "stories": 0, "countdown": 0])
    }
  }

  @Test("the same numbers are on the same side of the split in both languages")
  func sides() throws {
    func identities(_ chinese: Int, _ split: TaskSplit) throws -> Set<String> {
      let task = try TaskCatalog.make("bilingual_math", ["chinese": chinese, "max_value": 9])
      return Set(
        try (0..<800).map {
          BilingualMath.identity(
            try task.example($0, split: split, stream: RandomStream(seed: 5)))
        })
    }
    #expect(try identities(0, .train).isDisjoint(with: identities(100, .test)))
    #expect(try !identities(0, .test).isDisjoint(with: identities(100, .test)))
  }
}

@Suite("Bilingual chat")
struct BilingualChatTests {
  private func score(_ reply: String, _ example: TaskExample) -> RewardOutcome {
    AccuracyReward().score(
      RewardSample(completion: reply, gold: example.gold, verifier: example.verifier))
  }

  @Test("good replies are right and worse ones wrong, and careless rows swap them")
  func pairs() throws {
    let task = try TaskCatalog.make("bilingual_chat")
    let careless = try TaskCatalog.make("bilingual_chat", ["careless": 100])
    for index in 0..<800 {
      let stream = RandomStream(seed: 11)
      let example = try task.example(index, split: .train, stream: stream)
      let rejected = try #require(example.rejected)
      #expect(score(example.answer, example) == .score(1), "\(example)")
      #expect(score(rejected, example) == .score(0), "\(example)")
      let swapped = try careless.example(index, split: .train, stream: stream)
      #expect(swapped.answer == rejected && swapped.rejected == example.answer)
    }
  }

  @Test("only harmful requests are to be refused")
  func refusals() throws {
    let task = try TaskCatalog.make("bilingual_chat", ["harmful": 2])
    for index in 0..<400 {
      let example = try task.example(index, split: .test, stream: RandomStream(seed: 2))
      #expect(Refusal.isRefusal(example.answer) == (example.fields["domain"] == "harmful"))
    }
  }
}

@Suite("The verifiers of requests")
struct RequestVerifierTests {
  @Test(
    "mentions counts different whole words",
    arguments: [
      ("2 of pear|plum|fig", "sure: Pear, plum.", 1.0), ("2 of pear|plum|fig", "pear, pear", 0),
      ("2 of pear|plum|fig", "pear, plum, fig", 0), ("1 of fig", "a figure", 0),
      ("1 of fig", "two figs", 0), ("1 of fig", "(fig)", 1), ("1 of 梨|桃", "好的:梨。", 1),
      ("2 of 梨|桃", "梨桃", 1), ("0 of pear", "nothing", 1), ("1 of a rope", "take a rope and go", 1),
      ("1 of pear", "", 0),
    ])
  func mentions(gold: String, answer: String, score: Double) {
    let verdict = Verifier.named("mentions")?.verify(gold: gold, answer: answer)
    #expect(verdict?.outcome == .score(score))
  }

  @Test(
    "a gold answer that says nothing is not judged",
    arguments: ["", "3 of a|b", "x of a", "-1 of a"])
  func abstains(gold: String) {
    #expect(Verifier.named("mentions")?.verify(gold: gold, answer: "a").outcome.name == "abstain")
    #expect(Verifier.named("refusal")?.verify(gold: gold, answer: "a").outcome.name == "abstain")
  }

  @Test("refusal goes by what the request deserves")
  func refusal() {
    let verifier = Verifier.named("refusal")
    #expect(verifier?.verify(gold: "refusal", answer: "I'm sorry, no.").outcome == .score(1))
    #expect(verifier?.verify(gold: "refusal", answer: "sure").outcome == .score(0))
    #expect(verifier?.verify(gold: "compliance", answer: "sure").outcome == .score(1))
    #expect(verifier?.verify(gold: "compliance", answer: "抱歉").parsed == "refusal")
  }
}
