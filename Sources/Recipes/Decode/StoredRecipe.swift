public import Settings

/// The resolved recipe as data: a run stores it, so that resuming does not depend on the file.
extension Recipe {
  /// `{"v":1,"recipe","variant","description","seed","precision","log_to","models","datasets","stages","compare"}`, with
  /// every default; stages are a list in their order.
  public var configValue: ConfigValue {
    .map([
      "v": .int(1), "recipe": .string(name), "variant": variant.configValue,
      "description": description.configValue, "seed": .int(seed),
      "precision": precision.configValue, "log_to": logTo.configValue,
      "models": .map(models.mapValues { .map($0.values) }),
      "datasets": .map(datasets.mapValues { .map($0.values) }),
      "stages": .list(stages.map(\.configValue)), "compare": comparison?.configValue ?? .null,
    ])
  }

  /// `configValue` as canonical JSON.
  public var json: String { configValue.canonicalJSON }

  /// The recipe whose stored JSON this is.
  ///
  /// Fields that the catalog has gained since get their defaults.
  /// - Throws: `RecipeError` when the catalog no longer knows a kind, field or value of it.
  public init(json: String, catalog: RecipeCatalog) throws(RecipeError) {
    guard let value = try? ConfigValue(json: json) else {
      throw Self.unreadable("it is not JSON")
    }
    let root = try StoredMap(value, "the recipe")
    guard root["v"] == .int(1) else { throw Self.unreadable("its version is unknown") }
    let models = try root.sources("models", .model, catalog)
    let datasets = try root.sources("datasets", .dataset, catalog)
    var stages = [StageSpec]()
    for value in try root.list("stages") { stages.append(try StageSpec(value, catalog)) }
    var comparison: ComparisonSpec?
    if let compare = root["compare"], compare != .null {
      let map = try StoredMap(compare, "'compare'")
      comparison = ComparisonSpec(
        metric: try map.get("metric"), baseline: try map.get("baseline"),
        seeds: try map.get("seeds"))
    }
    // Recipes stored before there was a choice ran in f32.
    let precision = root["precision"] == nil ? PrecisionChoice.f32 : try root.get("precision")
    self.init(
      name: try root.get("recipe"), variant: try root.get("variant"),
      description: try root.get("description"), seed: try root.get("seed"),
      precision: precision, logTo: try root.get("log_to"),
      models: models, datasets: datasets, stages: stages,
      comparison: comparison)
  }

  static func unreadable(_ reason: String) -> RecipeError {
    RecipeError([
      Diagnostic(
        at: .argument("stored recipe"), "this version cannot read the run's recipe: \(reason)")
    ])
  }
}

extension StageSpec {
  fileprivate var configValue: ConfigValue {
    .map([
      "name": .string(name), "kind": .string(kind), "values": .map(values),
      "inputs": .map(inputs.mapValues { .list($0.map(\.configValue)) }),
      "policy": .map(policy.values), "needs": needs.configValue,
    ])
  }

  fileprivate init(_ value: ConfigValue, _ catalog: RecipeCatalog) throws(RecipeError) {
    let map = try StoredMap(value, "a stage")
    let (name, kindName): (String, String) = (try map.get("name"), try map.get("kind"))
    guard let kind = catalog.kind(kindName) else {
      throw Recipe.unreadable("stage '\(name)' has the unknown kind '\(kindName)'")
    }
    var inputs: [String: [InputReference]] = [:]
    let ports = try StoredMap(map["inputs"] ?? .null, "the inputs of '\(name)'")
    for (port, references) in ports.sorted {
      guard kind.inputs.contains(where: { $0.name == port }), case .list(let list) = references
      else { throw Recipe.unreadable("kind '\(kindName)' has no input '\(port)'") }
      for reference in list {
        inputs[port, default: []].append(try InputReference(reference))
      }
    }
    let values = try StoredMap(map["values"] ?? .null, "stage '\(name)'").values(kind.fields)
    // Recipes stored before there were policies have neither.
    let policy =
      map["policy"] == nil
      ? [:]
      : try StoredMap(map["policy"] ?? .null, "the policy of '\(name)'")
        .values(StagePolicy.fields.map(\.description))
    let needs: [String] = map["needs"] == nil ? [] : try map.get("needs")
    self.init(
      name: name, kind: kindName, values: values, inputs: inputs,
      policy: StagePolicy(values: policy), needs: needs)
  }
}

extension InputReference {
  fileprivate var configValue: ConfigValue {
    var members = window.values
    members["weight"] = .double(weight)
    switch origin {
    case .source(let name): members["source"] = .string(name)
    case .stage(let name, let output):
      members["stage"] = .string(name)
      members["output"] = .string(output)
    }
    return .map(members)
  }

  fileprivate init(_ value: ConfigValue) throws(RecipeError) {
    let map = try StoredMap(value, "a reference")
    let weight: Double = try map.get("weight")
    let from: Int? = try map.get("from_step")
    let window = StepWindow(from: from ?? 1, until: try map.get("until_step"))
    if let source: String = try map.get("source") {
      self.init(origin: .source(source), weight: weight, window: window)
    } else {
      let origin = Origin.stage(try map.get("stage"), output: try map.get("output"))
      self.init(origin: origin, weight: weight, window: window)
    }
  }
}

extension ComparisonSpec {
  fileprivate var configValue: ConfigValue {
    .map([
      "metric": .string(metric), "baseline": baseline.configValue, "seeds": seeds.configValue,
    ])
  }
}

/// A map of a stored recipe, read strictly.
private struct StoredMap {
  let members: [String: ConfigValue]
  let what: String

  init(_ value: ConfigValue, _ what: String) throws(RecipeError) {
    guard case .map(let members) = value else {
      throw Recipe.unreadable("\(what) is not a map")
    }
    (self.members, self.what) = (members, what)
  }

  subscript(_ name: String) -> ConfigValue? { members[name] }

  /// In an order, so that the same mistake is named every time.
  var sorted: [(key: String, value: ConfigValue)] { members.sorted { $0.key < $1.key } }

  func get<Value: FieldValue>(_ name: String) throws(RecipeError) -> Value {
    guard let value = Value(configValue: members[name] ?? .null) else {
      throw Recipe.unreadable("\(what) has no proper '\(name)'")
    }
    return value
  }

  func list(_ name: String) throws(RecipeError) -> [ConfigValue] {
    guard case .list(let values)? = members[name] else {
      throw Recipe.unreadable("\(what) has no list '\(name)'")
    }
    return values
  }

  func sources(
    _ name: String, _ type: PortType, _ catalog: RecipeCatalog
  ) throws(RecipeError) -> [String: SourceSpec] {
    var sources: [String: SourceSpec] = [:]
    for (name, value) in try StoredMap(members[name] ?? .null, "'\(name)'").sorted {
      let map = try StoredMap(value, "\(type.rawValue) '\(name)'")
      let values = try map.values(catalog.source(type).fields)
      sources[name] = SourceSpec(name: name, type: type, values: values)
    }
    return sources
  }

  func values(_ fields: [FieldDescription]) throws(RecipeError) -> [String: ConfigValue] {
    var values = Dictionary(fields.map { ($0.name, $0.defaultValue) }) { $1 }
    for (name, value) in sorted {
      guard let field = fields.first(where: { $0.name == name }),
        let adopted = field.type.adopting(value)
      else { throw Recipe.unreadable("\(what) cannot have '\(name)' = \(value.canonicalJSON)") }
      values[name] = adopted
    }
    return values
  }
}
