import Settings

extension RecipeDecoder {
  /// The `assume:` section.
  mutating func assumptions(_ entry: ConfigNode.Entry?) -> Assumptions {
    var found = Assumptions()
    for section in report.section(entry) {
      switch section.name {
      case "hardware": found.hardware = assumed(section, "'hardware'")
      case "models": found.models = assumed(section) { $0 == .source(.model) }
      case "datasets": found.datasets = assumed(section) { $0 == .source(.dataset) }
      case "stages": found.stages = assumed(section, where: \.isStage)
      default:
        let hint = suggestion(for: section.name, among: Assumptions.sections)
        report.error(section.place, "unknown key '\(shortened(section.name))' in 'assume'\(hint)")
      }
    }
    return found
  }

  /// Entries for names that the recipe has.
  private mutating func assumed<Value: Configuration>(
    _ section: ConfigNode.Entry, where fits: (ReferenceTarget) -> Bool
  ) -> [String: Value] {
    let known = names.filter { fits($0.meaning) }.map(\.name)
    var found: [String: Value] = [:]
    for entry in report.section(section) {
      if !known.contains(entry.name) {
        report.error(
          entry.place,
          "the recipe has no '\(shortened(entry.name))' among its \(section.name)"
            + suggestion(for: entry.name, among: known))
      }
      found[entry.name] = assumed(entry, "an entry of assume.\(section.name)")
    }
    return found
  }

  private mutating func assumed<Value: Configuration>(
    _ entry: ConfigNode.Entry, _ place: String
  ) -> Value? {
    guard let entries = entry.value.entries else {
      report.error(entry.value.place, "'\(entry.name)' is a map, not \(entry.value.words)")
      return nil
    }
    return Value(
      values: fields(
        entries, Value.fields.map(\.description), { Value(values: $0).problems }, of: entry,
        where: place, others: []))
  }
}

extension Assumptions {
  static let sections = ["hardware", "models", "datasets", "stages"]

  /// As a recipe spells it, without what is as the defaults have it.
  var configValue: ConfigValue {
    var sections: [String: ConfigValue] = [:]
    if let hardware { sections["hardware"] = Self.given(hardware) }
    if !models.isEmpty { sections["models"] = .map(models.mapValues(Self.given)) }
    if !datasets.isEmpty { sections["datasets"] = .map(datasets.mapValues(Self.given)) }
    if !stages.isEmpty { sections["stages"] = .map(stages.mapValues(Self.given)) }
    return .map(sections)
  }

  private static func given<Value: Configuration>(_ value: Value) -> ConfigValue {
    let defaults = Value().values
    return .map(value.values.filter { $0.value != defaults[$0.key] })
  }
}
