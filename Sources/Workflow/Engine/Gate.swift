import Recipes
import Settings
import Storage

/// Decides by a finished stage's metrics whether stages that depend on it may run.
struct Gate {
  let store: Store
  let run: RunRecord

  /// Why a stage is not promoted; nil if all of its conditions hold.
  func objection(to stage: StageSpec) throws -> String? {
    for condition in stage.policy.gates {
      let value = try last(condition.metric, of: stage.name)
      let (bound, name) = try bound(condition)
      guard let value else { return "\(condition.text): it has no finite \(condition.metric)" }
      guard let bound else { return "\(condition.text): \(name) is not known" }
      if !condition.comparison.holds(value, bound) {
        return "\(condition.text): \(condition.metric) is \(value)"
          + (condition.otherStage == nil ? "" : ", and \(name) \(bound)")
      }
    }
    return nil
  }

  private func bound(_ condition: MetricCondition) throws -> (Double?, String) {
    switch condition.bound {
    case .number(let number): return (number, "\(number)")
    case .metric(let stage, let name, let plus):
      return (try last(name, of: stage).map { $0 + plus }, "the bound")
    }
  }

  private func last(_ metric: String, of stage: String) throws -> Double? {
    let record = try store.stage(stage, of: run)
    return try store.recentMetrics(
      stage: record.originID, name: metric, through: .max, count: 1
    ).first ?? nil
  }
}
