import Testing
import Trace

@testable import Tasks

@Suite("The accuracy reward")
struct AccuracyTests {
  private func outcome(
    _ completion: String, prefix: String = "", gold: String? = "42", verifier: String? = "numeric"
  ) -> RewardOutcome? {
    RewardCatalog.named("accuracy")?.score(
      RewardSample(completion: completion, prefix: prefix, gold: gold, verifier: verifier))
  }

  @Test(
    "the answer behind the thoughts counts",
    arguments: [
      "<think>41? no</think><answer>42</answer>", "<think>6*7</think>\n\\boxed{42}", "42",
      "<think><answer>41</answer></think><answer>42</answer>",
      "<think>a</think><think>b</think> 42",
    ])
  func correct(completion: String) {
    #expect(outcome(completion) == .score(1))
  }

  @Test(
    "an answer that only the thoughts hold scores 0",
    arguments: [
      "<think>42</think>", "<think>42", "<think><answer>42</answer></think>",
      "<think>\\boxed{42}</think><answer></answer>", "<think>42</think><think>42",
      "<answer>42</answer></think>", "<think>#### 42</think> done",
    ])
  func thoughtsOnly(completion: String) {
    #expect(outcome(completion) == .score(0))
  }

  @Test("a prompt that opened the thoughts is taken into account")
  func prefix() {
    #expect(outcome("so 42", prefix: "<think>") == .score(0))
    #expect(outcome("6*7</think>42", prefix: "<think>\n") == .score(1))
  }

  @Test("it abstains without a gold answer or a verifier, and errs on an unknown one")
  func withoutGold() {
    #expect(outcome("42", gold: nil) == .abstain("the row has no gold answer"))
    #expect(outcome("42", verifier: nil) == .abstain("the row names no verifier"))
    #expect(outcome("42", verifier: "nope") == .error("there is no verifier 'nope'"))
    #expect(outcome("42", gold: "?") == .abstain("the gold answer is not one number"))
  }

  @Test("each row's own verifier judges it")
  func dispatch() {
    #expect(outcome("<answer>1+2</answer>", gold: "3 from 1 2", verifier: "countdown") == .score(1))
    #expect(outcome("\\boxed{\\frac{84}{2}}", verifier: "boxed") == .score(1))
    #expect(outcome("<answer>40+2</answer>") == .score(0))
  }
}

@Suite("The format reward")
struct FormatTests {
  private func score(_ completion: String, prefix: String = "") -> Double? {
    RewardCatalog.named("format")?.score(RewardSample(completion: completion, prefix: prefix))
      .score
  }

  @Test(
    "one think and one answer, with white space around them",
    arguments: [
      "<think>a</think><answer>b</answer>", "<think>\na\n</think>\n<answer>\nb\n</answer>",
      " \n<think>a</think>\r\n\t<answer>b</answer>\n\n",
      "<think>1 < 2</think> <answer>\u{661}</answer>",
      "<think></thin></think><answer>b</answer>",
    ])
  func wellFormed(text: String) {
    #expect(score(text) == 1)
  }

  @Test(
    "anything else scores 0",
    arguments: [
      "", "42", "<answer>b</answer>", "<think>a</think>", "<think>a</think><answer></answer>",
      "<think></think><answer>b</answer>", "<think> \n</think><answer>b</answer>",
      "<think>a</think><answer>\u{200B}</answer>", "<think>a</think><answer>b",
      "x<think>a</think><answer>b</answer>", "<think>a</think>x<answer>b</answer>",
      "<think>a</think><answer>b</answer>x", "<think>a</think><answer>b</answer><answer>b</answer>",
      "<think>a</think><answer>b</answer>\n<answer>c</answer>",
      "<think>a</think><think>a</think><answer>b</answer>",
      "<think><think>a</think></think><answer>b</answer>",
      "<think>a<answer>b</answer></think>", "<think>a<answer>c</answer></think><answer>b</answer>",
      "<answer>b</answer><think>a</think>", "</think>a<think><answer>b</answer>",
      "<think>a</think><answer><think>b</think></answer>", "<THINK>a</THINK><ANSWER>b</ANSWER>",
      "<think>a</think><answer>b</answer></answer>", "< think>a</think><answer>b</answer>",
      "<think >a</think><answer>b</answer>", "<think>a<answer>b</think></answer>",
      "<think>a</think><answer>b</answer>\u{200B}",
    ])
  func malformed(text: String) {
    #expect(score(text) == 0)
  }

  @Test("a prefix given by the prompt is part of the turn")
  func prefix() {
    #expect(score("a</think><answer>b</answer>", prefix: "<think>") == 1)
    #expect(score("a</think><answer>b</answer>") == 0)
    #expect(score("<think>a</think><answer>b</answer>", prefix: "<think>\n") == 0)
  }
}

@Suite("Every reward and verifier")
struct RewardConformanceTests {
  /// Texts that took other graders down or in; none of them answers 42.
  static let hostile: [String] = [
    "99**98**97", String(repeating: "9", count: 4_000_000),
    String(repeating: "9,", count: 125_000), String(repeating: "1,234", count: 50_000),
    String(repeating: "1{,}23", count: 37_500), String(repeating: "1/", count: 125_000),
    String(repeating: "<answer>", count: 50_000),
    String(repeating: "<answer></answer>", count: 15_000),
    String(repeating: "\\boxed{", count: 50_000), String(repeating: "{", count: 250_000),
    "\\boxed{" + String(repeating: "{", count: 125_000) + String(repeating: "}", count: 125_001),
    "\\boxed{" + String(repeating: "\\frac", count: 1_900) + "}",
    "\\boxed{" + String(repeating: "\\sqrt{", count: 400) + String(repeating: "}", count: 401),
    "\\boxed{" + String(repeating: "(1,", count: 900) + "}",
    "\\boxed{" + String(repeating: "1e200*", count: 60) + "1}",
    "\\boxed{" + String(repeating: "\\text{a}", count: 900) + "}",
    "\\boxed{" + String(repeating: "1,", count: 900) + "1}",
    "\\sqrt" + String(repeating: "{", count: 125_000),
    String(repeating: "\\frac{1}{", count: 25_000),
    String(repeating: "- ", count: 125_000), String(repeating: "5 -", count: 75_000),
    String(repeating: " ", count: 250_000) + "-", String(repeating: "#### ", count: 50_000),
    String(repeating: "<think>", count: 37_500), String(repeating: "a", count: 250_000),
    String(repeating: "\u{FF14}", count: 75_000), String(repeating: "1e", count: 100_000),
    String(repeating: "1 1 ", count: 62_500), String(repeating: "10^{10^{", count: 25_000),
    String(repeating: "(", count: 250_000), "1e999999999999999999", "\\frac{1}{0}", "1/0",
    "\u{0}\u{1}\u{7F}", "e\u{301}\u{1F468}\u{200D}\u{1F469}", "NaN", "Infinity", "-", "\\", "{",
    "}",
    "<answer>", "\\boxed", "####", "$", "<answer>\\boxed{</answer>}",
    String(repeating: "x^", count: 75_000),
    String(repeating: "0.", count: 100_000), "." + String(repeating: "0", count: 250_000) + "1",
    String(repeating: "1.5 \\times ", count: 20_000), String(repeating: "\u{2212}5", count: 50_000),
  ]

  @Test(
    "hostile texts score 0 or are refused, quickly and the same way twice",
    arguments: hostile.indices)
  func hostileTexts(index: Int) {
    let text = Self.hostile[index]
    let clock = ContinuousClock()
    for verifier in Verifier.all {
      let gold =
        [
          "countdown": "42 from 6 7", "choice": "B", "mentions": "2 of zebra|quagga",
          "refusal": "refusal", "judgment": "A>B",
        ][verifier.name] ?? "42"
      var verdict: Verdict?
      let time = clock.measure { verdict = verifier.verify(gold: gold, answer: text) }
      #expect(verdict?.outcome == .score(0), "\(verifier.name) \(text.prefix(30))")
      // They take some ten milliseconds; what grows with the square would take minutes.
      #expect(time < .seconds(5), "\(verifier.name) \(text.prefix(30))")
      #expect(clock.measure { _ = verifier.verify(gold: text, answer: "42") } < .seconds(5))
      #expect(verdict == verifier.verify(gold: gold, answer: text))
    }
    // A token a byte, as a tokenizer that is no help would have it.
    let sample = RewardSample(
      completion: text, prompt: "What is 6 times 7?", gold: "42", verifier: "numeric",
      tokens: text.utf8.map(Int32.init), maxTokens: 1000)
    for name in RewardCatalog.names {
      guard let reward = RewardCatalog.named(name) else { continue }
      var outcome: RewardOutcome?
      #expect(clock.measure { outcome = reward.score(sample) } < .seconds(10), "\(name)")
      #expect(outcome == reward.score(sample), "\(name) \(text.prefix(30))")
      // Shares of tags and of words may be earned; nothing else may.
      let most: Double = ["tag_count": 0.5, "language_consistency": 1][name] ?? 0
      #expect((outcome?.score ?? 0.0) <= most, "\(name) \(text.prefix(30))")
    }
  }

  @Test("names are unique and found")
  func names() {
    #expect(Set(Verifier.all.map(\.name)).count == Verifier.all.count)
    #expect(Verifier.all.allSatisfy { Verifier.named($0.name) != nil && !$0.summary.isEmpty })
    let rewards = RewardCatalog.names
    #expect(Set(rewards).count == rewards.count)
    #expect(rewards.allSatisfy { RewardCatalog.named($0) != nil })
    #expect(RewardCatalog.all.allSatisfy { !$0.summary.isEmpty })
    #expect(RewardCatalog.named("nope") == nil)
    #expect(Verifier.named("nope") == nil)
  }
}
