import Foundation
import Recipes
import Settings

/// Checks a stage's metrics against its recipe's `warn_if` and `stop_if`.
struct GuardWatch: Sendable {
  private struct Rule {
    let condition: MetricCondition
    let stops: Bool
    var streak = 0
  }

  private var rules: [Rule]
  private var seen: Set<String> = []
  private var isFresh = true

  /// What a step's metrics call for.
  struct Verdict: Equatable {
    var warnings: [String] = []
    /// Why the stage must stop.
    var stop: String?
  }

  /// - Parameter history: the newest values of a metric that a resumed stage recorded before, newest
  ///   first: a streak continues where it was.
  init(_ policy: StagePolicy, history: (_ metric: String, _ count: Int) throws -> [Double?])
    rethrows
  {
    rules =
      policy.warnings.map { Rule(condition: $0, stops: false) }
      + policy.limits.map { Rule(condition: $0, stops: true) }
    for index in rules.indices where rules[index].condition.times > 1 {
      let condition = rules[index].condition
      let values = try history(condition.metric, condition.times)
      rules[index].streak = values.prefix { condition.isMet(by: $0) }.count
    }
  }

  mutating func note(step: Int, _ metrics: [String: Double]) -> Verdict {
    var verdict = Verdict()
    isFresh = false
    for index in rules.indices {
      let condition = rules[index].condition
      guard let value = metrics[condition.metric] else { continue }
      seen.insert(condition.metric)
      guard condition.isMet(by: value) else {
        rules[index].streak = 0
        continue
      }
      rules[index].streak += 1
      let short = String(format: "%.4g", value)
      let text = "\(condition.text): \(condition.metric) of step \(step) is \(short)"
      if rules[index].stops {
        if rules[index].streak >= condition.times { verdict.stop = verdict.stop ?? text }
      } else if rules[index].streak == condition.times {
        // Once, until it is over.
        verdict.warnings.append("warn_if \(text)")
      }
    }
    return verdict
  }

  /// Watched metrics that were never recorded, while others were: most likely misspelt.
  var unseen: [String] {
    isFresh ? [] : Set(rules.map(\.condition.metric)).subtracting(seen).sorted()
  }
}

extension MetricCondition {
  /// Whether a value meets the condition. A value that is not a number always does, since it cannot
  /// be known to be fine.
  func isMet(by value: Double?) -> Bool {
    guard let value, value.isFinite else { return true }
    guard case .number(let limit) = bound else { return false }
    return comparison.holds(value, limit)
  }
}
