import Randomness
import Recipes
import Settings
public import Statistics

/// Variants of a recipe on one metric: each one's score, and its difference from the baseline.
///
/// The unit is the training seed where there are several, crossed with the items of the evaluation;
/// with one seed it is the item, and the comparison says so.
public struct Comparison: Sendable {
  public enum Verdict: String, Sendable {
    case better, worse
    /// A difference in a metric of which more is neither better nor worse.
    case higher, lower
    /// A timing: a cost, on which no result depends.
    case notJudged = "not judged"
    /// Which is not the same as equal.
    case notResolved = "not resolved"
    case notComparable = "not comparable"
  }

  public struct Score: Sendable {
    public let value: Double
    public let low: Double?
    public let high: Double?
    public let method: String
  }

  public struct Line: Sendable {
    public let contestant: Contestant
    /// nil when no run of it has the metric.
    public let score: Score?
    /// From the baseline; nil for the baseline itself, and where nothing can be tested.
    public internal(set) var difference: PairedDifference?
    /// After Holm's correction for the number of variants.
    public internal(set) var pValue: Double?
    public internal(set) var verdict: Verdict?
    /// Seeds that both sides have.
    public internal(set) var sharedSeeds: [Int] = []
    /// Items that all of these runs have, and those that only some have.
    public internal(set) var sharedItems = 0
    public internal(set) var droppedItems = 0
  }

  public let metric: ComparedMetric
  public let baseline: String
  public let lines: [Line]
  /// What a reader has to know about how the sides came about.
  public let notes: [String]
  /// The level of the tests.
  public let alpha: Double

  /// - Parameters:
  ///   - baseline: the place of the variant that the others are compared with.
  ///   - seed: of the bootstraps and of the random signs.
  public init(
    _ contestants: [Contestant], metric: ComparedMetric, baseline: Int, notes: [String] = [],
    alpha: Double = 0.05, seed: UInt64 = 0
  ) {
    precondition(contestants.indices.contains(baseline), "a baseline among the contestants")
    let stream = RandomStream(seed: seed, .comparison)
    let base = contestants[baseline]
    var lines = contestants.enumerated().map { place, contestant in
      var line = Line(
        contestant: contestant,
        score: Self.score(contestant, metric, stream.at(UInt64(place)).at(Draw.Compared.score)))
      if place != baseline {
        line.compare(with: base, stream: stream.at(UInt64(place)).at(Draw.Compared.difference))
        if metric.declared.isShare { line.difference = line.difference?.clipped(to: -1...1) }
        if metric.declared.isTiming, line.verdict == .notResolved { line.verdict = .notJudged }
      }
      return line
    }
    let tested = lines.indices.filter { lines[$0].difference != nil }
    let corrected = holm(tested.compactMap { lines[$0].difference?.pValue })
    for (index, pValue) in zip(tested, corrected) {
      lines[index].judge(pValue, alpha: alpha, metric.declared)
    }
    self.notes = notes
    self.metric = metric
    self.baseline = base.label
    self.lines = lines
    self.alpha = alpha
  }

  private static func score(
    _ contestant: Contestant, _ metric: ComparedMetric, _ stream: RandomStream
  ) -> Score? {
    let scores = contestant.seeds.compactMap { contestant.scores[$0] }
    let values = scores.compactMap(\.value)
    guard let first = scores.first, !values.isEmpty else { return nil }
    if scores.count == 1 {
      guard let estimate = Estimate(itemScores: Array(first.items.values).sorted(), stream: stream)
      else {
        return Score(
          value: values[0], low: first.low, high: first.high,
          method: first.low == nil ? "one-value" : "recorded")
      }
      return Score(
        value: estimate.value, low: estimate.low, high: estimate.high,
        method: estimate.method.rawValue)
    }
    let items = sharedItems(scores)
    let rows = items.isEmpty ? values.map { [$0] } : scores.map { row($0, items) }
    // The same in every item of every seed: seeds and items show no spread, their number still does.
    if let same = rows.first?.first, rows.allSatisfy({ $0.allSatisfy { $0 == same } }),
      let estimate = Estimate(itemScores: items.isEmpty ? values : rows[0], stream: stream),
      metric.declared.isShare
    {
      return Score(
        value: same, low: estimate.low, high: estimate.high, method: estimate.method.rawValue)
    }
    guard let mean = PairedDifference(seeds: rows) else {
      return Score(value: values[0], low: nil, high: nil, method: "one-value")
    }
    let isShare = metric.declared.isShare && values.allSatisfy((0...1).contains)
    let bounds = isShare ? 0...1 : -Double.infinity...Double.infinity
    return Score(
      value: mean.mean, low: max(mean.low, bounds.lowerBound),
      high: min(mean.high, bounds.upperBound), method: mean.method.rawValue)
  }

  /// Items that all of these runs answered, in order.
  static func sharedItems(_ scores: [Contestant.Score]) -> [Int] {
    guard let first = scores.first else { return [] }
    return scores.dropFirst().reduce(into: Set(first.items.keys)) {
      $0.formIntersection($1.items.keys)
    }.sorted()
  }

  static func row(_ score: Contestant.Score, _ items: [Int]) -> [Double] {
    items.compactMap { score.items[$0] }
  }
}

extension Comparison.Line {
  /// Pairs by seed and by item.
  mutating func compare(with base: Contestant, stream: RandomStream) {
    guard contestant.obstacles.isEmpty else {
      verdict = .notComparable
      return
    }
    verdict = .notResolved
    sharedSeeds = contestant.seeds.filter { base.scores[$0] != nil }
    let pairs = sharedSeeds.compactMap { seed in
      contestant.scores[seed].flatMap { own in base.scores[seed].map { (own, $0) } }
    }
    let all = pairs.flatMap { [$0.0, $0.1] }
    let items = Comparison.sharedItems(all)
    sharedItems = items.count
    droppedItems = Set(all.flatMap { $0.items.keys }).count - items.count
    if items.isEmpty {
      let values = pairs.compactMap { own, base in
        own.value.flatMap { value in base.value.map { [value - $0] } }
      }
      difference = PairedDifference(seeds: values)
      return
    }
    let rows = pairs.map { own, base in
      zip(Comparison.row(own, items), Comparison.row(base, items)).map { $0 - $1 }
    }
    if rows.allSatisfy({ $0.allSatisfy { $0 == 0 } }) {
      difference = .none(items: items.count)
      return
    }
    difference =
      rows.count == 1
      ? PairedDifference(
        items: rows[0], binary: all.allSatisfy(\.isBinary), stream: stream)
      : PairedDifference(seeds: rows)
  }

  mutating func judge(_ pValue: Double, alpha: Double, _ metric: MetricDescription) {
    self.pValue = pValue
    if metric.isTiming {
      verdict = .notJudged
      return
    }
    guard let difference, pValue < alpha, difference.low > 0 || difference.high < 0 else { return }
    let isHigher = difference.mean > 0
    verdict =
      switch metric.better {
      case .higher: isHigher ? .better : .worse
      case .lower: isHigher ? .worse : .better
      case .neither: isHigher ? .higher : .lower
      }
  }

  /// Seeds in all that would resolve a difference as large as the one seen, in four of five cases; nil
  /// where more seeds are not what is missing.
  public var seedsNeeded: Int? {
    guard verdict == .notResolved, let difference, sharedSeeds.count > 1 else { return nil }
    return difference.unitsNeeded(upTo: 999).map { max($0, sharedSeeds.count + 1) }
  }
}
