import Foundation
public import Recipes

/// A recipe as JSON that reads back as a recipe with the same stage keys: what a run stores of what
/// it was asked for, so that resuming does not depend on the file.
public enum RecipeArchive {
  public static func encode(_ recipe: Recipe) -> String {
    ConfigValue.map([
      "name": .string(recipe.name),
      "variant": recipe.variant.map(ConfigValue.string) ?? .null,
      "seed": .int(recipe.seed),
      "models": .map(recipe.models.mapValues { .map($0.values) }),
      "datasets": .map(recipe.datasets.mapValues { .map($0.values) }),
      "stages": .list(recipe.stages.map(encode)),
      "compare": recipe.comparison.map(encode) ?? .null,
    ]).canonicalJSON
  }

  public static func decode(_ text: String) throws -> Recipe {
    do {
      let root = Node(value: try ConfigValue(json: Data(text.utf8)))
      return Recipe(
        name: try root["name"].string, variant: try? root["variant"].string,
        seed: try root["seed"].int,
        models: try sources(root["models"], .model), datasets: try sources(root["datasets"], .dataset),
        stages: try root["stages"].list.map(stage),
        comparison: try? comparison(root["compare"]))
    } catch let error as WorkflowError {
      throw error
    } catch { throw WorkflowError.brokenArchive("\(error)") }
  }

  private static func encode(_ stage: StageSpec) -> ConfigValue {
    .map([
      "name": .string(stage.name), "kind": .string(stage.kind), "values": .map(stage.values),
      "inputs": .map(stage.inputs.mapValues { .list($0.map(encode)) }),
    ])
  }

  private static func stage(_ node: Node) throws -> StageSpec {
    StageSpec(
      name: try node["name"].string, kind: try node["kind"].string,
      values: try node["values"].map.mapValues(\.value),
      inputs: try node["inputs"].map.mapValues { try $0.list.map(reference) })
  }

  private static func encode(_ reference: InputReference) -> ConfigValue {
    switch reference.origin {
    case .source(let name): .map(["source": .string(name), "weight": .double(reference.weight)])
    case .stage(let name, let output):
      .map([
        "stage": .string(name), "output": .string(output), "weight": .double(reference.weight),
      ])
    }
  }

  private static func reference(_ node: Node) throws -> InputReference {
    let weight = try node["weight"].double
    if let source = try? node["source"].string {
      return InputReference(origin: .source(source), weight: weight)
    }
    return InputReference(
      origin: .stage(try node["stage"].string, output: try node["output"].string), weight: weight)
  }

  private static func encode(_ comparison: ComparisonSpec) -> ConfigValue {
    .map([
      "metric": .string(comparison.metric), "seeds": .list(comparison.seeds.map(ConfigValue.int)),
      "baseline": comparison.baseline.map(ConfigValue.string) ?? .null,
    ])
  }

  private static func comparison(_ node: Node) throws -> ComparisonSpec {
    ComparisonSpec(
      metric: try node["metric"].string, baseline: try? node["baseline"].string,
      seeds: try node["seeds"].list.map { try $0.int })
  }

  private static func sources(_ node: Node, _ type: PortType) throws -> [String: SourceSpec] {
    Dictionary(
      uniqueKeysWithValues: try node.map.map { name, values in
        (name, SourceSpec(name: name, type: type, values: try values.map.mapValues(\.value)))
      })
  }
}

/// A stored value that says what it should have been.
private struct Node {
  let value: ConfigValue

  subscript(_ key: String) -> Node {
    get throws {
      guard let found = try map[key] else { throw WorkflowError.brokenArchive("no \(key)") }
      return found
    }
  }

  var string: String {
    get throws {
      guard case .string(let text) = value else { throw mismatch("a string") }
      return text
    }
  }

  var int: Int {
    get throws {
      guard case .int(let number) = value else { throw mismatch("an integer") }
      return number
    }
  }

  var double: Double {
    get throws {
      guard let number = Double(configValue: value) else { throw mismatch("a number") }
      return number
    }
  }

  var list: [Node] {
    get throws {
      guard case .list(let values) = value else { throw mismatch("a list") }
      return values.map(Node.init)
    }
  }

  var map: [String: Node] {
    get throws {
      guard case .map(let values) = value else { throw mismatch("a map") }
      return values.mapValues(Node.init)
    }
  }

  private func mismatch(_ expected: String) -> WorkflowError {
    .brokenArchive("\(value.canonicalJSON) is not \(expected)")
  }
}
