import Testing
import Trace

@testable import Tasks

@Suite("Languages")
struct LanguageTests {
  @Test(
    "the share of words in a language, by script",
    arguments: [
      (.en, "Wait, let me check this", 1), (.zh, "让我检查一下", 1), (.zh, "Wait, let me check", 0),
      (.en, "So 让我们 we add", 3.0 / 5), (.ja, "これは日本語です", 1), (.zh, "これは日本語です", 0),
      (.ja, "这是中文", 0), (.ko, "이것은 한국어", 1), (.ru, "Проверим это ещё раз", 1),
      (.ar, "هذا صحيح", 1), (.el, "Ας δούμε", 1), (.he, "שלום לכם", 1), (.hi, "यह सही है", 1),
      (.th, "นี่คือ", 1), (.zh, "所以 x + y = 42，\\frac{1}{2} 是答案", 1),
      (.zh, "<think>好的</think>", 1), (.en, "a < b, so 42 wins", 1),
    ] as [(Language, String, Double)])
  func share(language: Language, text: String, share: Double) {
    #expect(language.share(of: text) == share)
  }

  @Test("numbers, formulas, tags and single letters are words of no language")
  func noWords() {
    for text in ["", "3 + 4 = 7", "x = y", "\\frac{1}{2} \\sqrt{x}", "<think></think>", "α + β"] {
      #expect(Language.en.share(of: text) == nil, "\(text)")
      #expect(Language.likeliest(of: text) == nil, "\(text)")
    }
  }

  @Test("every language has text that is likeliest in it")
  func likeliest() {
    #expect(Language.likeliest(of: "What is 6 times 7?") == .en)
    #expect(Language.likeliest(of: "6乘以7等于多少？") == .zh)
    #expect(Language.likeliest(of: "6かける7はいくつですか") == .ja)
    #expect(Language.words(in: "check 检查") == ["en": 1, "zh": 1])
  }

  private func reward(_ text: String, prompt: String = "", language: String? = nil)
    -> RewardOutcome?
  {
    RewardCatalog.named("language_consistency")?.score(
      RewardSample(
        completion: text, prompt: prompt, fields: language.map { ["language": $0] } ?? [:]))
  }

  @Test("language_consistency reads the thoughts, in the row's language or the prompt's")
  func consistency() {
    let mixed = "<think>let us 计算 again</think><answer>四十二就是答案</answer>"
    #expect(reward(mixed, language: "en") == .score(0.75))
    #expect(reward(mixed, language: "zh") == .score(0.25))
    #expect(reward(mixed, prompt: "6乘以7等于多少？") == .score(0.25))
    #expect(reward(mixed, prompt: "What is it?") == .score(0.75))
    #expect(reward("好的好的", prompt: "What is it?") == .score(0))
    // A second thought, and one that is not closed, count as well.
    #expect(reward("<think>yes it is</think><think>是的</think>", language: "en") == .score(0.75))
    #expect(reward("<think>yes it is 是的", language: "en") == .score(0.75))
  }

  @Test("it abstains where nothing can be told")
  func abstains() {
    #expect(reward("<think></think>42", language: "en")?.name == "abstain")
    #expect(reward("<think>1+1</think>the answer", language: "en")?.name == "abstain")
    #expect(reward("so it is", prompt: "1+1=")?.name == "abstain")
    #expect(
      reward("also", language: "xx") == .abstain("'xx' is no language that can be told"))
  }

  @Test("blocks of scripts are in order and do not overlap")
  func scripts() {
    #expect(Script("a") == .latin && Script("Z") == .latin && Script("é") == .latin)
    #expect(Script("@") == nil && Script("[") == nil && Script("`") == nil && Script("{") == nil)
    #expect(Script("×") == nil && Script("÷") == nil && Script("1") == nil && Script("。") == nil)
    #expect(Script("漢") == .han && Script("ァ") == .kana && Script("한") == .hangul)
    #expect(Script("\u{20000}") == .han && Script("\u{10FFFF}") == nil && Script("\u{B7}") == nil)
  }

  @Test("reflection words are counted whole, in several languages")
  func reflection() {
    func count(_ text: String, _ meaning: String) -> Int {
      zip(Reflection.words, Reflection.counts(text)).first { $0.0.meaning == meaning }?.1 ?? -1
    }
    #expect(Reflection.counts("Wait, WAIT! waiting awaits") == [2, 0, 0, 0, 0, 0, 0, 0, 0, 0])
    #expect(Reflection.counts("").allSatisfy { $0 == 0 })
    #expect(count("等一下，这不对，让我重新检查", "wait") == 1)
    #expect(count("等一下，这不对，让我重新检查", "wrong") == 1)
    #expect(count("等一下，这不对，让我重新检查", "retry") == 1)
    #expect(count("等一下，这不对，让我重新检查", "check") == 1)
    // The longest spelling at a place counts once.
    #expect(count("但是", "but") == 1)
    #expect(count("ABER Warte", "wait") == 1 && count("Überprüfen", "verify") == 1)
    #expect(Set(Reflection.words.map(\.meaning)).count == 10)
  }

  @Test(
    "refusals are known by their first words",
    arguments: [
      "I'm sorry, but I can't help with that.", "<think>hm</think>\nI\u{2019}m sorry.",
      "抱歉，我无法回答。", "Es tut mir leid, das geht nicht.", "Lo siento, no puedo ayudar.",
    ])
  func refusals(text: String) {
    #expect(Refusal.isRefusal(text))
  }

  @Test(
    "answers are no refusals",
    arguments: [
      "", "The answer is 42.", "<think>I'm sorry, I cannot do that</think>42",
      "<think>I'm sorry", "42. " + String(repeating: "x", count: 300) + " I'm sorry",
    ])
  func answers(text: String) {
    #expect(!Refusal.isRefusal(text))
  }
}

@Suite("Multiple choice")
struct ChoiceTests {
  private func outcome(_ answer: String, gold: String = "B") -> RewardOutcome? {
    Verifier.named("choice")?.verify(gold: gold, answer: answer).outcome
  }

  @Test(
    "the letter is found in its marks",
    arguments: [
      "<answer>B</answer>", "<answer> b </answer>", "\\boxed{B}", "\\boxed{\\text{B}}", "Answer: B",
      "so the **Answer**: **B**", "<answer>(B)</answer>", "<answer>B) 42</answer>",
      "Answer: A\nNo. Answer: B.", "The answer is: B", "<answer>B.</answer>", "\\boxed{(B)}",
      "<answer>\\boxed{B}</answer>", "\\boxed{\\boxed{B}}", "<answer>Option B</answer>", "Option B",
      "Answer: Option (B)", "Answer:\nB", "**Answer:**\n\n(B)", "The correct answer is (B).",
      "<answer>B. Vitamin C.</answer>", "<answer>B. Hepatitis A</answer>", "\\boxed B",
      "<answer>The answer is B</answer>", "<answer>\\textbf{B}</answer>",
      "<answer>B: 42 cm</answer>",
      "put it in \\boxed{}: \\boxed{B}",
    ])
  func correct(answer: String) {
    #expect(outcome(answer) == .score(1))
  }

  @Test(
    "everything else scores 0",
    arguments: [
      "", "maybe B", "<answer></answer>", "<answer>A</answer>",
      "<answer>A</answer><answer>B</answer>",
      "<answer>AB</answer>", "<answer>Both</answer>", "<answer>B or A</answer>", "Answer: Beta",
      "<answer>B", "my answer may be B", "<answer>A, B</answer>", "\\boxed{A}\\boxed{B}", "Answer:",
      "<answer>b and more</answer>", "B) or A)", "B. A. C. D.", "<answer>B) or A)</answer>",
      "<answer>B. A. C. D.</answer>", "\\boxed{B) or A)}", "Answer: B) or A)",
      "Answer: B. A. C. D.",
      "Answer: A) 5 B) 6", "<answer>B: A, C</answer>", "<answer>B. or A</answer>", "Options B",
      "<answer>not B</answer>", "Answer: B\nAnswer:", "<answer>B</answer><answer>C",
      "\\boxed{B} no wait \\boxed{C", "<answer>B</answer><answer></answer>",
    ])
  func wrong(answer: String) {
    #expect(outcome(answer) == .score(0))
  }

  @Test("a gold answer that is no letter is not judged")
  func gold() {
    #expect(outcome("Answer: B", gold: "42") == .abstain("the gold answer is not one letter"))
    #expect(outcome("Answer: B", gold: "(B)") == .score(1))
  }

  @Test("strict and lenient grading stand around accuracy")
  func margins() {
    func margins(_ text: String, finished: Bool = true) -> [Double?] {
      let sample = RewardSample(
        completion: text, gold: "42", verifier: "boxed", finished: finished)
      return [
        GradingMargins.strict(sample), AccuracyReward().score(sample).score,
        GradingMargins.lenient(sample),
      ]
    }
    #expect(margins("<think>a</think><answer>\\boxed{42}</answer>") == [1, 1, 1])
    #expect(
      margins("<think>a</think><answer>\\boxed{42}</answer>", finished: false) == [0, 1, 1])
    #expect(margins("\\boxed{42}") == [0, 1, 1])
    #expect(margins("<think>\\boxed{42}</think>so") == [0, 0, 1])
    #expect(margins("it is 42") == [0, 0, 1])
    #expect(margins("it is 41") == [0, 0, 0])
    #expect(GradingMargins.strict(RewardSample(completion: "42")) == nil)
  }
}
