import Testing
import Trace

@testable import Tasks

@Suite("The numeric verifier")
struct NumericVerifierTests {
  private func score(_ gold: String, _ answer: String) -> Double? {
    Verifier.named("numeric")?.verify(gold: gold, answer: answer).outcome.score
  }

  @Test("spellings of chosen values compare as Python's fractions say")
  func golden() throws {
    for item in try Golden.load().numeric {
      let expected: Double = item.isEqual ? 1 : 0
      #expect(score(item.gold, item.answer) == expected, "\(item.gold) as \(item.answer)")
      let tagged = "<answer>\(item.answer)</answer>"
      #expect(score(item.gold, tagged) == expected, "\(item.gold) as \(tagged)")
      let boxed = "41 or 43? \\boxed{\(item.answer)}, not 44"
      #expect(score(item.gold, boxed) == expected, "\(item.gold) as \(boxed)")
    }
  }

  @Test(
    "the first kind of mark decides, the last number only without marks",
    arguments: [
      ("1 then 2 then 42", 1.0), ("42 then 7", 0), ("<answer>42</answer> 7", 1),
      ("\\boxed{7} <answer>42</answer>", 1), ("#### 7\n\\boxed{42}", 1), ("#### 42\nbecause 7", 1),
      ("####42", 1), ("##### 42\n7", 0), ("<answer>7</answer> \\boxed{42}", 0),
      ("<answer>\\boxed{42}</answer>", 1), ("the answer is 42.", 1), ("**42**.", 1),
      ("#### Step 1\n40+2\n#### 42", 1), ("<answer>42", 1), ("\\boxed{42", 1),
      ("\\boxed {42}", 1), ("put it in \\boxed{}. \\boxed{42}", 1),
      ("in <answer> tags: <answer>42</answer>", 1), ("\\boxed{\\boxed{42}}", 1),
      ("#### 42 ####", 1),
      ("<answer></answer><answer>42</answer>", 1), ("40 in \\boxed means so: \\boxed{42}", 1),
      ("{ \\boxed{42}", 1), ("<answer>\\boxed{42</answer>", 0), ("\\boxed{42} no: \\boxed{43", 0),
      ("\\boxed{42} \\boxed{}", 0), ("\\boxed{42} so \\boxed", 0), ("\\boxed{42} \\boxed{?}", 0),
      ("<answer>42</answer> wait <answer>43", 0), ("<answer>42</answer> <answer></answer>", 0),
      ("<answer>42</answer> <ans", 0), ("#### 42\n#### ", 0), ("#### 42\n####\n", 0),
    ])
  func marks(answer: String, expected: Double) {
    #expect(score("42", answer) == expected)
  }

  @Test(
    "two different answers in the same kind of mark score 0",
    arguments: [
      "<answer>41</answer><answer>42</answer>", "<answer>42</answer><answer>41</answer>",
      "\\boxed{42} and \\boxed{41}", "#### 42\n#### 41", "#### 41 #### 42",
      "<answer>42 or 41</answer>", "<answer>41<answer>42</answer></answer>",
      "<answer>42</answer><answer>unknown</answer>", "\\boxed{41, 42}", "<answer>41-42</answer>",
      "<answer>40 42</answer>", "<answer>42 1</answer>",
    ])
  func contradictions(answer: String) {
    #expect(score("42", answer) == 0)
  }

  @Test("the same answer twice is one answer")
  func repetition() {
    #expect(score("42", "<answer>42</answer> <answer>42.0</answer>") == 1)
    #expect(score("0.5", "\\boxed{\\frac12} = \\boxed{0.5}") == 1)
    #expect(score("42", "<answer>42 (that is, 42)</answer>") == 1)
  }

  @Test(
    "an answer without a number scores 0",
    arguments: [
      "", " ", "no idea", "<answer></answer>", "<answer> </answer>", "<answer>none</answer> 42",
      "\\boxed{}", "####", "forty-two", "x", "\u{0}", "<answer>x1</answer>", "H2O",
    ])
  func absence(answer: String) {
    let verdict = Verifier.named("numeric")?.verify(gold: "42", answer: answer)
    #expect(verdict?.outcome == .score(0))
    #expect(verdict?.parsed == nil)
  }

  @Test(
    "arithmetic left to the reader is no number",
    arguments: [
      ("6", "<answer>2*3</answer>"), ("3", "<answer>3*3</answer>"), ("3", "\\boxed{3^3}"),
      ("97", "<answer>99**98**97</answer>"), ("97", "99**98**97"), ("97", "99^98^97"),
      ("10", "\\boxed{2^{10}}"), ("2", "\\boxed{2\\pi}"), ("53", "\\boxed{\\sqrt{53}}"),
      ("53", "sqrt(53)"), ("2", "2\u{3C0}"), ("5", "\\boxed{3\\sqrt5}"), ("0", "1/0"),
      ("1", "\\frac{1}{0}"), ("16", "0x10"), ("2", "<answer>2 ^ 3</answer>"),
      ("3", "<answer>3x4</answer>"), ("5", "\\boxed{204_5}"),
      ("3", "1.2.3"), ("2", "1/2/2"), ("5", "<answer>(5)(5)</answer>"), ("25", "5\u{B2}"),
      ("2", "\\frac{\\pi}{2}"), ("1", "10^10^10"),
    ])
  func arithmetic(gold: String, answer: String) {
    #expect(score(gold, answer) == 0)
  }

  @Test("an equation states its right side")
  func equations() {
    #expect(score("42", "<answer>x = 42</answer>") == 1)
    #expect(score("42", "<answer>40 + 2 = 42</answer>") == 1)
    #expect(score("40", "<answer>40 + 2 = 42</answer>") == 0)
    #expect(score("42", "<answer>42 = 40 + 2</answer>") == 0)
  }

  @Test(
    "a minus is a sign only where it stands alone",
    arguments: [
      ("it is -5", "-5"), ("10 - -5 or -5", "-5"), ("a\n- -5", "-5"), ("= - 5", "-5"),
      ("(-5)", "-5"),
      ("--5", "5"), ("x: -$5", "-5"), ("-\\$5.50", "-5.5"), ("\u{2212}5", "-5"), ("a\n- 5", "5"),
      ("1) 5", "5"), ("$-5$", "-5"), ("-(\\$5)", "-5"), ("$x = -\\boxed{5}$", "-5"),
      ("- \\boxed{5}", "5"), ("8 - \\boxed{5}", "5"), ("| -5 |", "-5"), ("{-5}", "-5"), ("+5", "5"),
      ("COVID-19", "19"),
    ])
  func signs(text: String, value: String) {
    #expect(Verifier.named("numeric")?.verify(gold: "0", answer: text).parsed == value)
  }

  @Test("signs and brackets around spelled values compare as Python's fractions say")
  func signedGolden() throws {
    for item in try Golden.load().signed {
      let expected: Double = item.isEqual ? 1 : 0
      for text in [
        item.answer, "<answer>\(item.answer)</answer>", "so x = \\boxed{\(item.answer)}.",
      ] {
        #expect(score(item.gold, text) == expected, "\(item.gold) as \(text)")
      }
    }
  }

  @Test(
    "a number that is denied, a factor, an argument or one of several values is not stated",
    arguments: [
      "42 million", "42\\text{ thousand}", "42x", "42 x", "42y^2", "42i", "42!", "(42)!", "log(42)",
      "\\ln 42", "\\log_2 42", "f(42)", "sin(42)", "2(42)", "42(x)", "not 42", "it isn't 42",
      "not equal to 42", "x \\ne 42", "x \\not= 42", "x \u{2260} 42", "41 != 42", "x > 42",
      "x \\le 42", "42 < x", "42 \\neq x", "x=41, y=42", "x = 41 and y = 42", "41, y = 42",
      "\\pm 42", "\u{B1}42", "42\\pi", "42\\theta", "42k", "x + 42", "42 + x", "42/x", "x_{42}",
      "40+2", "44 - 2", "21*2", "1/42", "e^{42}", "a\\sqrt{42}", "42\\sqrt{2}",
    ])
  func notStated(text: String) {
    for text in [text, "<answer>\(text)</answer>", "\\boxed{\(text)}"] {
      #expect(score("42", text) == 0, "\(text)")
    }
    #expect(score("2", text) == 0)
  }

  @Test(
    "words and signs around a number that is stated change nothing",
    arguments: [
      "The answer is 42!", "42 km/h", "42m", "42 miles per hour", "=> 42", "-> 42", "> 42",
      "<b>42</b>",
      "\\Rightarrow 42", "x \\approx 42", "a = 5, b = 6, so the total is 42", "f(6) = 42",
      "x_{1} = 42", "42 - that is it", "42 (forty-two)", "42 a day", "[42]", "(42 cm)", "$42$",
      "\\textbf{42}", "For 3 people, total = 42", "42 <end>", "1) 42", "5 of 7 gives 42",
    ])
  func stated(text: String) {
    #expect(score("42", text) == 1)
  }

  @Test(
    "words such as million and signs such as \u{BD} are a part of the number",
    arguments: [
      ("1000000", "1 million"), ("1000000", "$1 million dollars"), ("1500000", "1.5 million"),
      ("200000", "2 hundred thousand"), ("1000000", "\\boxed{1\\text{ million}}"),
      ("0.5", "\u{BD}"),
      ("3.5", "3\u{BD}"), ("3.5", "3 \u{BD}"), ("-0.25", "-\u{BC}"), ("2000000", "2 millions"),
      ("2", "2 millionaires"), ("-0.5", "(-1)/2"), ("0.5", "1\u{2044}2"),
    ])
  func words(gold: String, text: String) {
    #expect(score(gold, text) == 1)
  }

  @Test(
    "commas separate thousands and nothing else",
    arguments: [
      ("1,234", "1234"), ("1,234,567", "1234567"), ("12,34", "34"), ("1,2345", "2345"),
      ("0,123", "123"), ("1, 234", "234"), ("1,234,5", "5"), ("1234,567", "567"),
      ("1,234.50", "1234.5"), ("3,4", "4"), ("5,", "5"), ("1,000,", "1000"),
    ])
  func commas(text: String, value: String) {
    #expect(Verifier.named("numeric")?.verify(gold: "0", answer: text).parsed == value)
  }

  @Test(
    "a gold answer that is not one number makes the verifier abstain",
    arguments: [
      "", "unknown", "1 or 2", "99**98**97", "\\sqrt{2}", "3*4", "\u{0664}", "1/0",
      String(repeating: "9", count: 1000), "1e999", "\\boxed{1} \\boxed{2}",
    ])
  func unparseableGold(gold: String) {
    guard case .abstain? = Verifier.named("numeric")?.verify(gold: gold, answer: "42").outcome
    else {
      Issue.record("\(gold) was taken for a number")
      return
    }
  }

  @Test("a gold answer may hold its own mark")
  func markedGold() {
    #expect(score("5+5=10\n#### 10", "10") == 1)
    #expect(score("so \\boxed{1,080}", "1080") == 1)
  }

  @Test("digits of other scripts are not read, and hide no digits beside them")
  func scripts() {
    #expect(score("42", "\u{FF14}\u{FF12}") == 0)
    #expect(score("2", "\u{FF14}2") == 0)
    #expect(score("4", "4\u{FF12}") == 0)
    #expect(score("3", "3\u{BD}") == 0)
    #expect(score("42", "\u{7B54}\u{6848}\u{662F}42\u{3002}") == 1)
  }

  @Test("integers are compared exactly, decimals within one millionth")
  func tolerance() {
    #expect(score("1000000", "1000001") == 0)
    #expect(score("1000000", "1000000.5") == 1)
    #expect(score("1000000.0", "1000001") == 0)
    #expect(score("1/3", "333333/1000000") == 0)
    #expect(score("0", "0.0000001") == 0)
    #expect(score("100", "1e2") == 1)
    #expect(score("1e200", "1e200") == 1)
  }
}
