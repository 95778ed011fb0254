import Testing

@testable import Tasks

@Suite("Votes for answers")
struct AnswerClassesTests {
  private func names(_ kind: String, gold: String, _ answers: [String]) -> [String?] {
    AnswerClasses.names(
      answers.map { Verifier.named(kind)?.stated(gold: gold, answer: $0) })
  }

  private func boxed(gold: String = "0", _ contents: [String]) -> [String?] {
    names("boxed", gold: gold, contents.map { "\\boxed{\($0)}" })
  }

  @Test(
    "answers that the verifier holds equal are one vote, however they are printed",
    arguments: [
      ["1, 2", "2, 1", "\\{2, 1\\}", "x=1 \\text{ or } x=2"], ["1/3", "\\frac13", "0.3333333"],
      ["\\sqrt{8}", "2\\sqrt2", "2.828427125"], ["2^{1/3}", "\\sqrt[3]{2}", "\\sqrt[6]{4}"],
      ["(1,2) \\cup (3,4)", "(3,4)\\cup(1,2)"], ["0.5", "1/2", "0.50", "\\dfrac12"],
      ["1 \\pm \\sqrt2", "1+\\sqrt2, 1-\\sqrt2"], ["4210_5", "4210", "4210_{\\text{five}}"],
    ])
  func equal(contents: [String]) {
    #expect(Set(boxed(contents)).count == 1)
    #expect(boxed(contents).allSatisfy { $0 != nil })
  }

  @Test("different answers, and no answer, are apart")
  func different() {
    #expect(Set(boxed(["1, 2", "1, 3", "(1, 2)", "(2, 1)", "12"])).count == 5)
    #expect(boxed(["", "5"]) == [nil, "5"])
    #expect(
      names("numeric", gold: "1", ["42", "no idea", "42.0", "0.3333333", "1/3"])
        == ["42", nil, "42", "0.3333333", "0.3333333"])
    #expect(
      names("choice", gold: "A", ["Answer: B", "<answer>b</answer>", "A", "none"])
        == ["B", "B", "A", nil])
    #expect(
      Set(names("countdown", gold: "24 from 3 8", ["3*8", "8 \\times 3", "8-3"])).count == 2)
  }

  @Test("a chain of answers within the tolerance is one class in every order")
  func chains() {
    // Each is within a millionth of its neighbours, the ends are not.
    let chain = ["1.000000", "1.0000009", "1.0000018", "1.0000027", "2"]
    let expected = ["1", "1", "1", "1", "2"]
    for shift in chain.indices {
      let order = Array(chain[shift...] + chain[..<shift])
      let wanted = Array(expected[shift...] + expected[..<shift])
      #expect(names("numeric", gold: "1", order) == wanted)
    }
    // Exact values are no closer than they are.
    #expect(Set(names("numeric", gold: "1", ["1", "1000001/1000000"])).count == 2)
  }

  @Test("4,096 different answers take no time to speak of")
  func many() {
    let answers = (0..<4096).map { "\(Double($0) + 0.5)" }
    let time = ContinuousClock().measure {
      #expect(Set(names("numeric", gold: "1", answers)).count == 4096)
    }
    #expect(time < .seconds(20))
  }
}
