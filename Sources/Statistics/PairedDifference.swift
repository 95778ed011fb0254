public import Randomness

/// The mean of paired differences, its interval and the p-value of "there is none".
public struct PairedDifference: Sendable, Equatable {
  /// How interval and p-value were made; the raw values stand in reports.
  public enum Method: String, Sendable {
    /// One seed, every item right or wrong once: McNemar's exact test, the interval by a bootstrap
    /// over items.
    case mcnemar = "mcnemar-exact"
    /// One seed: signs of the items' differences flipped at random, a bootstrap over items.
    case signFlip = "sign-flip"
    /// Seeds, crossed with the same items for each.
    case seedsAndItems = "t-seeds-and-items"
    /// Seeds alone.
    case seeds = "t-seeds"
    /// No item differs: of n items, the share of those that would is below 3 / n (the rule of three).
    case ruleOfThree = "rule-of-three"
  }

  public let mean: Double
  public private(set) var low: Double
  public private(set) var high: Double
  /// Two-sided, before any correction.
  public let pValue: Double
  public let standardError: Double
  public let degrees: Double
  public let method: Method

  /// The difference that a comparison of this size finds in four of five cases, at the 5 % level.
  public var minimumDetectable: Double {
    method == .ruleOfThree ? high : StudentT.detectable(degrees: degrees) * standardError
  }

  /// How many of the units that were drawn, `degrees` + 1 so far, would let a difference as large as the
  /// mean be found in four of five cases; nil for more than `limit`.
  ///
  /// The standard error is taken to fall with the root of their number.
  public func unitsNeeded(upTo limit: Int) -> Int? {
    guard mean != 0, method != .ruleOfThree else { return nil }
    let spread = standardError * (degrees + 1).squareRoot() / abs(mean)
    return (2...max(limit, 2)).first { count in
      StudentT.detectable(degrees: Double(count - 1)) * spread <= Double(count).squareRoot()
    }
  }

  /// With the interval inside the values that a difference can have.
  public func clipped(to range: ClosedRange<Double>) -> PairedDifference {
    var clipped = self
    clipped.low = max(low, range.lowerBound)
    clipped.high = min(high, range.upperBound)
    return clipped
  }

  /// No difference at any of `items` items whose scores are shares.
  public static func none(items: Int) -> PairedDifference {
    precondition(items > 0, "items that do not differ")
    return PairedDifference(noneOf: items)
  }

  private init(noneOf items: Int) {
    (mean, standardError, pValue, degrees) = (0, 0, 1, Double(items - 1))
    high = min(1, 3 / Double(items))
    low = -high
    method = .ruleOfThree
  }

  /// One seed: `differences` of the items, of which there are at least two; nil otherwise.
  ///
  /// - Parameter binary: each item was right or wrong once in either run, so that differences are
  ///   -1, 0 or 1.
  public init?(
    items differences: [Double], binary: Bool, stream: RandomStream, resamples: Int = 10_000
  ) {
    let moments = Moments(differences)
    guard let mean = moments.mean, let error = moments.standardError else { return nil }
    self.mean = mean
    standardError = error
    degrees = Double(differences.count - 1)
    let interval = bootstrapInterval(differences, stream: stream, resamples: resamples)
    (low, high) = (interval.lowerBound, interval.upperBound)
    if binary {
      let (better, worse) = (differences.count { $0 > 0 }, differences.count { $0 < 0 })
      method = .mcnemar
      pValue = signTest(successes: better, of: better + worse)
    } else {
      method = .signFlip
      pValue = signFlipTest(differences, stream: stream.at(Draw.Tested.signs), resamples: resamples)
    }
  }

  /// Several seeds (at least two), one row of item differences each, the same items in every row;
  /// nil for fewer seeds or without items.
  ///
  /// Seeds and items are both drawn from more than there are, and every seed meets every item, so the
  /// variance of the mean is estimated two ways at once (Cameron, Gelbach and Miller, 2011): between
  /// seeds, plus between items, less the part that both count, and no less than either alone. The
  /// interval is Student's with seeds - 1 degrees of freedom: two seeds say little, and it shows.
  public init?(seeds rows: [[Double]], confidence: Double = 0.95) {
    guard let items = rows.first?.count, items > 0, rows.count > 1 else { return nil }
    precondition(rows.allSatisfy { $0.count == items }, "the same items for every seed")
    let perSeed = rows.map { $0.reduce(0, +) / Double(items) }
    let perItem = (0..<items).map { item in
      rows.reduce(0) { $0 + $1[item] } / Double(rows.count)
    }
    let mean = perSeed.reduce(0, +) / Double(rows.count)
    let seeds = Moments(perSeed).standardError ?? 0
    let between = Moments(perItem).standardError ?? 0
    let residuals = zip(rows, perSeed).flatMap { row, seed in
      zip(row, perItem).map { $0 - seed - $1 + mean }
    }
    let free = Double((rows.count - 1) * max(1, items - 1))
    let residual =
      residuals.reduce(0) { $0 + $1 * $1 } / free / Double(rows.count * items)
    let variance = max(
      seeds * seeds + between * between - residual, seeds * seeds, between * between)
    self.init(
      mean: mean, standardError: variance.squareRoot(), degrees: Double(rows.count - 1),
      confidence: confidence, method: items > 1 ? .seedsAndItems : .seeds)
  }

  private init(
    mean: Double, standardError: Double, degrees: Double, confidence: Double, method: Method
  ) {
    self.mean = mean
    self.standardError = standardError
    self.degrees = degrees
    self.method = method
    let half = StudentT.critical(confidence: confidence, degrees: degrees) * standardError
    (low, high) = (mean - half, mean + half)
    pValue =
      standardError > 0
      ? StudentT.twoSided(mean / standardError, degrees: degrees) : mean == 0 ? 1 : 0
  }
}

/// The share of sign patterns, drawn at random, under which the mean is at least as far from 0 as it
/// is; the pattern that was seen counts as one draw, so no p-value is 0.
public func signFlipTest(
  _ differences: [Double], stream: RandomStream, resamples: Int = 10_000
) -> Double {
  let observed = abs(differences.reduce(0, +))
  // Sums of the same terms in another order of signs round differently.
  let slack = 1e-12 * differences.reduce(0) { $0 + abs($1) }
  let asFar = (0..<resamples).count { resample in
    var draws = stream.at(UInt64(resample))
    var (bits, left, sum) = (UInt64(0), 0, 0.0)
    for difference in differences {
      if left == 0 { (bits, left) = (draws.next(), 64) }
      sum += bits & 1 == 0 ? difference : -difference
      (bits, left) = (bits >> 1, left - 1)
    }
    return abs(sum) >= observed - slack
  }
  return Double(asFar + 1) / Double(resamples + 1)
}

/// Holm's correction of the p-values of several tests, in their order (Holm, 1979).
public func holm(_ pValues: [Double]) -> [Double] {
  var corrected = pValues
  var largest = 0.0
  for (rank, index) in pValues.indices.sorted(by: { pValues[$0] < pValues[$1] }).enumerated() {
    largest = max(largest, min(1, pValues[index] * Double(pValues.count - rank)))
    corrected[index] = largest
  }
  return corrected
}
