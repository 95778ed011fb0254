import Foundation
import Randomness

/// Count, mean and spread of numbers.
struct Moments: Sendable, Equatable {
  let count: Int
  /// nil without numbers.
  let mean: Double?
  /// The square root of the unbiased variance; nil for fewer than two numbers.
  let standardDeviation: Double?

  init(_ values: some Collection<Double>) {
    count = values.count
    guard count > 0 else {
      mean = nil
      standardDeviation = nil
      return
    }
    let mean = values.reduce(0, +) / Double(count)
    self.mean = mean
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    standardDeviation = count > 1 ? (squares / Double(count - 1)).squareRoot() : nil
  }

  /// The standard error of the mean; nil for fewer than two numbers.
  var standardError: Double? { standardDeviation.map { $0 / Double(count).squareRoot() } }
}

/// The chance that at least one of `k` samples is correct, without bias, from `n` samples of which
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
/// `answers` are parsed and in one form, so that equal answers are equal text; nil, no answer, does
/// not vote, and without votes the score is 0. A tie scores the mean over the answers that tie, which
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

/// A number with its 95 % interval, and how that was made.
struct Estimate: Sendable, Equatable {
  enum Method: String, Sendable { case wilson, bootstrap }

  let value: Double
  let low: Double
  let high: Double
  let method: Method

  /// The mean of the items' scores (means over an item's samples); nil without items.
  ///
  /// Scores that are all 0 or 1, as with one sample per item, get the Wilson interval; others get a
  /// bootstrap over items, since samples of one item are not independent. Items that all score 0,
  /// or all 1, get Wilson's as well: resampling them shows no spread.
  init?(itemScores: [Double], stream: RandomStream, resamples: Int = 10_000) {
    guard let mean = Moments(itemScores).mean else { return nil }
    let isBinary = itemScores.allSatisfy { $0 == 0 || $0 == 1 }
    let interval =
      isBinary
      ? wilsonInterval(successes: itemScores.count { $0 == 1 }, of: itemScores.count)
      : bootstrapInterval(itemScores, stream: stream, resamples: resamples)
    value = mean
    (low, high) = (interval.lowerBound, interval.upperBound)
    method = isBinary ? .wilson : .bootstrap
  }
}

/// The Wilson score interval of a proportion; 0...1 without trials.
///
/// `z` is the normal quantile of the confidence, for 95 % when left out.
func wilsonInterval(
  successes: Int, of trials: Int, z: Double = 1.959963984540054
) -> ClosedRange<Double> {
  precondition(0 <= successes && successes <= trials, "0 ≤ successes ≤ trials")
  guard trials > 0 else { return 0...1 }
  let n = Double(trials)
  let p = Double(successes) / n
  let center = p + z * z / (2 * n)
  let half = z * (p * (1 - p) / n + z * z / (4 * n * n)).squareRoot()
  let scale = 1 + z * z / n
  // At the ends the two terms cancel; rounding must not leave 0...1.
  let low = successes == 0 ? 0 : max(0, (center - half) / scale)
  let high = successes == trials ? 1 : min(1, (center + half) / scale)
  return low...high
}

/// The percentile bootstrap interval of a mean, by drawing the values with replacement.
///
/// Resample `i` uses `stream.at(i)`, so the result depends on nothing but the stream's key.
func bootstrapInterval(
  _ values: [Double], stream: RandomStream, resamples: Int = 10_000, confidence: Double = 0.95
) -> ClosedRange<Double> {
  precondition(!values.isEmpty && resamples > 0, "values and resamples")
  let count = Double(values.count)
  let means = (0..<resamples).map { resample in
    var draws = stream.at(UInt64(resample))
    var sum = 0.0
    for _ in values.indices { sum += values[Int(draws.uniform() * count)] }
    return sum / count
  }.sorted()
  let tail = (1 - confidence) / 2
  return quantile(sorted: means, tail)...quantile(sorted: means, 1 - tail)
}

/// The quantile `q` of values in ascending order, between neighbours by straight lines (numpy's
/// default, type 7 of Hyndman and Fan).
func quantile(sorted values: [Double], _ q: Double) -> Double {
  precondition(!values.isEmpty && 0 <= q && q <= 1, "values, and 0 ≤ q ≤ 1")
  let position = q * Double(values.count - 1)
  let index = min(Int(position), values.count - 1)
  let next = min(index + 1, values.count - 1)
  return values[index] + (values[next] - values[index]) * (position - Double(index))
}
