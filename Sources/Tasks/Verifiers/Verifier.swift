/// A way to compare the text of an answer with a gold answer: `Verifier.named("numeric")`.
///
/// Verifiers always finish: whatever the text, they take time that is linear in it or bounded by a
/// constant, and they read no clock. To add one: a file next to this one and an entry in `all`.
public struct Verifier: Sendable {
  /// As rows and `regimen verify --kind` spell it.
  public let name: String
  /// One sentence for `list` and the documentation.
  public let summary: String
  /// Raised when texts that models write are graded differently: stages whose rows it grades then
  /// have another key.
  public let revision: Int
  private let compare: @Sendable (_ gold: String, _ answer: String) -> Judgement

  init(
    _ name: String, _ summary: String, revision: Int = 1,
    compare: @escaping @Sendable (_ gold: String, _ answer: String) -> Judgement
  ) {
    self.name = name
    self.summary = summary
    self.revision = revision
    self.compare = compare
  }

  /// Judges `answer`, the whole text that a model wrote; abstains when `gold` cannot be parsed.
  public func verify(gold: String, answer: String) -> Verdict { compare(gold, answer).verdict }

  /// The answer that `verify` reads; nil if there is none.
  public func stated(gold: String, answer: String) -> StatedAnswer? {
    compare(gold, answer).stated
  }

  public static let all = [
    Verifier(
      "numeric",
      "The number in <answer>, \\boxed{} or after ####, else the last one, equal as a rational.",
      revision: 2, compare: NumericVerifier.verify),
    Verifier(
      "boxed",
      "The content of \\boxed{}, equal as a number, tuple, set, matrix, choice or LaTeX text.",
      revision: 2, compare: BoxedVerifier.verify),
    Verifier(
      "choice",
      "The letter of a multiple-choice question, in <answer>, \\boxed{} or after Answer:.",
      revision: 2, compare: ChoiceVerifier.verify),
    Verifier(
      "countdown",
      "An expression over + - * / ( ) that uses each number once and gives the target.",
      revision: 2, compare: CountdownVerifier.verify),
    Verifier(
      "mentions", "A given number of different words of a list, as in `2 of pear|plum|fig`.",
      compare: MentionsVerifier.verify),
    Verifier(
      "refusal", "Whether the answer declines, by phrases; the gold is refusal or compliance.",
      revision: 2, compare: RefusalVerifier.verify),
    Verifier(
      "judgment",
      "Which of two replies a judge prefers: the last [[A>B]] or \\boxed{8, 5}; a tie is wrong.",
      revision: 2, compare: JudgmentVerifier.verify),
  ]

  /// The verifier of that name.
  public static func named(_ name: String) -> Verifier? { all.first { $0.name == name } }
}
