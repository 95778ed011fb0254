import Trace

/// `judgment`: which of two replies a judge's text prefers; the gold is `A>B` or `B>A`.
///
/// A tie is wrong, as in DeepSeek-GRM's rule for its rewards (Liu et al., arXiv 2504.02495, eq. 10).
enum JudgmentVerifier {
  static func verify(gold: String, answer: String) -> Judgement {
    guard let expected = PairVerdict.margin(label: gold), expected != 0 else {
      return Judgement(.abstain("the gold answer is neither A>B nor B>A"))
    }
    guard let margin = PairVerdict.margin(in: answer) else { return .unreadable }
    return .correct(
      margin * expected > 0, stated: .text(margin > 0 ? "A>B" : margin < 0 ? "B>A" : "A=B"))
  }
}
