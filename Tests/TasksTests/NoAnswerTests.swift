import Testing
import Trace

@testable import Tasks

@Suite("No answer")
struct NoAnswerTests {
  /// Texts that state nothing.
  static let empty = [
    "", " ", " \n\t\r\n", "\u{200B}", "<think>a", "<think>", "<think>a</think>", "a</think> \n",
    "<answer></answer>", "<answer> </answer>", "<answer>**</answer>", "\\boxed{}", "\\boxed{ }",
    "\\boxed{\\text{}}", "<answer>\\boxed{}</answer>", "####", "#### \n", "**", "** **", "****",
    "$$",
    "\\[ \\]", "```", "{}", "()", "- ", ".", "...", "?", "!", "-", "+", "=", "_", "~", "|", "\"",
    "'", ",",
    ":", ";", "#", "%", "&", "*", "/", "<", ">", "@", "[", "]", "^", "`", "\\", "\u{2014}",
    "\u{2026}",
    "\u{3002}",
  ]

  /// Words that announce an answer and give none.
  static let labels = ["Answer:", "**Answer:**", "The final answer is", "Final answer: \\boxed{}"]

  /// Golds of every verifier, among them those that an empty text could meet by what it lacks.
  static let golds: [String: [String]] = [
    "numeric": ["42", "0"], "boxed": ["42", "0", "\\{\\}", "a"], "choice": ["A", "B"],
    "countdown": ["42 from 6 7"], "mentions": ["2 of zebra|quagga", "0 of zebra|quagga"],
    "refusal": ["refusal", "compliance"], "judgment": ["A>B", "B>A"],
  ]

  @Test(
    "scores 0 with every verifier, whatever the gold answer", arguments: Verifier.all.map(\.name))
  func verifiers(name: String) throws {
    let verifier = try #require(Verifier.named(name))
    for gold in try #require(Self.golds[name], "golds of \(name)") {
      for text in Self.empty + Self.labels {
        #expect(
          verifier.verify(gold: gold, answer: text) == Verdict(.score(0)),
          "\(gold) \(text.debugDescription)")
        #expect(verifier.stated(gold: gold, answer: text) == nil)
        let sample = RewardSample(completion: text, gold: gold, verifier: name)
        #expect(AccuracyReward().score(sample) == .score(0))
        #expect(GradingMargins.strict(sample) == 0)
        #expect(GradingMargins.lenient(sample) == 0)
      }
    }
  }

  /// What rewards give to a text without an answer. All are without tokens here, as after a stop token
  /// at once.
  ///
  /// - `format`, `accuracy`: nothing.
  /// - `tag_count`: a quarter for each tag that is there, which it is meant to give.
  /// - `language_consistency`: abstains without a word, and a single letter is none; words of thoughts
  ///   count, with or without an answer, since they are what it judges.
  /// - `length`: 0 in a group of one length, and never above 0 for a wrong answer.
  /// - `cosine`: its least value for a wrong answer, `min_value_wrong`.
  /// - `repetition_penalty`, `soft_overlong_punishment`: penalties; 0 is their best, and no text repeats
  ///   less or is shorter than an empty one.
  static func expected(_ reward: String, _ text: String) -> RewardOutcome {
    switch reward {
    case "tag_count":
      .score(
        Double(["<think>", "</think>", "<answer>", "</answer>"].count { text.contains($0) }) / 4)
    case "language_consistency": .abstain("the chain of thought has no words")
    case "cosine": .score(-1)
    default: .score(0)
    }
  }

  @Test("earns nothing from rewards but what is written down here", arguments: RewardCatalog.names)
  func rewards(name: String) throws {
    let reward = try #require(RewardCatalog.named(name))
    for text in Self.empty {
      let sample = RewardSample(
        completion: text, prompt: "What is 6 times 7?", gold: "42", verifier: "numeric",
        maxTokens: 1000)
      #expect(
        reward.score(sample) == Self.expected(name, text), "\(name) \(text.debugDescription)")
    }
  }
}
