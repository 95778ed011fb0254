/// The share of words of the chain of thought that are in the target language: R1's language
/// consistency reward (Guo et al., Nature 645, Methods), added to the others with weight 1.
///
/// The target is the row's `language`, else the language of the prompt. The chain of thought is what
/// stands before `</think>`, or the whole turn where no such tag is. It abstains from a text without
/// words, and from a language that its script does not tell apart.
public struct LanguageConsistencyReward: Reward {
  public static let name = "language_consistency"
  public static let summary =
    "Share of words of the chain of thought in the row's `language`, else in the prompt's."

  public init(_ parameters: RewardParameters) {}

  public func score(_ sample: RewardSample) -> RewardOutcome {
    let target: Language
    if let name = sample.fields["language"] {
      guard let known = Language(rawValue: name) else {
        return .abstain("'\(name)' is no language that a script tells apart")
      }
      target = known
    } else {
      guard let likeliest = Language.likeliest(of: sample.prompt) else {
        return .abstain("the row has no language, and its prompt no words")
      }
      target = likeliest
    }
    guard let share = target.share(of: Thoughts.only(of: sample.text)) else {
      return .abstain("the chain of thought has no words")
    }
    return .score(share)
  }
}
