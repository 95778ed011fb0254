import Settings

/// Reads a recipe from its tree, collecting every mistake.
struct RecipeDecoder {
  let catalog: RecipeCatalog
  let paths: PathBase
  let variant: String?
  let variants: [String]
  var report = Report()
  /// What `$name` can mean, in the order of the file.
  private(set) var names: [(name: String, meaning: ReferenceTarget, place: Place)] = []

  init(catalog: RecipeCatalog, paths: PathBase, variant: String?, variants: [String]) {
    self.catalog = catalog
    self.paths = paths
    self.variant = variant
    self.variants = variants
  }

  /// The recipe, or nil after a mistake, which the report holds.
  mutating func recipe(_ root: ConfigNode) -> DecodedRecipe? {
    guard let entries = root.entries else {
      report.error(root.place, "a recipe is a map with the keys recipe and stages")
      return nil
    }
    checkKeys(entries)
    let top = Dictionary(entries.map { ($0.name, $0) }) { first, _ in first }
    let name = recipeName(top["recipe"], root)
    let description: String? = choice(top["description"], Field.description)
    let seed: Int = choice(top["seed"], Field.seed) ?? 0
    let precision: PrecisionChoice = choice(top["precision"], Field.precision) ?? .f32
    let logTo: LogDestination? = choice(top["log_to"], Field.logTo)
    let models = sources(top["models"], .model, catalog.model)
    let datasets = sources(top["datasets"], .dataset, catalog.dataset)
    let drafts = stages(top["stages"], root)
    let stages = order(drafts)
    let comparison = top["compare"].flatMap { compare($0.value, recipe: name, seed: seed, drafts) }
    let assumptions = assumptions(top["assume"])
    guard report.mistakes.isEmpty else { return nil }
    return DecodedRecipe(
      recipe: Recipe(
        name: name, variant: variant, description: description, seed: seed,
        precision: precision, logTo: logTo, models: models, datasets: datasets, stages: stages,
        comparison: comparison, assumptions: assumptions),
      unused: unusedSources(stages))
  }

  private mutating func checkKeys(_ entries: [ConfigNode.Entry]) {
    for entry in entries where !RecipeKey.all.contains(entry.name) {
      let hint = hint(entry.name, in: "recipe", among: RecipeKey.all)
      report.error(entry.place, "unknown key '\(shortened(entry.name))'\(hint)")
    }
  }

  private mutating func recipeName(_ entry: ConfigNode.Entry?, _ root: ConfigNode) -> String {
    guard let entry else {
      report.error(root.place, "the recipe has no name; add 'recipe: NAME'")
      return ""
    }
    guard case .scalar(let name, _) = entry.value.content, !entry.value.isNull else {
      report.error(entry.value.place, "'recipe' takes a name, not \(entry.value.words)")
      return ""
    }
    report.check(name: name, "recipe", entry.value.place)
    return name
  }

  /// The value of a field of the recipe itself; nil when it is absent or wrong.
  private mutating func choice<Value: FieldValue>(
    _ entry: ConfigNode.Entry?, _ field: FieldDescription
  ) -> Value? {
    guard let entry else { return nil }
    return value(entry.value, field).flatMap(Value.init(configValue:))
  }

  mutating func value(_ node: ConfigNode, _ field: FieldDescription) -> ConfigValue? {
    var decoder = FieldDecoder(field, paths: paths, elsewhere: catalog.elsewhere)
    defer { report.add(decoder.report.mistakes) }
    return decoder.value(node)
  }

  /// Takes a name for a model, dataset or stage; a name means one thing in the whole recipe.
  mutating func claim(_ entry: ConfigNode.Entry, _ meaning: ReferenceTarget) {
    report.check(name: entry.name, meaning.words, entry.place)
    if let other = names.first(where: { $0.name == entry.name }) {
      let line = if case .mark(let line, _) = other.place { " on line \(line)" } else { "" }
      report.error(
        entry.place, "'\(entry.name)' already names the \(other.meaning.words)\(line)")
    } else {
      names.append((entry.name, meaning, entry.place))
    }
  }

  private mutating func sources(
    _ entry: ConfigNode.Entry?, _ type: PortType, _ description: SourceDescription
  ) -> [String: SourceSpec] {
    var sources: [String: SourceSpec] = [:]
    for entry in report.section(entry) {
      claim(entry, .source(type))
      guard let entries = entry.value.allEntries else {
        report.error(
          entry.value.place, "\(type.rawValue) '\(entry.name)' is a map, not \(entry.value.words)")
        continue
      }
      let values = fields(
        entries, description.fields, description.problems, of: entry,
        where: "a \(type.rawValue)", kind: type.rawValue, others: [])
      sources[entry.name] = SourceSpec(name: entry.name, type: type, values: values)
    }
    return sources
  }

  /// The values of declared fields with their defaults; unknown keys are mistakes. What spans
  /// fields is checked once each of them is right.
  ///
  /// - Parameter kind: the place as `NamesElsewhere` calls it.
  mutating func fields(
    _ entries: [ConfigNode.Entry], _ fields: [FieldDescription],
    _ problems: ([String: ConfigValue]) -> [ConfigProblem], of owner: ConfigNode.Entry,
    where place: String, kind: String? = nil, others: [String]
  ) -> [String: ConfigValue] {
    let errors = report.mistakes.count
    var values = Dictionary(fields.map { ($0.name, $0.defaultValue) }) { $1 }
    for entry in entries where !others.contains(entry.name) {
      if let field = fields.first(where: { $0.name == entry.name }) {
        if entry.value.content == .removed, !field.type.isOptional { continue }
        values[field.name] = value(entry.value, field)
      } else {
        let hint = hint(entry.name, in: kind, among: others + fields.map(\.name))
        report.error(entry.place, "unknown key '\(shortened(entry.name))' in \(place)\(hint)")
      }
    }
    guard report.mistakes.count == errors else { return values }
    for problem in problems(values) {
      let culprit = ConfigNode(place: owner.place, content: .map(entries)).at(problem.field)
      let names = problem.message.contains(problem.field) ? "" : "'\(problem.field)': "
      report.error(culprit?.place ?? owner.place, names + problem.message)
    }
    return values
  }

  /// What an unknown key is here, if another trainer has it, else the nearest name.
  private func hint(_ key: String, in place: String?, among names: [String]) -> String {
    if let place, let advice = catalog.elsewhere.advice(key: key, in: place) {
      return "; \(advice)"
    }
    return suggestion(for: key, among: names)
  }
}

/// A recipe with the parts that only its file has.
struct DecodedRecipe {
  let recipe: Recipe
  /// Models and datasets that no stage uses.
  let unused: Set<Mistake>
}

/// Fields of the recipe itself.
extension RecipeDecoder {
  enum Field {
    static let seed = FieldDescription(
      name: "seed", type: .integer, defaultValue: .int(0), minimum: 0, maximum: 0x1p53 - 1,
      summary: "Decides every random choice of the recipe.")
    static let precision = FieldDescription(
      name: "precision", type: PrecisionChoice.fieldType,
      defaultValue: PrecisionChoice.f32.configValue,
      summary: "The type of the factors of matrix products; auto: bf16 where the processor "
        + "supports it, else f32.")
    static let logTo = FieldDescription(
      name: "log_to", type: LogDestination?.fieldType,
      summary: "Where metrics also go, besides the database: runs/tensorboard/NAME-ID/STAGE.",
      affectsOutput: false)
    static let description = FieldDescription(
      name: "description", type: .string, defaultValue: .null, summary: "What the recipe is for.",
      affectsOutput: false)
    static let metric = FieldDescription(
      name: "metric", type: .string,
      summary: "The metric to compare, as STAGE.METRIC.", affectsOutput: false
    )
    static let baseline = FieldDescription(
      name: "baseline", type: .optional(.string),
      summary:
        "The variant that others are compared with; the recipe's name means the recipe itself.",
      affectsOutput: false)
    static let seeds = FieldDescription(
      name: "seeds", type: .list(.integer), defaultValue: .list([]), minimum: 0,
      maximum: 0x1p53 - 1,
      summary: "The seeds that every variant runs with; the recipe's own if absent.",
      affectsOutput: false)
  }
}
