public import Randomness

/// A number with its 95 % interval, and how that was made.
public struct Estimate: Sendable, Equatable {
  public enum Method: String, Sendable { case wilson, bootstrap }

  public let value: Double
  public let low: Double
  public let high: Double
  public let method: Method

  /// With fewer items, scores that are no plain 0 and 1 get Wilson's interval with an effective number
  /// of trials: a bootstrap over so few is far too narrow.
  public static let fewestForBootstrap = 16

  /// The mean of the items' scores (means over an item's samples); nil without items.
  ///
  /// Scores that are all 0 or 1, as with one sample per item, get the Wilson interval of so many
  /// trials as there are items. Others get a bootstrap over items, since samples of one item are not
  /// independent. Where that would claim too much, because there are few items or all score the same,
  /// Wilson's interval takes its place (`clusteredInterval`).
  ///
  /// - Parameter samples: how many samples there are in all items together; one an item when left
  ///   out.
  public init?(
    itemScores: [Double], samples: Int? = nil, stream: RandomStream, resamples: Int = 10_000
  ) {
    guard let mean = Moments(itemScores).mean else { return nil }
    let isBinary = itemScores.allSatisfy { $0 == 0 || $0 == 1 }
    let isShare = itemScores.allSatisfy { 0 <= $0 && $0 <= 1 }
    let isNarrow =
      itemScores.count < Self.fewestForBootstrap || itemScores.allSatisfy { $0 == itemScores[0] }
    let interval: ClosedRange<Double>
    if isBinary {
      interval = wilsonInterval(successes: itemScores.count { $0 == 1 }, of: itemScores.count)
    } else if isShare && isNarrow {
      interval = clusteredInterval(itemScores, samples: samples ?? itemScores.count)
    } else {
      interval = bootstrapInterval(itemScores, stream: stream, resamples: resamples)
    }
    value = mean
    (low, high) = (interval.lowerBound, interval.upperBound)
    method = isBinary || (isShare && isNarrow) ? .wilson : .bootstrap
  }
}

/// Wilson's interval of a mean of shares from few items with several samples each.
///
/// The variance of the mean is the larger of two: between the items' scores, divided by their number,
/// and that of `samples` independent trials. The interval is Wilson's for as many trials as have this
/// variance, with Student's quantile for items - 1 degrees of freedom in place of the normal one. A
/// single item tells nothing of others: its interval is that of its own samples.
func clusteredInterval(_ itemScores: [Double], samples: Int) -> ClosedRange<Double> {
  let moments = Moments(itemScores)
  guard let mean = moments.mean, 0 < mean, mean < 1 else {
    return wilsonInterval(successes: itemScores.first == 1 ? 1 : 0, of: 1)
  }
  let trials = Double(max(samples, itemScores.count))
  guard let error = moments.standardError else {
    return wilsonInterval(share: mean, trials: trials)
  }
  let variance = max(error * error, mean * (1 - mean) / trials)
  let quantile = StudentT.critical(confidence: 0.95, degrees: Double(itemScores.count - 1))
  return wilsonInterval(share: mean, trials: mean * (1 - mean) / variance, z: quantile)
}

/// The normal quantile of 95 %.
private let normalQuantile = 1.959963984540054

/// The Wilson score interval of a proportion; 0...1 without trials.
///
/// `z` is the normal quantile of the confidence, for 95 % when left out.
public func wilsonInterval(
  successes: Int, of trials: Int, z: Double = 1.959963984540054
) -> ClosedRange<Double> {
  precondition(0 <= successes && successes <= trials, "0 ≤ successes ≤ trials")
  guard trials > 0 else { return 0...1 }
  let n = Double(trials)
  return wilsonInterval(share: Double(successes) / n, trials: n, z: z)
}

private func wilsonInterval(
  share p: Double, trials n: Double, z: Double = normalQuantile
) -> ClosedRange<Double> {
  let center = p + z * z / (2 * n)
  let half = z * (p * (1 - p) / n + z * z / (4 * n * n)).squareRoot()
  let scale = 1 + z * z / n
  // At the ends the two terms cancel; rounding must not leave 0...1.
  let low = p == 0 ? 0 : max(0, (center - half) / scale)
  let high = p == 1 ? 1 : min(1, (center + half) / scale)
  return low...high
}

/// The percentile bootstrap interval of a mean, by drawing the values with replacement.
///
/// Resample `i` uses `stream.at(i)`, so the result depends on nothing but the stream's key.
public func bootstrapInterval(
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
public func quantile(sorted values: [Double], _ q: Double) -> Double {
  precondition(!values.isEmpty && 0 <= q && q <= 1, "values, and 0 ≤ q ≤ 1")
  let position = q * Double(values.count - 1)
  let index = min(Int(position), values.count - 1)
  let next = min(index + 1, values.count - 1)
  return values[index] + (values[next] - values[index]) * (position - Double(index))
}
