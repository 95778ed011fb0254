import Recipes
import Storage

/// A file or folder that a recipe names, and what it held when the plan was made.
public struct OutsideFile: Sendable, Hashable {
  /// Where the recipe names it: `datasets.problems.file`.
  public let recipeKey: String
  public let path: String
  public let digest: String
  let stamps: [String: FileStamp]

  /// Whether it was changed since.
  var isChanged: Bool {
    get throws { try Store.stamps(outside: path) != stamps }
  }
}

/// Finds and reads the files that the stages of a plan depend on.
struct OutsideFiles {
  let recipe: Recipe
  let catalog: RecipeCatalog

  /// The files of some stages, each once; a missing one is an error that names its recipe key.
  func read(for stages: [StageSpec], store: Store) throws -> [OutsideFile] {
    var missing: [(key: String, path: String)] = []
    var found: [OutsideFile] = []
    for (key, path) in places(of: stages) {
      let stamps = try Store.stamps(outside: path)
      if let digest = try store.digest(outside: path) {
        found.append(OutsideFile(recipeKey: key, path: path, digest: digest, stamps: stamps))
      } else {
        missing.append((key, path))
      }
    }
    guard missing.isEmpty else { throw WorkflowError.missingFiles(missing) }
    return found
  }

  /// Recipe keys and paths, in the order of the stages that need them.
  private func places(of stages: [StageSpec]) -> [(key: String, path: String)] {
    var seen: Set<String> = []
    var places: [(key: String, path: String)] = []
    for stage in stages {
      let kind = catalog.kind(stage.kind)
      for port in kind?.inputs ?? [] {
        for case .source(let name) in (stage.inputs[port.name] ?? []).map(\.origin) {
          places += paths(ofSource: name, port.type)
        }
      }
      places += Self.paths("stages.\(stage.name)", kind?.fields ?? [], stage.values)
    }
    return places.filter { seen.insert($0.key).inserted }
  }

  private func paths(ofSource name: String, _ type: PortType) -> [(key: String, path: String)] {
    switch type {
    case .model:
      Self.paths("models.\(name)", catalog.model.fields, recipe.models[name]?.values ?? [:])
    case .dataset:
      Self.paths("datasets.\(name)", catalog.dataset.fields, recipe.datasets[name]?.values ?? [:])
    }
  }

  private static func paths(
    _ prefix: String, _ fields: [FieldDescription], _ values: [String: ConfigValue]
  ) -> [(key: String, path: String)] {
    fields.flatMap { field in
      paths(in: values[field.name] ?? .null, type: field.type).map {
        ("\(prefix).\(field.name)", $0)
      }
    }
  }

  private static func paths(in value: ConfigValue, type: FieldType) -> [String] {
    switch (type, value) {
    case (.path, .string(let path)): [path]
    case (.optional(let inner), _): paths(in: value, type: inner)
    case (.list(let inner), .list(let values)): values.flatMap { paths(in: $0, type: inner) }
    case (.map(let inner), .map(let values)):
      values.sorted { $0.key < $1.key }.flatMap { paths(in: $0.value, type: inner) }
    default: []
    }
  }
}
