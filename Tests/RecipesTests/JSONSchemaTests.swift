import Recipes
import Settings
import Testing

@Suite struct JSONSchemaTests {
  private func at(_ path: String) -> ConfigValue? {
    path.split(separator: "/").reduce(Fixture.catalog.jsonSchema) { value, name in
      if case .map(let members)? = value { members[String(name)] } else { nil }
    }
  }

  @Test("fields have their type, bounds, default and a description with the unit")
  func fields() {
    #expect(
      at("$defs/stage.sft/properties/learning_rate") == [
        "type": "number", "exclusiveMinimum": .double(0), "maximum": .double(1),
        "default": 2e-5, "description": "Step size.",
      ])
    #expect(
      at("$defs/stage.sft/properties/max_steps") == [
        "anyOf": [
          ["type": "integer", "minimum": .double(1), "maximum": .double(1e9)], ["type": "null"],
        ], "default": .null, "description": "Length; null: by epochs. In updates.",
      ])
    #expect(
      at("$defs/stage.grpo/properties/loss_type") == [
        "enum": ["grpo", "dapo", "dr_grpo"], "default": "dapo",
        "description": "How token losses are averaged.",
      ])
    #expect(
      at("$defs/dataset/properties/fields") == [
        "type": "object", "additionalProperties": ["type": "string"], "default": [:],
        "description": "Where a row's parts are.",
      ])
    #expect(
      at("$defs/stage.sft/properties/logging_steps") == [
        "type": "integer", "minimum": .double(1), "default": 10,
        "description": "How often metrics are stored. In updates.",
      ])
  }

  @Test("ports are references, and required ones are required")
  func ports() {
    #expect(
      at("$defs/stage.sft/properties/data") == [
        "$ref": "#/$defs/references", "description": "Rows to learn from. (dataset)",
      ])
    #expect(at("$defs/stage.sft/required") == ["kind", "model", "data"])
    #expect(
      at("$defs/reference/pattern") == #"^\$[A-Za-z0-9_][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+)?$"#)
  }

  @Test("nothing undeclared is allowed")
  func strict() {
    #expect(at("additionalProperties") == false)
    for kind in Fixture.catalog.kinds {
      #expect(at("$defs/stage.\(kind.name)/additionalProperties") == false)
    }
    #expect(at("$defs/model/additionalProperties") == false)
    #expect(
      at("$defs/stage/properties/kind/enum")
        == .list(Fixture.catalog.kinds.map { .string($0.name) }))
    #expect(at("required") == ["recipe", "stages"])
  }
}
