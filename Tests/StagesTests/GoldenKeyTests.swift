import Foundation
import Recipes
import Settings
import TestSupport
import Testing
import Workflow

@testable import Stages

/// The keys of all stages of the shipped recipes, and of one that sets every field, on a machine that is
/// written down: what was trained with an earlier program is used by a later one. Tests/Fixtures/keys.txt
/// changes only with a reason; with REGIMEN_WRITE_KEYS=1 it is written anew.
@Suite("Keys of shipped recipes") struct GoldenKeyTests {
  private static let recipes = [
    "tiny", "r1-tiny", "r1", "grm", "r1-smollm2", "paper/deepseek-r1-zero", "paper/deepseek-r1",
    "paper/r1-distill",
  ]
  private static let everyField = "every_field"

  private static func recipe(_ name: String) throws -> Recipe {
    let folder =
      name == everyField ? Repository.fixture("") : Repository.root.appending(path: "recipes")
    let path = folder.appending(path: "\(name).yaml").path
    return try RecipeFile(
      text: String(contentsOfFile: path, encoding: .utf8), file: path
    ).recipe(overrides: [], catalog: builtInStages.recipes)
  }

  /// "r1-tiny pretrain 3f2a...": the files that a recipe names count by their names.
  private static func lines(_ name: String) throws -> [String] {
    let catalog = builtInStages.recipes
    let recipe = try recipe(name)
    let files = recipe.contentFiles(catalog: catalog).map {
      ($0.path, "digest of \(URL(fileURLWithPath: $0.path).lastPathComponent)")
    }
    let keys = recipe.keys(
      catalog: catalog, files: Dictionary(files) { $1 },
      numerics: ["cpu_level": "avx2", "library_version": "2.6.3", "precision": "f32"])
    return recipe.stages.map { "\(name) \($0.name) \(keys[$0.name]?.digest ?? "none")" }
  }

  @Test("are those that they were")
  func unchanged() throws {
    let fixture = Repository.fixture("keys.txt")
    let found = try (Self.recipes + [Self.everyField]).flatMap(Self.lines)
    if ProcessInfo.processInfo.environment["REGIMEN_WRITE_KEYS"] == "1" {
      try Data((found.joined(separator: "\n") + "\n").utf8).write(to: fixture)
    }
    let expected = try String(contentsOf: fixture, encoding: .utf8).split(separator: "\n")
      .map(String.init)
    #expect(found.count > 80)
    for (new, old) in zip(found, expected) { #expect(new == old) }
    #expect(found.count == expected.count)
  }

  @Test("every field and input of every kind, and every field of models and datasets, is set")
  func everyFieldIsSet() throws {
    let catalog = builtInStages.recipes
    let recipe = try Self.recipe(Self.everyField)
    var missing = Self.unset(catalog.model.fields, in: recipe.models.values.map(\.values), "models")
    missing += Self.unset(
      catalog.dataset.fields, in: recipe.datasets.values.map(\.values), "datasets")
    for kind in catalog.kinds {
      let stages = recipe.stages.filter { $0.kind == kind.name }
      missing += Self.unset(kind.fields, in: stages.map(\.values), kind.name)
      missing += Self.unset(
        StagePolicy.fields.map(\.description), in: stages.map(\.policy.values), kind.name)
      let inputs = Set(stages.flatMap(\.inputs.keys))
      missing += kind.inputs.map(\.name).filter { !inputs.contains($0) }.map {
        "\(kind.name).\($0)"
      }
    }
    #expect(
      missing.isEmpty,
      "set these in Tests/Fixtures/every_field.yaml, to other values than their defaults, and write the keys anew"
    )
  }

  /// The fields that none of the configurations sets to another value than the default.
  private static func unset(
    _ fields: [FieldDescription], in configurations: [[String: ConfigValue]], _ place: String
  ) -> [String] {
    fields.flatMap { field in
      let values = configurations.compactMap { $0[field.name] }
        .filter { $0 != field.defaultValue && $0 != .null }
      if values.isEmpty { return ["\(place).\(field.name)"] }
      return unset(field.type.keys, in: values.flatMap(\.maps), "\(place).\(field.name)")
    }
  }
}

extension FieldType {
  /// The fields of a record, or of the records that it holds.
  fileprivate var keys: [FieldDescription] {
    switch self {
    case .record(let fields, _): fields
    case .list(let inner), .optional(let inner): inner.keys
    default: []
    }
  }
}

extension ConfigValue {
  /// The value as a map, or the maps that it lists.
  fileprivate var maps: [[String: ConfigValue]] {
    switch self {
    case .map(let values): [values]
    case .list(let values): values.flatMap(\.maps)
    default: []
    }
  }
}
