import Randomness
import Testing
import Trace

@testable import Tasks

@Suite("Countdown")
struct CountdownTests {
  private func score(_ gold: String, _ answer: String) -> Double? {
    Verifier.named("countdown")?.verify(gold: gold, answer: answer).outcome.score
  }

  @Test(
    "an expression that uses each number once and gives the target scores 1",
    arguments: [
      "(3+8)*2-1", "<answer>2*(8+3)-1</answer>", "\\boxed{(3 + 8) * 2 - 1}", "#### (3+8)*2-1",
      "thinking\n(3+8)*2-1\n", "(3+8)*2-1=21", "<answer>(3+8)*2-1 = 21</answer>",
      "(3+8)\u{D7}2-1", "(3+8)\\times2-1", "(3+8)\u{B7}2\u{2212}1", "\\boxed{(3+8)\\cdot 2-1}",
      "<answer>$\\left(3+8\\right) \\times 2 - 1 = 21$</answer>", "\\[(3+8) \\times 2 - 1\\]",
      "<answer>\\boxed{(3+8)*2-1}</answer>", "\\boxed{\\boxed{(3+8)*2-1}}",
      "<answer>((3)+(8))*2-1</answer>", "<answer>(3+8)*2-1</answer><answer>(3 + 8)*2-1</answer>",
    ])
  func solutions(answer: String) {
    #expect(score("21 from 3 8 1 2", answer) == 1)
  }

  @Test(
    "everything else scores 0",
    arguments: [
      "21", "", "3+8*2-1", "(3+8)*2", "(3+8)*2-1+0", "(3+8)*(3-1)-1", "3+8+8+2", "(3+8)*2-1=20",
      "(3+8)*2-1=21=21", "11*2-1", "<answer>(3+8)*2-1</answer><answer>21</answer>",
      "(3+8)*2--1", "-1+2*(3+8)", "(3+8)*2-1;", "__import__('os')", "99**98**97", "3+8)*2-1(",
      "(3+8*2-1", "(3+8)(2)-1", "(3+8)2-1", "3 8+2*1", "21/(3-3)", "(3+8)\u{D7}2", "()",
      "(3+8)*2-1e0", "0x3+8", "(3+8)*2-1 and so on", "(3.0+8)*2-1",
    ])
  func failures(answer: String) {
    #expect(score("21 from 3 8 1 2", answer) == 0)
  }

  @Test("fractions on the way are exact")
  func fractions() {
    #expect(score("24 from 3 3 8 8", "8/(3-8/3)") == 1)
    #expect(score("1 from 1 3 3 1", "1/3*3*1") == 1)
    #expect(score("4 from 8 2", "8\u{F7}2") == 1)
    #expect(score("4 from 8 2", "\\boxed{8 \\div 2}") == 1)
  }

  @Test("depth, length and digits are bounded")
  func bounds() {
    let nested = { String(repeating: "(", count: $0) + "1" + String(repeating: ")", count: $0) }
    #expect(CountdownExpression(nested(32))?.numbers == [1])
    #expect(CountdownExpression(nested(33)) == nil)
    #expect(CountdownExpression(nested(200_000)) == nil)
    #expect(CountdownExpression("1234567890") == nil)
    #expect(CountdownExpression(String(repeating: "1+", count: 300) + "1") == nil)
    #expect(
      CountdownExpression(Array(repeating: "999999999", count: 50).joined(separator: "*"))?.numbers
        .count == 50)
  }

  @Test(
    "a gold answer of another shape makes the verifier abstain",
    arguments: ["", "24", "24 from", "x from 1 2", "24 from 1 x", "24: 1 2"])
  func unparseableGold(gold: String) {
    guard case .abstain? = Verifier.named("countdown")?.verify(gold: gold, answer: "1").outcome
    else {
      Issue.record("'\(gold)' was taken for a problem")
      return
    }
  }

  @Test("generated problems are solvable: their own solution scores 1 and steps add up")
  func solvable() throws {
    for parameters in [
      [:], ["min_numbers": 2, "max_numbers": 6, "max_number": 100, "max_target": 1000],
      ["operators": 2, "max_target": 30],
    ] {
      let task = try TaskCatalog.make("countdown", parameters)
      for index in 0..<200 {
        let example = try task.example(index, split: .train, stream: RandomStream(seed: 5))
        #expect(score(example.gold, example.answer) == 1, "\(example)")
        for step in example.solution.split(separator: "; ") {
          let sides = step.split(separator: "=")
          #expect(CountdownExpression(String(sides[0]))?.value == Int(sides[1]).map(Rational.init))
        }
        #expect(example.solution.hasSuffix("=" + (example.fields["target"] ?? "none")))
      }
    }
  }
}
