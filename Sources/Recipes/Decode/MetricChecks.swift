import Settings

/// Names of metrics in a recipe, held against what the stages' kinds declare.
extension RecipeDecoder {
  /// Conditions on metrics that their stages never report.
  mutating func checkConditions(
    of draft: StageDraft, _ entry: ConfigNode.Entry, among drafts: [StageDraft]
  ) {
    for field in ["warn_if", "stop_if", "promote_if"] {
      guard let given = entry.value.entries?.first(where: { $0.name == field }),
        case .list(let nodes) = given.value.content
      else { continue }
      for node in nodes {
        guard case .scalar(let text, _) = node.content,
          let condition = try? MetricCondition(text)
        else { continue }
        check(metric: condition.metric, of: draft, field, node.place)
        guard case .metric(let stage, let name, _) = condition.bound,
          let other = drafts.first(where: { $0.name == stage })
        else { continue }
        check(metric: name, of: other, field, node.place)
      }
    }
  }

  mutating func check(
    metric name: String, of draft: StageDraft, _ field: String, _ place: Place
  ) {
    guard let kind = catalog.kind(draft.kind),
      let problem = kind.problem(metric: name, draft.values)
    else { return }
    report.error(place, "'\(field)': \(problem)")
  }
}
