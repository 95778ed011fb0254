import Crypto
import Foundation
import Recipes

/// A stage's key with what it was made from.
struct StageIdentity: Hashable {
  let key: String
  /// By name, as JSON texts.
  let components: [String: String]

  /// The identities of some stages of a recipe; `needed` holds with a stage also those before it.
  ///
  /// - Parameter known: keys of stages that have one already.
  static func all(
    _ recipe: Recipe, needed: Set<String>, known: [String: String] = [:], catalog: RecipeCatalog,
    numerics: [String: String], digests: [String: String]
  ) throws -> [String: StageIdentity] {
    var keys = known
    var found: [String: StageIdentity] = [:]
    for stage in recipe.stages where needed.contains(stage.name) && known[stage.name] == nil {
      var parts: [String: String] = ["kind": stage.kind]
      let kind = catalog.kind(stage.kind)
      parts["revision"] = "\(kind?.revision ?? 0)"
      parts["seed"] = "\(Seeds.stage(stage.name, recipe: recipe))"
      for (name, value) in numerics { parts["numerics.\(name)"] = value }
      for field in kind?.fields ?? [] where field.affectsOutput {
        parts[field.name] = text(stage.values[field.name] ?? .null, digests)
      }
      for (port, references) in stage.inputs {
        for (index, reference) in references.enumerated() {
          let name = "\(port)[\(index)]"
          parts["\(name).weight"] = "\(reference.weight)"
          switch reference.origin {
          case .stage(let upstream, let output):
            parts[name] = "\(upstream).\(output) \(keys[upstream] ?? "")"
          case .source(let source):
            let values = (recipe.models[source] ?? recipe.datasets[source])?.values ?? [:]
            parts[name] = "\(Seeds.source(source, recipe: recipe))"
            for (field, value) in values { parts["\(name).\(field)"] = text(value, digests) }
          }
        }
      }
      let canonical = ConfigValue.map(parts.mapValues(ConfigValue.string)).canonicalJSON
      let key = SHA256.hash(data: Data(canonical.utf8)).map { String(format: "%02x", $0) }.joined()
      keys[stage.name] = key
      found[stage.name] = StageIdentity(key: key, components: parts)
    }
    return found
  }

  private static func text(_ value: ConfigValue, _ digests: [String: String]) -> String {
    if case .string(let path) = value, let digest = digests[path] { return digest }
    return value.canonicalJSON
  }
}

enum Seeds {
  static func stage(_ name: String, recipe: Recipe) -> UInt64 { hash("stage", name, recipe.seed) }
  static func source(_ name: String, recipe: Recipe) -> UInt64 { hash("source", name, recipe.seed) }

  private static func hash(_ kind: String, _ name: String, _ seed: Int) -> UInt64 {
    SHA256.hash(data: Data("\(seed)/\(kind)/\(name)".utf8)).prefix(8)
      .reduce(0) { $0 << 8 | UInt64($1) }
  }
}
