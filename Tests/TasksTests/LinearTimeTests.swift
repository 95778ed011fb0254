import Foundation
import Testing

@testable import Tasks

@Suite("Time of verifiers", .serialized)
struct LinearTimeTests {
  /// Pieces of text that begin what they do not end, or make a reader look far ahead or back.
  static let pieces =
    [
      "a\\sqrt{", "\\sqrt[", "sqrt(", "\\boxed{", "\\boxed 5", "\\fbox", "<answer>",
      "<answer>5</answer>",
      "\\boxed{5}", "\\boxed{5} -", "#### ", "#### 5\n", "####", "[[", "[[A>B", "[[A>B]]",
      "Answer:",
      "answer is ",
      "Answer:\n", "5^{", "(5^{", "(-", "-(", "- ", "+-", "(((5", "\\frac{1}{", "(\\frac{(",
      "\\left(", "\\left",
      "\\right", "|5", "{5", "-{", "5\\text{", "5 million ", "5!", "5 ", "1,234", "1/", "1/(",
      "1 1/",
      "not ",
      "x=5,y=", "5<", ">5", "<5", "x_{", "\\log_", "log(", "\u{BD}", "5\u{B2}", "\u{FF15}", "B) ",
      "A. ", "Option ",
      "(3+8)*", "\\times ", "$", "\\text{and}", "\\pm", "<think>", "</think>", "pear ", "peapea",
      "  ", "\n",
      "e", "0.", "1e9", "2^{1/3}", "4210_{", "{}", "[0,1[", "\\frac{", "\\sqrt{", "\\text{", "x=",
      "1,",
      "**", "1 million ", "at least ", "\u{2212}", "()", "[]", "<>", "((", "[[", "{{", "\\{", "\\(",
      "\\left|",
      "5?", "\u{4E00}", "5\u{4E07}",
    ] + punctuation

  private static let punctuation = (0x21...0x7E).map { Character(Unicode.Scalar(UInt8($0))) }
    .filter { !$0.isLetter && !$0.isNumber }.map(String.init)

  static let golds = [
    "numeric": "42", "boxed": "3,5", "choice": "B", "countdown": "42 from 6 7",
    "mentions": "2 of peapear|pear", "refusal": "refusal", "judgment": "A>B",
  ]

  /// Seconds that this thread computed, the least of several runs: what else the machine does hardly
  /// counts. One run below `enough` will do.
  private static func leastTime(enough: Double = 0, of work: () -> Void) -> Double {
    func now() -> Double {
      var time = timespec()
      clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
      return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
    var least = Double.infinity
    for _ in 0..<3 where least > enough {
      let start = now()
      work()
      least = min(least, now() - start)
    }
    return least
  }

  private static func expectLinear(_ name: String, _ piece: String, _ read: (String) -> Void) {
    func text(_ bytes: Int) -> String {
      String(repeating: piece, count: max(1, bytes / piece.utf8.count))
    }
    let (short, long) = (text(1 << 11), text(1 << 15))
    let times = (leastTime { read(short) }, leastTime { read(long) })
    // 16 times the text; the square of it would take 256 times as long. Very short times say nothing.
    #expect(times.1 < max(times.0 * 80, 0.02), "\(name) \(piece): \(times)")
  }

  @Test("grows with the text and not with its square", arguments: Verifier.all.map(\.name))
  func verifiers(name: String) throws {
    let verifier = try #require(Verifier.named(name))
    let gold = try #require(Self.golds[name])
    for piece in Self.pieces {
      Self.expectLinear(name, piece) { _ = verifier.verify(gold: gold, answer: $0) }
      let inTags = { (text: String) in "<answer>" + text + "</answer>" }
      Self.expectLinear("\(name) in <answer>", piece) {
        _ = verifier.verify(gold: gold, answer: inTags($0))
      }
    }
  }

  @Test("finding marks and taking thoughts away grow with the text, too")
  func marks() {
    for piece in Self.pieces {
      Self.expectLinear("marks", piece) { text in
        let bytes = Array(text.utf8)
        _ = [AnswerMarks.tagged, AnswerMarks.boxed, AnswerMarks.hashed].map { $0(bytes).reading }
        _ = AnswerMarks.unboxed(bytes)
      }
      Self.expectLinear("thoughts", piece) { _ = Thoughts.removed(from: $0) }
      Self.expectLinear("verdicts", piece) { _ = PairVerdict.margin(in: $0) }
    }
  }

  @Test(
    "a million bytes of whatever repeats take less than a tenth of a second",
    arguments: Verifier.all.map(\.name))
  func million(name: String) throws {
    let verifier = try #require(Verifier.named(name))
    let gold = try #require(Self.golds[name])
    for piece in [
      "a\\sqrt{", "\\frac{", "\\sqrt{", "\\boxed{", "\\boxed{5}", "<answer>", "####", "#### 5\n",
      "**", "$",
      "\\text{", "x=", "1,", "-", "\u{BD}", "1 million ", "(", "[", "{", "|", "(5", "{5", "5(",
      "5 ", "1/(",
      "\\", "Answer:",
    ] {
      let text = String(repeating: piece, count: 1_000_000 / piece.utf8.count)
      for text in [text, "<answer>" + text + "</answer>"] {
        let time = Self.leastTime(enough: 0.1) { _ = verifier.verify(gold: gold, answer: text) }
        #expect(time < 0.1, "\(name) \(piece): \(time)")
      }
    }
  }
}
