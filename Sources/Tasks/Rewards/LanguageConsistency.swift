public import Settings
public import Trace

/// The share of words of the chain of thought that are in the target language: R1's language
/// consistency reward (Guo et al., Nature 645, Methods), added to the others with weight 1.
///
/// The target is the row's `language`, else the language of the prompt. The chain of thought is what
/// stands before `</think>`, or the whole turn where no such tag is. It abstains from a text without
/// words, and from a language that it does not know.
public struct LanguageConsistencyReward: Reward {
  public static let name = "language_consistency"
  public static let summary =
    "The share of words of the chain of thought in the row's `language`, else in the prompt's."
  public static let parameters: [FieldDescription] = [
    .number(
      "identify", 0...1, default: 0,
      "Above 0, CLD2 also tells English, Russian and Arabic from other languages of the same "
        + "script, and identifies a prompt's language.")
  ]

  private let identify: Bool

  public init(_ parameters: Parameters<Double>) { identify = parameters["identify"] > 0 }

  public init(identify: Bool = false) { self.identify = identify }

  public func score(_ sample: RewardSample) -> RewardOutcome {
    guard let target = target(of: sample) else {
      return .abstain(
        sample.fields["language"].map { "'\($0)' is no language that can be told" }
          ?? "the row has no language, and its prompt no words")
    }
    guard let share = target.share(of: Thoughts.only(of: sample.text), identify: identify) else {
      return .abstain("the chain of thought has no words")
    }
    return .score(share)
  }

  /// The words of a text by the codes of their languages, identified in the same way as for the
  /// score.
  public func words(in text: String, of sample: RewardSample) -> [String: Int] {
    Language.words(in: text, target: target(of: sample), identify: identify)
  }

  private func target(of sample: RewardSample) -> Language? {
    sample.fields["language"].map(Language.init)
      ?? Language.likeliest(of: sample.prompt, identify: identify)
  }
}
