import Foundation

/// The loss of a reward model on one item's scores.
enum RewardLoss: Equatable {
  /// -log σ(chosen - rejected - margin) + c (chosen + rejected)²: Bradley and Terry's model of
  /// preferences, with the centering of Eisenstein et al. (arXiv 2312.09244, eq. 2), as in TRL.
  case pairwise(centering: Double)
  /// Binary cross-entropy of σ(score) and the label.
  case pointwise

  /// The loss of one item and its derivatives by the item's scores.
  func callAsFunction(
    _ item: RewardItem, _ scores: [Float]
  ) -> (loss: Double, gradient: [Double]) {
    let scores = scores.map { Double($0) }
    switch self {
    case .pairwise(let centering):
      let margin = scores[0] - scores[1] - item.margin
      let sum = scores[0] + scores[1]
      let pull = logistic(-margin)
      return (
        softplus(-margin) + centering * sum * sum,
        [2 * centering * sum - pull, 2 * centering * sum + pull]
      )
    case .pointwise:
      let label = item.label ? 1.0 : 0
      return (softplus(scores[0]) - label * scores[0], [logistic(scores[0]) - label])
    }
  }

  /// The probability that the model gives to the truth about the item: that the chosen reply is the
  /// better one, or its label.
  func probability(_ item: RewardItem, _ scores: [Float]) -> Double {
    switch self {
    case .pairwise: logistic(Double(scores[0]) - Double(scores[1]))
    case .pointwise: logistic(item.label ? Double(scores[0]) : -Double(scores[0]))
    }
  }

  /// Whether the scores predict the truth; a tie does not.
  func isRight(_ item: RewardItem, _ scores: [Float]) -> Bool {
    switch self {
    case .pairwise: scores[0] > scores[1]
    case .pointwise: item.label ? scores[0] > 0 : scores[0] < 0
    }
  }
}

/// log(1 + eˣ), without overflow.
private func softplus(_ x: Double) -> Double { max(x, 0) + log1p(exp(-abs(x))) }

/// 1 / (1 + e⁻ˣ), without overflow.
private func logistic(_ x: Double) -> Double {
  let e = exp(-abs(x))
  return x >= 0 ? 1 / (1 + e) : e / (1 + e)
}
