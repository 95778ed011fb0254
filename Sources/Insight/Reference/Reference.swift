public import JSON
import Neural
import Recipes
import Settings
import Stages
import Tasks
import Workflow

/// Something that a recipe can name.
public struct ReferenceEntry {
  public let name: String
  public let summary: String
  /// The whole of it for a terminal, where there is more than the summary.
  public private(set) var details: String?
  /// The same as a section of docs/recipes.md.
  public private(set) var markdown: String?
  private var fields: [FieldDescription] = []
  private var metrics: [MetricDescription] = []

  init(_ name: String, _ summary: String) {
    self.name = name
    self.summary = summary
  }

  init(_ kind: KindDescription) {
    self.init(kind.name, kind.summary)
    fields = kind.fields
    markdown = FieldTable.markdown(kind)
    var ports = TextTable(["port", "type", "what it is"])
    for port in kind.inputs {
      let notes = (port.required ? [] : ["optional"]) + (port.multiple ? ["one or several"] : [])
      ports.add([
        "in: \(port.name)", ([port.type.rawValue] + notes).joined(separator: ", "), port.summary,
      ])
    }
    for port in kind.outputs { ports.add(["out: \(port.name)", port.type.rawValue, port.summary]) }
    details = ["\(name): \(summary)", ports.render(), Self.table(fields)].joined(separator: "\n\n")
  }

  init(_ name: String, _ summary: String, _ source: SourceDescription) {
    self.init(name, summary)
    fields = source.fields
    details = "\(summary)\n\n\(Self.table(fields))"
    markdown = "### \(name)\n\n\(summary)\n\n\(FieldTable.markdown(fields))\n"
  }

  /// Keys of TRL that are called something else here.
  init(_ elsewhere: NameElsewhere) {
    self.init(elsewhere.names.joined(separator: ", "), elsewhere.advice)
    let names = elsewhere.names.map { "`\($0)`" }.joined(separator: ", ")
    let places = elsewhere.places.joined(separator: ", ")
    markdown = "| \(names) | \(places.isEmpty ? "all" : places) | \(elsewhere.advice) |"
  }

  init(_ setting: SettingElsewhere, of kind: String) {
    self.init("\(kind).\(setting.name)", setting.note)
    let theirs = setting.theirs.map { "`\($0)`" } ?? ""
    markdown = "| `\(kind)` | `\(setting.name)` | \(theirs) | \(setting.note) |"
  }

  init(_ task: any TrainingTask.Type) {
    self.init(task.name, task.summary)
    details = parameterTable(task.parameters)
  }

  init(_ reward: any Reward.Type) {
    self.init(reward.name, reward.summary)
    details = parameterTable(reward.parameters)
  }

  init(metricsOf kind: KindDescription) {
    self.init(kind.name, "\(kind.metrics.count) metrics of stages of kind \(kind.name).")
    metrics = kind.metrics
    details = "\(name):\n\n\(MetricTable.text(kind.metrics))"
    markdown = "### Metrics of \(name)\n\n\(MetricTable.markdown(kind.metrics))\n"
  }

  private func parameterTable(_ fields: [FieldDescription]) -> String {
    guard !fields.isEmpty else { return "\(name): \(summary)" }
    var parameters = TextTable(["parameter", .right("default"), "range", "what it does"])
    for field in fields {
      let range = [field.minimum, field.maximum].compactMap { $0 }
        .map { ConfigValue.double($0).canonicalJSON }.joined(separator: " to ")
      parameters.add([field.name, field.defaultValue.canonicalJSON, range, field.summary])
    }
    return "\(name): \(summary)\n\n\(parameters.render())"
  }

  private static func table(_ fields: [FieldDescription]) -> String {
    var table = TextTable(FieldTable.titles.map { .init($0) })
    for row in FieldTable.rows(fields) { table.add(row.map { $0.filter { $0 != "`" } }) }
    return table.render()
  }

  public var json: JSONValue {
    let fields = fields.map { field in
      JSONValue.object([
        ("name", .string(field.name)), ("default", .verbatim(field.defaultValue.canonicalJSON)),
        ("minimum", .optional(field.minimum)), ("maximum", .optional(field.maximum)),
        ("unit", .optional(field.unit)), ("affects_output", .bool(field.affectsOutput)),
        ("summary", .string(field.summary)),
      ])
    }
    var members: [(String, JSONValue)] = [
      ("name", .string(name)), ("summary", .string(summary)), ("fields", .array(fields)),
    ]
    if !metrics.isEmpty { members.append(("metrics", .array(metrics.map(MetricTable.json)))) }
    return .object(members)
  }
}

/// Everything that a recipe can name; each list comes from the place that uses it.
public enum Reference {
  public enum Topic: String, CaseIterable, Sendable {
    case kinds, stages, models, datasets, rewards, tasks, architectures, metrics
    case trl
    case trlDefaults = "trl-defaults"
  }

  public static func entries(_ topic: Topic) -> [ReferenceEntry] {
    let recipes = builtInStages.recipes
    return switch topic {
    case .kinds: recipes.kinds.map { ReferenceEntry($0) }
    case .stages:
      [
        ReferenceEntry(
          "stages",
          "The keys of every stage, in addition to those of its kind; `needs` names stages.",
          SourceDescription(StagePolicy.self))
      ]
    case .models:
      [ReferenceEntry("models", "An entry of models: a checkpoint, or a new model.", recipes.model)]
    case .datasets:
      [
        ReferenceEntry(
          "datasets",
          "An entry of datasets: rows from a file, or generated by a task.", recipes.dataset)
      ]
    case .rewards: RewardCatalog.all.map { ReferenceEntry($0) }
    case .tasks: TaskCatalog.all.map { ReferenceEntry($0) }
    case .metrics: recipes.kinds.map { ReferenceEntry(metricsOf: $0) }
    case .trl: (namesFromTRL.keys + namesFromTRL.values).map { ReferenceEntry($0) }
    case .trlDefaults: settingsFromTRL.map { ReferenceEntry($0.setting, of: $0.kind) }
    case .architectures:
      ModelConfig.ModelType.allCases.map { ReferenceEntry($0.rawValue, Self.summary($0)) }
    }
  }

  private static func summary(_ type: ModelConfig.ModelType) -> String {
    switch type {
    case .llama: "Llama and models with the same decoder (SmolLM2): no biases."
    case .qwen2: "Qwen2 and Qwen2.5: biases on queries, keys and values."
    case .qwen3: "Qwen3: queries and keys are normalised per head, no biases."
    }
  }
}
