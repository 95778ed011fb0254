import Testing

@testable import Tasks

@Suite("The boxed verifier")
struct BoxedVerifierTests {
  private func score(_ gold: String, _ answer: String) -> Double? {
    Verifier.named("boxed")?.verify(gold: gold, answer: "so \\boxed{\(answer)}.").outcome.score
  }

  @Test("sums of rationals, roots and pi compare as sympy says")
  func golden() throws {
    for item in try Golden.load().surds {
      let expected: Double = item.isEqual ? 1 : 0
      #expect(score(item.gold, item.answer) == expected, "\(item.gold) as \(item.answer)")
    }
  }

  @Test("spellings of rationals compare as Python's fractions say")
  func rationals() throws {
    let isLaTeX: (String) -> Bool = { text in
      !["apples", "of it", "*", "e", "E", " x ", "Â", "10^"].contains { text.contains($0) }
        && !text.hasSuffix(".")
    }
    for item in try Golden.load().numeric where isLaTeX(item.answer) {
      let expected: Double = item.isEqual ? 1 : 0
      #expect(score(item.gold, item.answer) == expected, "\(item.gold) as \(item.answer)")
    }
  }

  @Test(
    "different spellings of one answer are equal",
    arguments: [
      ("\\frac{1}{2}", "\\dfrac12"), ("\\frac12", "0.5"), ("\\frac 34", "3/4"),
      ("1\\frac{4}{5}", "9/5"), ("137 \\frac{1}{2}", "137.5"), ("1 1/2", "\\frac{3}{2}"),
      ("2\\sqrt{2}", "\\sqrt{8}"), ("\\frac{\\sqrt{3}}{3}", "\\frac{1}{\\sqrt{3}}"),
      ("\\frac{20000}{\\pi}", "20000/\\pi"), ("11 \\sqrt{5} + 11", "11+11\\sqrt5"),
      ("18+2\\pi", "2(9 + \\pi)"), ("58,500", "58500"), ("10,\\!080", "10080"),
      ("\\$18.90", "18.9"), ("90^\\circ", "90"), ("15\\mbox{ cm}^2", "15"),
      ("5.4 \\text{ cents}", "5.4"), ("10\\%", "10"), ("\\sqrt{2}", "1.41421356"),
      ("\\left( 3, \\frac{\\pi}{2} \\right)", "(3,\\pi/2)"), ("(2,\\infty)", "(2, \u{221E})"),
      ("\\left(\\frac{3}{5},\\frac{8}{3}\\right]", "(0.6, 8/3]"), ("-2,1", "1, -2"),
      ("\\{1\\pm\\sqrt{5},-2\\}", "\\{-2, 1 \\pm \\sqrt5\\}"), ("3, 5, 7", "7, 5, 3"),
      ("(-\\infty, 2) \\cup (3, \\infty)", "(3,\\infty)\\cup(-\\infty,2)"),
      (
        "\\begin{pmatrix} 1/5 \\\\ -18/5 \\end{pmatrix}",
        "\\begin{pmatrix}0.2\\\\-3.6\\end{pmatrix}"
      ),
      ("\\text{(B)}", "B"), ("C", "(C)"), ("\\text{(E)}", "\\textbf{(E)}."),
      ("\\text{Evelyn}", "Evelyn"), ("\\text{ellipse}", "Ellipse"), ("x=5", "5"),
      ("y = -2x", "-2x"),
      ("x \\in [-2,7]", "[-2,7]"), ("x^3+3x-6", "x^{3} + 3x - 6"), ("204_5", "204_{5}"),
      ("3R^2", "$3R^2$"), ("\\frac{11+9a}{20}", "\\dfrac{11 + 9a}{20}"), ("\\pi", "\u{3C0}"),
      ("\\frac{270}7\\text{ degrees}", "\\frac{270}{7}"),
      ("6.02 \\times 10^{23}", "6.02 \\cdot 10^{23}"),
      ("211", "\\textbf{(211) }"), ("127", "\\mathbf{127}"), ("{42}", "42"), ("42", "{42}"),
      ("-5", "\u{2212}5"), ("5", "5."),
    ])
  func equal(gold: String, answer: String) {
    #expect(score(gold, answer) == 1)
  }

  @Test(
    "different answers are different",
    arguments: [
      ("\\frac{1}{2}", "\\frac{1}{3}"), ("(2,4)", "(4,2)"), ("(2,4)", "[2,4]"), ("(2,4]", "(2,4)"),
      ("\\text{(B)}", "C"), ("2\\sqrt{2}", "\\sqrt{2}"), ("x^2", "x^3"), ("2\\pi", "2"),
      ("-2,1", "-2,2"), ("1,2", "1,2,2"), ("\\{1,2\\}", "(1,2)"), ("1+2i", "1-2i"),
      ("1 1/2", "11/2"), ("204_5", "204_6"), ("\\sqrt{2}", "1.4142"), ("(1,234)", "1234"),
      ("\\begin{pmatrix} 1 \\\\ 2 \\end{pmatrix}", "\\begin{pmatrix} 1 & 2 \\end{pmatrix}"),
      ("even", "odd"), ("A", "a"), ("12", "1 2"),
    ])
  func different(gold: String, answer: String) {
    #expect(score(gold, answer) == 0)
  }

  @Test(
    "arithmetic left undone does not score",
    arguments: [
      ("7", "3+4"), ("12", "3 \\cdot 4"), ("12", "3*4"), ("1024", "2^{10}"), ("6", "(2)(3)"),
      ("4", "2+2"), ("2\\pi", "\\pi+\\pi"), ("24", "4!"), ("9", "3^2"), ("1", "8/4/2"),
    ])
  func undone(gold: String, answer: String) {
    #expect(score(gold, answer) == 0)
  }

  @Test(
    "an answer without a box, or with two different ones, scores 0",
    arguments: [
      "42", "<answer>42</answer>", "\\boxed{}", "\\boxed{42", "\\boxed{42} or \\boxed{43}", "",
      "\\boxed 42", "boxed{42}", "\\boxed{{42}",
    ])
  func boxes(answer: String) {
    #expect(Verifier.named("boxed")?.verify(gold: "42", answer: answer).outcome == .score(0))
  }

  @Test("equal boxes, empty boxes and nested boxes are one answer")
  func repeated() {
    let verifier = Verifier.named("boxed")
    for text in [
      "\\boxed{\\frac12} i.e. \\boxed{0.5}", "in \\boxed{}: \\boxed{1/2}", "\\fbox{0.5}",
      "{ \\boxed{0.5}", "\\boxed{ 0.5 }",
    ] {
      #expect(verifier?.verify(gold: "\\frac{1}{2}", answer: text).outcome == .score(1), "\(text)")
    }
  }

  @Test(
    "a gold answer that is no formula makes the verifier abstain",
    arguments: [
      "", " ", "\\frac{1}{2", "}", ".", "\\boxed{1} \\boxed{2}",
      String(repeating: "1", count: 20_000),
    ])
  func unparseableGold(gold: String) {
    guard case .abstain? = Verifier.named("boxed")?.verify(gold: gold, answer: "\\boxed{1}").outcome
    else {
      Issue.record("\(gold.prefix(20)) was taken for a formula")
      return
    }
  }

  @Test("a gold answer may be a solution with a box")
  func solutionAsGold() {
    #expect(score("We get $x=\\boxed{\\frac{3}{4}}$.", "0.75") == 1)
  }

  @Test("what was read is told in canonical form")
  func parsed() {
    let verdict = Verifier.named("boxed")?
      .verify(gold: "0", answer: "\\boxed{\\left(\\frac{2}{4}, 3\\sqrt{8}\\right)}")
    #expect(verdict?.parsed == "(0.5, 6*sqrt(2))")
  }
}
