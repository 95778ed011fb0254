public import Settings

extension RecipeCatalog {
  /// The JSON Schema (draft 2020-12) of a recipe file, for editors and other programs.
  public var jsonSchema: ConfigValue {
    .map([
      "$schema": "https://json-schema.org/draft/2020-12/schema",
      "title": "Regimen recipe", "type": "object", "additionalProperties": false,
      "required": ["recipe", "stages"], "properties": .map(topProperties),
      "$defs": .map(definitions),
    ])
  }

  private var topProperties: [String: ConfigValue] {
    typealias Field = RecipeDecoder.Field
    return [
      "recipe": name("The recipe's name; runs are named after it."),
      "description": Field.description.schema, "seed": Field.seed.schema,
      "precision": Field.precision.schema, "log_to": Field.logTo.schema,
      "models": named(["$ref": "#/$defs/model"], "Models that stages start from."),
      "datasets": named(["$ref": "#/$defs/dataset"], "Rows that stages use."),
      "stages": named(["$ref": "#/$defs/stage"], "The stages, each a step of the training."),
      "variants": named(
        ["type": ["object", "null"]],
        "Changes to the recipe: dotted paths such as stages.sft.learning_rate, and their values."),
      "compare": object(
        [
          "metric": Field.metric.schema, "baseline": Field.baseline.schema,
          "seeds": Field.seeds.schema,
        ], required: ["metric"], "How variants are compared."),
      "assume": assumptions,
    ]
  }

  private var assumptions: ConfigValue {
    func entry<Value: Configuration>(_ type: Value.Type, _ words: String) -> ConfigValue {
      object(properties(Value.fields.map(\.description)), required: [], words)
    }
    return object(
      [
        "hardware": entry(AssumedHardware.self, "The machine that a plan estimates."),
        "models": named(entry(AssumedModel.self, "A model's sizes."), "Models that are missing."),
        "datasets": named(
          entry(AssumedDataset.self, "A file's rows."), "Files that are missing."),
        "stages": named(
          entry(AssumedStage.self, "A stage's figures."),
          "The expected results of stages."),
      ], required: [],
      "What plan assumes where models and files are missing; no result depends on "
        + "it.")
  }

  private var definitions: [String: ConfigValue] {
    var definitions: [String: ConfigValue] = [
      "model": object(properties(model.fields), required: [], "A model that stages start from."),
      "dataset": object(properties(dataset.fields), required: [], "Rows that stages use."),
      "reference": reference, "references": references,
      "stage": stage,
    ]
    for kind in kinds { definitions["stage.\(kind.name)"] = schema(of: kind) }
    return definitions
  }

  private var reference: ConfigValue {
    .map([
      "type": "string", "pattern": #"^\$[A-Za-z0-9_][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+)?$"#,
      "description": "$name or $stage.output",
    ])
  }

  private var references: ConfigValue {
    let weight: ConfigValue = [
      "type": "number", "exclusiveMinimum": 0, "default": 1,
      "description":
        "The share of a mixture: 0.25 uses a quarter of the rows in each pass, 2 uses each row twice.",
    ]
    let step = { (words: String) -> ConfigValue in
      ["type": "integer", "minimum": 1, "description": .string(words)]
    }
    let weighted = object(
      [
        "from": ["$ref": "#/$defs/reference"], "weight": weight,
        "from_step": step("The first update for which the rows are in the mixture (grpo)."),
        "until_step": step("The last update for which the rows are in the mixture (grpo)."),
      ], required: ["from"], "A reference with a weight.")
    let one = ConfigValue.list([["$ref": "#/$defs/reference"], weighted])
    return .map([
      "anyOf": .list([
        ["$ref": "#/$defs/reference"], weighted,
        .map(["type": "array", "minItems": 1, "items": .map(["anyOf": one])]),
      ])
    ])
  }

  /// A stage's keys depend on its kind.
  private var stage: ConfigValue {
    let rules = kinds.map { kind -> ConfigValue in
      .map([
        "if": .map(["properties": .map(["kind": .map(["const": .string(kind.name)])])]),
        "then": .map(["$ref": .string("#/$defs/stage.\(kind.name)")]),
      ])
    }
    let names = kinds.map { ConfigValue.string($0.name) }
    return .map([
      "type": "object", "required": ["kind"],
      "properties": .map(["kind": .map(["enum": .list(names)])]), "allOf": .list(rules),
    ])
  }

  private func schema(of kind: KindDescription) -> ConfigValue {
    var members = properties(kind.fields + StagePolicy.fields.map(\.description))
    members["needs"] = .map([
      "anyOf": .list([
        ["$ref": "#/$defs/reference"],
        .map(["type": "array", "items": ["$ref": "#/$defs/reference"]]),
      ]),
      "description": "Stages that must be finished, and promoted, before this one.",
    ])
    members["kind"] = .map(["const": .string(kind.name)])
    for port in kind.inputs {
      members[port.name] = .map([
        "$ref": port.multiple ? "#/$defs/references" : "#/$defs/reference",
        "description": .string("\(port.summary) (\(port.type.rawValue))"),
      ])
    }
    let required = ["kind"] + kind.inputs.filter(\.required).map(\.name)
    return object(members, required: required, kind.summary)
  }

  private func properties(_ fields: [FieldDescription]) -> [String: ConfigValue] {
    Dictionary(fields.map { ($0.name, $0.schema) }) { $1 }
  }

  private func object(
    _ properties: [String: ConfigValue], required: [String], _ description: String
  ) -> ConfigValue {
    var members: [String: ConfigValue] = [
      "type": "object", "additionalProperties": false, "properties": .map(properties),
      "description": .string(description),
    ]
    if !required.isEmpty { members["required"] = required.configValue }
    return .map(members)
  }

  private func named(_ entry: ConfigValue, _ description: String) -> ConfigValue {
    .map([
      "type": "object", "propertyNames": name("A name: letters, digits, '_' and '-'."),
      "additionalProperties": entry, "description": .string(description),
    ])
  }

  private func name(_ description: String) -> ConfigValue {
    .map([
      "type": "string", "pattern": "^[A-Za-z0-9_][A-Za-z0-9_-]*$",
      "description": .string(description),
    ])
  }
}

extension FieldDescription {
  var schema: ConfigValue {
    var members = schema(of: type)
    members["description"] = .string(unit.map { "\(summary) In \($0)." } ?? summary)
    if defaultValue != .null || type.isOptional { members["default"] = defaultValue }
    return .map(members)
  }

  private func schema(of type: FieldType) -> [String: ConfigValue] {
    switch type {
    case .boolean: return ["type": "boolean"]
    case .string: return ["type": "string"]
    case .path, .argument: return ["type": "string", "minLength": 1]
    case .choice(let words): return ["enum": words.configValue]
    case .integer: return ["type": "integer"].merging(bounds) { $1 }
    case .number: return ["type": "number"].merging(bounds) { $1 }
    case .list(let element): return ["type": "array", "items": .map(schema(of: element))]
    case .map(let value):
      return ["type": "object", "additionalProperties": .map(schema(of: value))]
    case .record(let fields, _):
      let map: [String: ConfigValue] = [
        "type": "object", "additionalProperties": false,
        "properties": .map(Dictionary(fields.map { ($0.name, $0.schema) }) { $1 }),
      ]
      guard let bare = type.bareType else { return map }
      return ["anyOf": .list([.map(schema(of: bare)), .map(map)])]
    case .optional(let inner):
      return ["anyOf": .list([.map(schema(of: inner)), ["type": "null"]])]
    }
  }

  private var bounds: [String: ConfigValue] {
    var members: [String: ConfigValue] = [:]
    if let minimum, minimum.isFinite {
      members[exclusiveMinimum ? "exclusiveMinimum" : "minimum"] = .double(minimum)
    }
    if let maximum, maximum < 0x1p62 { members["maximum"] = .double(maximum) }
    return members
  }
}
