/// An unbiased estimate of the chance that at least one of `k` samples is correct, from `n` samples
/// of which
/// `correct` are: 1 - C(n - c, k) / C(n, k); nil if k > n (there is no such estimate).
///
/// Chen et al., "Evaluating Large Language Models Trained on Code", 2021, in the product form that
/// does not overflow.
func passAtK(n: Int, correct: Int, k: Int) -> Double? {
  precondition(0 <= correct && correct <= n && k > 0, "0 ≤ correct ≤ n and k > 0")
  guard k <= n else { return nil }
  guard n - correct >= k else { return 1 }
  let allWrong = (n - correct + 1..<n + 1).reduce(1.0) { $0 * (1 - Double(k) / Double($1)) }
  return 1 - allWrong
}

/// The score of the answer that most of the first `k` samples give (maj@k); nil if there are fewer
/// samples.
///
/// `answers` are the names of `AnswerClasses`, so that equal answers are equal text; nil, no answer,
/// does not vote, and without votes the score is 0. A tie scores the mean over the answers that tie, which
/// is what breaking ties at random gives in expectation.
func majorityAtK(answers: [String?], scores: [Double], k: Int) -> Double? {
  precondition(answers.count == scores.count && k > 0, "one score per answer and k > 0")
  guard k <= answers.count else { return nil }
  var tally: [String: (votes: Int, score: Double)] = [:]
  for (answer, score) in zip(answers.prefix(k), scores) {
    guard let answer else { continue }
    let old = tally[answer] ?? (0, 0)
    tally[answer] = (old.votes + 1, old.score + score)
  }
  let most = tally.values.map(\.votes).max() ?? 0
  let winners = tally.values.filter { $0.votes == most }
  // Sums of fractions depend on their order, and a dictionary has none.
  let total = winners.map { $0.score / Double($0.votes) }.sorted().reduce(0, +)
  return winners.isEmpty ? 0 : total / Double(winners.count)
}
