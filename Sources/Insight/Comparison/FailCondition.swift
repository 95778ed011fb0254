import Recipes
import Settings
import Statistics

/// What `compare --fail-if` asks of the differences: `worse`, or `< -0.01`; either with the metric in
/// front.
public struct FailCondition {
  private enum Test {
    case worse
    case mean(MetricCondition.Comparison, Double)
  }

  let text: String
  private let metric: String
  private let test: Test

  public init?(_ text: String) {
    self.text = text
    if let match = text.wholeMatch(of: /\s*(?:(\S+)\s+)?worse\s*/) {
      (metric, test) = (String(match.1 ?? ""), .worse)
      return
    }
    guard let match = text.wholeMatch(of: /\s*([^<>=\s]*)\s*(<=|>=|<|>)\s*([-+0-9.eE]+)\s*/),
      let comparison = MetricCondition.Comparison(rawValue: String(match.2)),
      let limit = Double(match.3)
    else { return nil }
    (metric, test) = (String(match.1), .mean(comparison, limit))
  }

  /// - Throws: `InsightError` for another metric than the one that is compared, and for `worse` of one
  ///   that has no worse.
  public func check(_ compared: ComparedMetric) throws {
    guard ["", "difference", "mean", compared.name, compared.text].contains(metric) else {
      throw InsightError(
        .usage,
        "--fail-if names \(metric), but \(compared.text) is compared; choose with --metric")
    }
    guard case .worse = test else { return }
    let declared = compared.declared
    if declared.isTiming || declared.better == .neither {
      throw InsightError(
        .usage,
        """
        --fail-if worse: \(compared.text) is never worse, since a higher value is neither better \
        nor worse; check its mean, as in --fail-if '\(compared.name) > 10'
        """)
    }
  }

  /// Why it holds, a sentence for each variant of which it does.
  public func findings(_ comparison: Comparison) -> [String] {
    comparison.lines.compactMap { line in
      let label = line.contestant.label
      switch test {
      case .worse:
        return line.verdict == .worse
          ? "--fail-if \(text): \(label) is worse than \(comparison.baseline)" : nil
      case .mean(let condition, let limit):
        guard let mean = line.difference?.mean, condition.holds(mean, limit) else { return nil }
        return """
          --fail-if \(text): the mean difference of \(label) is \(Quantity.number(mean)), whatever \
          its verdict (\(line.verdict?.rawValue ?? "none")); --fail-if worse checks the verdict
          """
      }
    }
  }

  /// Variants of which it could say nothing.
  public func unjudged(_ comparison: Comparison) -> [String] {
    comparison.lines.filter {
      $0.contestant.label != comparison.baseline && $0.difference == nil
    }.map { line in
      "--fail-if \(text): \(line.contestant.label) has no difference to check"
        + (line.verdict == .notComparable ? ": it is not comparable" : "")
    }
  }
}
