import Settings

extension RecipeDecoder {
  /// The `compare:` section.
  mutating func compare(
    _ node: ConfigNode, recipe: String, seed: Int, _ drafts: [StageDraft]
  ) -> ComparisonSpec? {
    guard let entries = node.entries else {
      report.error(node.place, "'compare' takes a map, not \(node.words)")
      return nil
    }
    let values = fields(
      entries, [Field.metric, Field.baseline, Field.seeds], { _ in [] },
      of: .init(name: "compare", place: node.place, value: node), where: "'compare'", others: [])
    let places = Dictionary(entries.map { ($0.name, $0.value.place) }) { first, _ in first }
    if places["metric"] == nil {
      report.error(node.place, "'compare' has no 'metric', such as evaluate.pass@1")
    }
    let metric = values["metric"].flatMap(String.init(configValue:))
    let baseline = values["baseline"].flatMap(String.init(configValue:))
    let seeds = values["seeds"].flatMap([Int].init(configValue:)) ?? []
    if let metric { check(metric: metric, drafts, places["metric"] ?? node.place) }
    if let baseline {
      check(baseline: baseline, places["baseline"] ?? node.place, names: variants + [recipe])
    }
    if Set(seeds).count < seeds.count {
      report.error(places["seeds"] ?? node.place, "'seeds' has a seed more than once")
    }
    return ComparisonSpec(
      metric: metric ?? "", baseline: baseline, seeds: seeds.isEmpty ? [seed] : seeds)
  }

  private mutating func check(baseline: String, _ place: Place, names: [String]) {
    guard !names.contains(baseline) else { return }
    let hint = suggestion(for: baseline, among: names)
    report.error(place, "'\(shortened(baseline))' is not a variant of this recipe\(hint)")
  }

  private mutating func check(metric: String, _ drafts: [StageDraft], _ place: Place) {
    let parts = metric.split(separator: ".", maxSplits: 1)
    guard parts.count == 2 else {
      report.error(place, "'metric' takes STAGE.METRIC, such as evaluate.pass@1, not '\(metric)'")
      return
    }
    let stage = String(parts[0])
    let stages = names.filter { $0.meaning.isStage }.map(\.name)
    guard stages.contains(stage) else {
      let hint = suggestion(for: stage, among: stages)
      return report.error(place, "unknown stage '\(shortened(stage))'\(hint)")
    }
    guard let draft = drafts.first(where: { $0.name == stage }) else { return }
    check(metric: String(parts[1]), of: draft, "metric", place)
  }
}
