extension RecipeDecoder {
  /// The `compare:` section.
  mutating func compare(_ node: ConfigNode, recipe: String, seed: Int) -> ComparisonSpec {
    var spec = ComparisonSpec(metric: "", baseline: nil, seeds: [seed])
    guard let entries = node.entries else {
      report.error(node.place, "'compare' takes a map, not \(node.words)")
      return spec
    }
    let known = [Field.metric, Field.baseline, Field.seeds]
    let values = fields(
      entries, known, { _ in [] }, of: .init(name: "compare", place: node.place, value: node),
      where: "'compare'", others: [])
    func place(_ name: String) -> Place {
      entries.first { $0.name == name }?.value.place ?? node.place
    }
    let metric = values["metric"].flatMap(String.init(configValue:))
    if !entries.contains(where: { $0.name == "metric" }) {
      report.error(node.place, "'compare' has no 'metric', such as evaluate.pass@1")
    }
    if let metric { check(metric: metric, place("metric")) }
    let baseline = values["baseline"].flatMap(String.init(configValue:))
    if let baseline, baseline != recipe, !variants.contains(baseline) {
      let hint = suggestion(for: baseline, among: variants + [recipe])
      report.error(
        place("baseline"), "'\(shortened(baseline))' is no variant of this recipe\(hint)")
    }
    let seeds = values["seeds"].flatMap([Int].init(configValue:)) ?? []
    if Set(seeds).count < seeds.count {
      report.error(place("seeds"), "'seeds' has a seed more than once")
    }
    spec = ComparisonSpec(
      metric: metric ?? "", baseline: baseline, seeds: seeds.isEmpty ? [seed] : seeds)
    return spec
  }

  private mutating func check(metric: String, _ place: Place) {
    let parts = metric.split(separator: ".", maxSplits: 1)
    guard parts.count == 2 else {
      report.error(place, "'metric' takes STAGE.METRIC, such as evaluate.pass@1, not '\(metric)'")
      return
    }
    let stage = String(parts[0])
    let stages = names.filter { $0.meaning.isStage }.map(\.name)
    guard !stages.contains(stage) else { return }
    report.error(
      place, "unknown stage '\(shortened(stage))'\(suggestion(for: stage, among: stages))")
  }
}
