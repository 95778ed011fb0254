import Testing
import Trace

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

  @Test("indexed roots and fractional powers compare as sympy says")
  func roots() throws {
    for item in try Golden.load().roots {
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
      ("-5", "\u{2212}5"), ("5", "5."), ("5", "\\boxed{5}"), ("-5", "-{5}"),
      ("\\frac{1}{2}", "\\frac 1 2"), ("\\frac{1}{2}", "\\frac1 2"), ("2.5", "2 \\frac 1 2"),
      ("-\\frac 3 4", "-\\frac{3}{4}"), ("2", "\\sqrt[3]{8}"), ("-2", "\\sqrt[3]{-8}"),
      ("\\frac{\\sqrt[3]{4}}{2}", "\\frac{1}{\\sqrt[3]{2}}"), ("\\sqrt[3]{2}", "2^{\\frac13}"),
      ("4", "8^{2/3}"), ("2^{-1/3}", "\\frac{\\sqrt[3]4}{2}"), ("\\sqrt[3]{2}", "1.25992105"),
      ("1 \\pm \\sqrt{19}", "1-\\sqrt{19}, 1+\\sqrt{19}"), ("\\pm 3", "\\{3,-3\\}"),
      ("3 \\pm 2\\sqrt2", "x = 3 \u{B1} \\sqrt8"),
      ("\\{1\\pm\\sqrt5,-2\\}", "-2, 1+\\sqrt5, 1-\\sqrt5"),
      ("\\frac{1 \\pm \\sqrt{5}}{2}", "\\frac{1+\\sqrt5}{2}, \\frac{1-\\sqrt5}{2}"),
      ("3,5,7", "3, 5 and 7"), ("3,5,7", "3, 5, \\text{ and } 7"),
      ("1,-2", "x=-2 \\text{ or } x=1"),
      ("x=1,y=2", "y=2, x=1"), ("(2,\\infty)", "(2,+\\infty)"), ("]0,1[", "(0,1)"),
      ("[0,1)", "[0,1["),
      ("4210_{5}", "4210_{\\text{five}}"), ("4210_{5}", "(4210)_5"), ("4210_{5}", "4210"),
      ("52_8", "52_{eight}"), ("1A_{16}", "1a_{16}"), ("100,200,300", "100, 200, 300"),
      ("(-\\infty,3)", "x<3"), ("[0,1]", "0 \\le x \\leq 1"), ("x \\geq 2", "[2,\\infty)"),
      ("(2,3]", "3 \\ge y > 2"), ("x < 3", "3 > x"),
      ("101, 202", "101,202"), ("apples and oranges", "\\text{apples and oranges}"),
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
      ("even", "odd"), ("A", "a"), ("12", "1 2"), ("\\sqrt[3]{2}", "\\sqrt{2}"),
      ("\\sqrt[3]{2}", "\\sqrt[4]{2}"), ("\\pm 3", "3"), ("1 \\pm \\sqrt{19}", "1+\\sqrt{19}"),
      ("x=1,y=2", "x=2,y=1"), ("4210_{5}", "4210_6"), ("4210_{5}", "555"), ("4210", "4210_5"),
      ("[0,1]", "]0,1["), ("\\infty", "-\\infty"), ("1,234", "234, 1"),
      ("(-\\infty,3)", "x \\le 3"),
      ("x < 3", "y < 3"), ("(0,3)", "x < 3"), ("x < 3", "x > 3"), ("(0,1)", "0 < x > 1"),
      ("12", "\\frac 1 2"),
      ("1/2", "-\\boxed{1/2}"), ("3,5,7", "3, 5 and 8"),
    ])
  func different(gold: String, answer: String) {
    #expect(score(gold, answer) == 0)
  }

  @Test(
    "arithmetic left undone does not score",
    arguments: [
      ("7", "3+4"), ("12", "3 \\cdot 4"), ("12", "3*4"), ("1024", "2^{10}"), ("6", "(2)(3)"),
      ("4", "2+2"), ("2\\pi", "\\pi+\\pi"), ("24", "4!"), ("9", "3^2"), ("1", "8/4/2"),
      ("8", "2^{3/1}"), ("4", "2^{4/2}"), ("3", "1 \\pm 2"),
    ])
  func undone(gold: String, answer: String) {
    #expect(score(gold, answer) == 0)
  }

  @Test(
    "an answer without a box, or with two different ones, scores 0",
    arguments: [
      "42", "<answer>42</answer>", "\\boxed{}", "\\boxed{42", "\\boxed{42} or \\boxed{43}", "",
      "\\boxed 42", "boxed{42}", "\\boxed{{42}", "\\boxed{42} no: \\boxed{43",
      "\\boxed{42}, \\boxed{}",
      "\\boxed{42} so \\boxed", "-\\boxed{42}",
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

  @Test("the parts of a gold answer may stand in a box each")
  func parts() {
    let verify = { (gold: String, answer: String) in
      Verifier.named("boxed")?.verify(gold: gold, answer: answer).outcome
    }
    #expect(verify("3,5,7", "\\boxed{3}, \\boxed{5}, \\boxed{7}") == .score(1))
    #expect(verify("1,-2", "x=\\boxed{1} or x=\\boxed{-2}") == .score(1))
    #expect(verify("3,5", "$\\boxed{3}$ and $\\boxed{5}$; so $\\boxed{3, 5}$") == .score(1))
    #expect(verify("1,-2", "x=\\boxed{1} or x=\\boxed{2}") == .score(0))
    #expect(verify("1,-2", "x=\\boxed{1}") == .score(0))
    #expect(verify("(1,-2)", "\\boxed{1}, \\boxed{-2}") == .score(0))
    #expect(verify("5", "\\boxed 5") == .score(1))
    #expect(verify("5", "\\boxed5.") == .score(1))
    #expect(verify("\\boxed 5", "\\boxed{5}") == .score(1))
    #expect(verify("-5", "$x = -\\boxed{5}$") == .score(1))
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
