import Trace

/// A verifier's result for one answer: the verdict, and the answer itself if one was stated.
struct Judgement: Sendable {
  let outcome: RewardOutcome
  let stated: StatedAnswer?

  init(_ outcome: RewardOutcome, stated: StatedAnswer? = nil) {
    self.outcome = outcome
    self.stated = stated
  }

  static func correct(_ isCorrect: Bool, stated: StatedAnswer) -> Judgement {
    Judgement(.score(isCorrect ? 1 : 0), stated: stated)
  }

  /// An answer that cannot be read scores 0: the fault is the answer's.
  static let unreadable = Judgement(.score(0))

  var verdict: Verdict { Verdict(outcome, parsed: stated?.description) }
}
