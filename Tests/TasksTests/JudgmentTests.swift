import Testing
import Trace

@testable import Tasks

@Suite("Judgments")
struct JudgmentTests {
  @Test(
    "a text's last verdict counts",
    arguments: [
      ("[[A>>B]]", 2), ("So reply A: [[A>B]].", 1), ("[[A=B]]", 0), ("[[B>A]]", -1),
      ("[[B>>A]]", -2), ("At first [[A>B]], but then [[B>A]]", -1), ("Scores: \\boxed{8, 5}", 3),
      ("\\boxed{1,10}", -9), ("\\boxed{ 7 , 7 }", 0), ("\\boxed{0, 1}", -1),
      ("\\boxed{9, 1} and then [[B>A]]", -1), ("[[B>A]] and then \\boxed{9, 1}", 8),
      ("\\boxed{2, 3} then \\boxed{5, 4}", 1), ("[[[A>B]]]", 1), ("[[A>B]]. [[A", 1),
      ("[[A > B]]", 1), ("[[A>>B]] [[A>", 2),
      ("[[ B >> A ]]", -2), ("[[1]] and so [[A>B]]", 1), ("\\boxed{8, and then [[A>B]]", 1),
    ])
  func margins(text: String, margin: Double) {
    #expect(PairVerdict.margin(in: text) == margin)
  }

  @Test(
    "what is no verdict is none",
    arguments: [
      "", "A>B", "[A>B]", "[[a>b]]", "[[A<B]]", "[[A>B", "[[A>B]", "[[C>A]]", "\\boxed{8}",
      "\\boxed{8, 5, 3}", "\\boxed{8,}", "\\boxed{,}", "\\boxed{8 5}", "\\boxed{11, 2}",
      "\\boxed{-1, 2}", "\\boxed{8.5, 2}", "\\boxed{eight, two}",
      "\\boxed{99999999999999999999, 1}",
      "Scores: 8, 5", "\\boxed{\\boxed{8, 5}, 3}",
      // The last verdict cannot be read, and the one before it was taken back.
      "[[A>B]] \\boxed{?, ?}", "[[A>B]][[", "[[A>B]] no, [[B", "[[A>B]] [[A>>", "[[A>B]] [[A ...",
      "[[A>B]] [[]]", "[[A>B]] \\boxed{",
      "\\boxed{8, 5} \\boxed{5,", "\\boxed{8, 5} \\boxed{}", "\\boxed{8, 5} [[A",
    ])
  func none(text: String) {
    #expect(PairVerdict.margin(in: text) == nil)
  }

  @Test(
    "a judgment is right when the better reply has the upper hand",
    arguments: [
      ("A>B", "[[A>B]]", 1, "A>B"), ("A>B", "[[A>>B]]", 1, "A>B"), ("A>B", "[[B>A]]", 0, "B>A"),
      ("B>A", "Scores: \\boxed{4, 6}", 1, "B>A"), ("B>A", "Scores: \\boxed{6, 4}", 0, "A>B"),
      ("B>A", "[[A=B]]", 0, "A=B"), ("A>B", "\\boxed{5, 5}", 0, "A=B"), ("A>B", "A", 0, nil),
    ] as [(String, String, Double, String?)])
  func verdicts(gold: String, answer: String, score: Double, parsed: String?) {
    let verdict = Verifier.named("judgment")?.verify(gold: gold, answer: answer)
    #expect(verdict == Verdict(.score(score), parsed: parsed))
  }

  @Test("a gold that is no preference is not judged", arguments: ["A=B", "A", "", "1"])
  func gold(gold: String) {
    #expect(
      Verifier.named("judgment")?.verify(gold: gold, answer: "[[A>B]]").outcome.name == "abstain")
  }
}
