/// Sums over the tokens of micro-batches, from which an update's metrics are made.
struct PolicyLossMetrics: Sendable, Equatable {
  private(set) var tokens = 0
  /// Ratios: one a token, or one a completion where it is taken of all of it.
  private(set) var ratios = 0
  private(set) var kl: Double?
  private(set) var lowClipped = 0
  private(set) var highClipped = 0
  private(set) var ratioSum = 0.0
  private(set) var ratioRange: ClosedRange<Double>?
  /// The smallest part of a completion's ratios that was clipped below.
  private(set) var lowClipMin: Double?
  /// The largest part of a completion's ratios that was clipped above.
  private(set) var highClipMax: Double?
  private(set) var cutExponents = 0

  /// TRL's names for an update's metrics, taken over all of it (TRL averages over micro-batches),
  /// and `ratio/mean`, `ratio/min`, `ratio/max`, `exp_clamped` (exponents that were cut).
  ///
  /// `kl` is missing without a reference; minima and maxima are missing without tokens.
  var values: [String: Double] {
    let count = Double(max(ratios, 1))
    var values = [
      "clip_ratio/low_mean": Double(lowClipped) / count,
      "clip_ratio/high_mean": Double(highClipped) / count,
      "clip_ratio/region_mean": Double(lowClipped + highClipped) / count,
      "exp_clamped": Double(cutExponents),
    ]
    values["kl"] = kl.map { $0 / Double(max(tokens, 1)) }
    values["clip_ratio/low_min"] = lowClipMin
    values["clip_ratio/high_max"] = highClipMax
    if let ratioRange {
      values["ratio/mean"] = ratioSum / count
      values["ratio/min"] = ratioRange.lowerBound
      values["ratio/max"] = ratioRange.upperBound
    }
    return values
  }

  mutating func add(_ term: PolicyTerm, countsRatio: Bool = true) {
    tokens += 1
    kl = Self.merge(kl, term.kl, +)
    cutExponents += term.cutExponents
    guard countsRatio else { return }
    ratios += 1
    lowClipped += term.isLowClipped ? 1 : 0
    highClipped += term.isHighClipped ? 1 : 0
    ratioSum += term.ratio
    // A ratio that is not a number shows in the mean; a range cannot hold it.
    if !term.ratio.isNaN { widen(term.ratio...term.ratio) }
  }

  /// Takes what was added so far as one completion.
  mutating func endCompletion() {
    guard ratios > 0 else { return }
    lowClipMin = Double(lowClipped) / Double(ratios)
    highClipMax = Double(highClipped) / Double(ratios)
  }

  mutating func add(_ other: PolicyLossMetrics) {
    tokens += other.tokens
    ratios += other.ratios
    kl = Self.merge(kl, other.kl, +)
    lowClipped += other.lowClipped
    highClipped += other.highClipped
    ratioSum += other.ratioSum
    if let range = other.ratioRange { widen(range) }
    lowClipMin = Self.merge(lowClipMin, other.lowClipMin, min)
    highClipMax = Self.merge(highClipMax, other.highClipMax, max)
    cutExponents += other.cutExponents
  }

  private mutating func widen(_ range: ClosedRange<Double>) {
    let old = ratioRange ?? range
    ratioRange =
      min(old.lowerBound, range.lowerBound)...max(old.upperBound, range.upperBound)
  }

  private static func merge(
    _ a: Double?, _ b: Double?, _ combine: (Double, Double) -> Double
  ) -> Double? {
    guard let a else { return b }
    guard let b else { return a }
    return combine(a, b)
  }
}
