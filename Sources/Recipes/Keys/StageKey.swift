import Digests
public import Settings

/// Everything that decides a stage's result, and its digest: stages with equal keys have equal
/// outputs.
///
/// The components are kept with the digest, so that a difference can be described in words.
public struct StageKey: Sendable, Hashable {
  /// `{"v":2,"kind","revision","params","seed","numerics","inputs"}`, `policy` where a divergence
  /// is not the end of the stage, `methods` where the stage computes something differently from the
  /// revision, and `conversations` where these are now read differently.
  ///
  /// `params` holds the fields that affect results, with defaults, except those that are null or at
  /// their `asBefore` value; a file stands in it as `{"digest":...}`. `inputs` maps each port to a list of `{"stage":KEY,"port","weight"}` or
  /// `{"source":{...},"weight"}`, with `from_step` and `until_step` where they are set. Seeds are decimal text, since JSON readers round beyond 2^53.
  public let components: ConfigValue

  /// Whole numbers become integers, as they are when the JSON is read back.
  public init(components: ConfigValue) { self.components = components.withWholeNumbers }

  /// The components as canonical JSON: what is hashed and stored.
  public var json: String { components.canonicalJSON }

  /// SHA-256 of `json`, in hexadecimal.
  public var digest: String { SHA256.hex(Array(json.utf8)) }

  /// What of the machine and the recipe decides the result's bits, as resolved.
  public var numerics: [String: String] {
    guard case .map(let parts) = components, case .map(let numerics)? = parts["numerics"] else {
      return [:]
    }
    return numerics.compactMapValues { if case .string(let value) = $0 { value } else { nil } }
  }

  /// What the factors of matrix products are held in, as resolved.
  public var precision: String { numerics["precision"] ?? "f32" }

  /// The key whose stored JSON this is.
  public init(json: String) throws {
    components = try ConfigValue(json: json)
  }
}

extension Recipe {
  /// The keys of all stages by their names.
  ///
  /// - Parameters:
  ///   - files: the content digest of each of `contentFiles`, by path; one that is missing counts as
  ///     a file without content, so look for them first.
  ///   - known: keys of stages that have one already: their files may be gone.
  ///   - numerics: what of the machine decides a stage's bits, as resolved: CPU level, library
  ///     version, precision.
  ///   - conversations: by which revision a stage takes conversations, of those that take them otherwise
  ///     than the program once did.
  public func keys(
    catalog: RecipeCatalog, files: [String: String], known: [String: StageKey] = [:],
    numerics: [String: String], conversations: [String: Int] = [:]
  ) -> [String: StageKey] {
    var keys = known
    let sources = StageSources(self, catalog)
    for stage in stages where known[stage.name] == nil {
      guard let kind = catalog.kind(stage.kind) else { continue }
      let inputs = stage.inputs.mapValues { references in
        ConfigValue.list(references.map { input($0, of: kind, keys, catalog, files) })
      }
      var parts: [String: ConfigValue] = [
        "v": .int(2), "kind": .string(kind.name), "revision": .int(kind.revision),
        "params": .map(decisive(stage.values, kind.fields, files)),
        "seed": .string(String(seed(ofStage: stage.name))),
        "numerics": .map(numerics.mapValues(ConfigValue.string)),
        "inputs": .map(inputs),
      ]
      parts["policy"] = stage.policy.decisive
      var methods = kind.methods(stage)
      if kind.samples, hasUnnamedRows(stage, catalog, files) {
        methods["sampling"] = "tokens that the tokenizer has"
      }
      let revised = sources.revisedVerifiers(of: stage).sorted { $0.key < $1.key }
      if !revised.isEmpty {
        methods["judging"] = revised.map { "\($0.key) by revision \($0.value)" }
          .joined(separator: ", ")
      }
      if !methods.isEmpty { parts["methods"] = .map(methods.mapValues(ConfigValue.string)) }
      parts["conversations"] = conversations[stage.name].map { .int($0) }
      keys[stage.name] = StageKey(components: .map(parts))
    }
    return keys
  }

  private func input(
    _ reference: InputReference, of kind: KindDescription, _ keys: [String: StageKey],
    _ catalog: RecipeCatalog, _ files: [String: String]
  ) -> ConfigValue {
    var parts = reference.window.values
    parts["weight"] = .double(reference.weight)
    switch reference.origin {
    case .stage(let name, let output):
      parts["stage"] = .string(keys[name]?.digest ?? "")
      parts["port"] = .string(output)
    case .source(let name):
      parts["source"] =
        source(named: name).map {
          key(of: $0, for: kind, catalog, files)
        } ?? .null
    }
    return .map(parts)
  }

  /// Whether a model of the stage, or the one that it was trained from, has rows in its vocabulary
  /// that no token has.
  private func hasUnnamedRows(
    _ stage: StageSpec, _ catalog: RecipeCatalog, _ files: [String: String]
  ) -> Bool {
    let ports = (catalog.kind(stage.kind)?.inputs ?? []).filter { $0.type == .model }
    return ports.flatMap { stage.inputs[$0.name] ?? [] }.contains { reference in
      switch reference.origin {
      case .source(let name):
        models[name].map { catalog.model.hasUnnamedRows($0.values, files) } ?? false
      case .stage(let name, _):
        stages.first { $0.name == name }.map { hasUnnamedRows($0, catalog, files) } ?? false
      }
    }
  }

  private func source(named name: String) -> SourceSpec? { models[name] ?? datasets[name] }

  /// What decides a source: its type, its values, and its seed unless it is read from a file.
  private func key(
    of source: SourceSpec, for kind: KindDescription, _ catalog: RecipeCatalog,
    _ files: [String: String]
  ) -> ConfigValue {
    let description = catalog.source(source.type)
    var params = decisive(source.values, description.fields, files)
    let reading = description.reading(source.values, kind.looksAtAnswers)
    if !reading.isEmpty { params["reading"] = .map(reading) }
    var parts: [String: ConfigValue] = [
      "type": .string(source.type.rawValue), "params": .map(params),
    ]
    if !source.isReadFromFile { parts["seed"] = .string(String(seed(ofSource: source.name))) }
    return .map(parts)
  }

  private func decisive(
    _ values: [String: ConfigValue], _ fields: [FieldDescription], _ files: [String: String]
  ) -> [String: ConfigValue] {
    var params: [String: ConfigValue] = [:]
    for field in fields where field.affectsOutput {
      let value = values[field.name] ?? field.defaultValue
      if value == field.unkeyedValue { continue }
      params[field.name] = field.type.replacingPaths(in: value) { path, isProgram in
        var parts: [String: ConfigValue] = ["digest": .string(files[path] ?? "")]
        // Programs used to get only texts.
        if isProgram { parts["columns"] = .string("json") }
        return .map(parts)
      }
    }
    return params
  }

  /// Files and folders whose content decides results, each with where the recipe names it: a dotted
  /// path for `RecipeFile.diagnostic`; and whether it is a word of a program's command.
  public func contentFiles(
    catalog: RecipeCatalog
  ) -> [(field: String, path: String, isProgram: Bool)] {
    var files = [(field: String, path: String, isProgram: Bool)]()
    func collect(_ owner: String, _ values: [String: ConfigValue], _ fields: [FieldDescription]) {
      for field in fields where field.affectsOutput {
        let value = values[field.name] ?? field.defaultValue
        _ = field.type.replacingPaths(in: value) { path, isProgram in
          files.append(("\(owner).\(field.name)", path, isProgram))
          return .string(path)
        }
      }
    }
    for (section, sources) in [("models", models), ("datasets", datasets)] {
      for source in sources.values.sorted(by: { $0.name < $1.name }) {
        collect("\(section).\(source.name)", source.values, catalog.source(source.type).fields)
      }
    }
    for stage in stages {
      collect("stages.\(stage.name)", stage.values, catalog.kind(stage.kind)?.fields ?? [])
    }
    return files
  }
}

extension SourceSpec {
  /// Whether `path` (of a model) or `file` (of a dataset) is set: nothing about such a source is
  /// random, its content says it all, and its seed is no part of the key.
  public var isReadFromFile: Bool {
    ["path", "file"].contains { name in
      if case .string(let path)? = values[name] { !path.isEmpty } else { false }
    }
  }
}

extension RecipeCatalog {
  public func source(_ type: PortType) -> SourceDescription {
    switch type {
    case .model, .rewardModel: model
    case .dataset: dataset
    }
  }
}

extension FieldType {
  /// The value with every path in it replaced; an empty one names no file.
  ///
  /// - Parameter replacement: is given a path, and whether it is a word of a command.
  func replacingPaths(
    in value: ConfigValue, _ replacement: (String, Bool) -> ConfigValue
  ) -> ConfigValue {
    switch (self, value) {
    case (.path, .string(let path)) where !path.isEmpty: replacement(path, false)
    case (.argument, .string(let word)) where CommandWord.isPath(word): replacement(word, true)
    case (.record(let fields, _), .map(let values)):
      .map(
        Dictionary(
          values.map { name, value in
            let type = fields.first { $0.name == name }?.type
            return (name, type?.replacingPaths(in: value, replacement) ?? value)
          }
        ) { $1 })
    case (.record(let fields, let shorthand?), _):
      fields.first { $0.name == shorthand }?.type.replacingPaths(in: value, replacement) ?? value
    case (.optional(let inner), _): inner.replacingPaths(in: value, replacement)
    case (.list(let inner), .list(let values)):
      .list(values.map { inner.replacingPaths(in: $0, replacement) })
    case (.map(let inner), .map(let values)):
      .map(values.mapValues { inner.replacingPaths(in: $0, replacement) })
    default: value
    }
  }
}
