import Recipes
import Storage

/// A file or folder that a recipe names, and its content when the plan was made.
public struct OutsideFile: Sendable, Hashable {
  /// Where the recipe names it: `datasets.problems.file`.
  public let field: String
  public let path: String
  public let digest: String
  /// Whether it is a word of a command, so that the files it may import next to it count as well.
  let isProgram: Bool
  let stamps: [String: FileStamp]

  /// Files next to a program that count with it, relative to its folder.
  public var beside: [String] { isProgram ? Store.beside(stamps) : [] }

  /// Its change since: "stages.rl.reward_funcs (/r/judge.py) was changed"; nil if there is none.
  var change: String? {
    get throws {
      let now = try Store.stamps(outside: path, isProgram: isProgram)
      let changed = Set(now.keys).union(stamps.keys).filter { now[$0] != stamps[$0] }.sorted()
      guard let first = changed.first else { return nil }
      let verb = now[first] == nil ? "removed" : stamps[first] == nil ? "added" : "changed"
      let more = changed.count > 1 ? ", as \(changed.count - 1) more" : ""
      let file = Store.path(first, outside: path)
      return "\(field) (\(path))" + (file == path ? "" : ": \(file)") + " was \(verb)\(more)"
    }
  }
}

/// Finds and reads the files that the stages of a plan depend on.
struct OutsideFiles {
  let recipe: Recipe
  let catalog: RecipeCatalog

  /// The files of some stages, and the keys of those among `optional` that are not there; throws an
  /// error that names the recipe keys of others that are missing.
  func read(
    for stages: [StageSpec], without optional: Set<String>, store: Store
  ) throws -> (files: [OutsideFile], absent: [String]) {
    let owners = owners(of: stages)
    var missing: [WorkflowError.MissingFile] = []
    var found: [OutsideFile] = []
    var absent: [String] = []
    for (field, path, isProgram) in recipe.contentFiles(catalog: catalog) {
      guard owners.contains(field.split(separator: ".").prefix(2).joined(separator: ".")) else {
        continue
      }
      // Stamps first: a change while the file is read shows in the end.
      let stamps = try Store.stamps(outside: path, isProgram: isProgram)
      if let digest = try store.digest(outside: path, isProgram: isProgram) {
        found.append(
          OutsideFile(
            field: field, path: path, digest: digest, isProgram: isProgram, stamps: stamps))
      } else if optional.contains(field) {
        absent.append(field)
      } else {
        missing.append(.init(field: field, path: path))
      }
    }
    guard missing.isEmpty else { throw WorkflowError.missing(missing) }
    return (found, absent)
  }

  /// `stages.NAME` of the stages, `models.NAME` and `datasets.NAME` of their sources.
  private func owners(of stages: [StageSpec]) -> Set<String> {
    var owners = Set(stages.map { "stages.\($0.name)" })
    for stage in stages {
      for port in catalog.kind(stage.kind)?.inputs ?? [] {
        for case .source(let name) in (stage.inputs[port.name] ?? []).map(\.origin) {
          owners.insert("\(port.type == .dataset ? "datasets" : "models").\(name)")
        }
      }
    }
    return owners
  }
}
