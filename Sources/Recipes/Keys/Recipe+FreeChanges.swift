public import Settings

extension Recipe {
  /// The differences of an older reading of the recipe in settings that affect no result, a phrase
  /// each:
  /// `stages.rl.stop_if [] -> ["kl > 100"]`. Meant for recipes without `differences`.
  public func freeChanges(from old: Recipe) -> [String] {
    var words: [String] = []
    if logTo != old.logTo {
      words.append(
        "log_to \(old.logTo.configValue.plain) -> \(logTo.configValue.plain)")
    }
    let before = Dictionary(old.stages.map { ($0.name, $0.plainValues) }) { first, _ in first }
    for stage in stages {
      guard let earlier = before[stage.name] else { continue }
      let values = stage.plainValues
      for name in Set(values.keys).union(earlier.keys).sorted() {
        let (was, new) = (earlier[name] ?? .null, values[name] ?? .null)
        guard was != new else { continue }
        words.append("stages.\(stage.name).\(name) \(was.plain) -> \(new.plain)")
      }
    }
    return words
  }
}

extension StageSpec {
  fileprivate var plainValues: [String: ConfigValue] { values.merging(policy.values) { $1 } }
}

extension ConfigValue {
  /// A word without its quotes, everything else as JSON.
  fileprivate var plain: String {
    if case .string(let text) = self { return text.isEmpty ? "none" : text }
    return self == .null ? "none" : canonicalJSON
  }
}

extension Recipe {
  /// The same in another precision.
  public func replacing(precision: PrecisionChoice) -> Recipe {
    Recipe(
      name: name, variant: variant, description: description, seed: seed, precision: precision,
      logTo: logTo, models: models, datasets: datasets, stages: stages, comparison: comparison,
      assumptions: assumptions)
  }

  /// The same with other values of a stage, as an override would set them.
  public func replacing(_ stage: String, _ values: [String: ConfigValue]) -> Recipe {
    Recipe(
      name: name, variant: variant, description: description, seed: seed, precision: precision,
      logTo: logTo, models: models, datasets: datasets,
      stages: stages.map { spec in
        guard spec.name == stage else { return spec }
        return StageSpec(
          name: spec.name, kind: spec.kind, values: spec.values.merging(values) { $1 },
          inputs: spec.inputs, policy: spec.policy, needs: spec.needs)
      }, comparison: comparison, assumptions: assumptions)
  }
}
