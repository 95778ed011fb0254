import Testing

@testable import Tasks

@Suite("The final answer of a solution")
struct FinalAnswerTests {
  @Test(
    "is stated in a mark, or by a text that is no more than a short answer",
    arguments: [
      ("so \\boxed{4}. Done.", "4"), ("2 + 2 = 4\n#### 4", "4"),
      ("The answer is $x = 3$.", "x = 3"),
      ("$42$", "42"), ("42", "42"), ("42.", "42."), ("-1/3", "-1/3"),
      ("\\frac{1}{3}", "\\frac{1}{3}"),
      ("x = 3 or x = 5", "x = 3 or x = 5"), ("B", "B"), ("Yes.", "Yes."), ("New York", "New York"),
      ("12 hours and 30 minutes", "12 hours and 30 minutes"), ("(0, \\infty)", "(0, \\infty)"),
      ("\\text{no real solutions}", "\\text{no real solutions}"), ("3.5 m", "3.5 m"),
    ])
  func stated(text: String, answer: String) {
    let found = FinalAnswer(text)
    #expect(found.isStated && found.text == answer)
  }

  @Test(
    "is not stated by prose",
    arguments: [
      "Therefore the claim holds for every prime. Done.", "Proof. Done.", "Proof omitted.",
      "By induction", "We get two", "The answer is 42", "Let $n = 2k$. Then $n^2$ is even.",
      "1. Let x = 3. 2. QED", "Use the first\nand the second", "A long row of words", "Omitted",
      "\u{56E0}\u{6B64}\u{6210}\u{7ACB}\u{3002}", "", "...",
    ])
  func prose(text: String) {
    #expect(!FinalAnswer(text).isStated)
  }
}
