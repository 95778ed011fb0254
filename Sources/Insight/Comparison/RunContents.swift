import Recipes
import Stages
public import Storage
import Workflow

/// The contents of a run's stages.
public struct RunContents {
  let run: RunRecord
  let stages: [StageRecord]
  /// As they were stored.
  let keys: [String: StageKey]
  /// The same without what only the seed decides.
  let seedless: [String: StageKey]
  /// What each stage's input ports are given, as the recipe spells it.
  let references: [String: [String: String]]

  public init(_ store: Store, _ run: RunRecord) throws {
    self.run = run
    stages = try store.stages(run: run.id)
    let pairs = try stages.map { ($0.name, try StageKey(json: $0.components)) }
    keys = Dictionary(pairs) { first, _ in first }
    seedless = StageKey.withoutSeeds(keys)
    references = try Self.references(store, run)
  }

  func kind(_ stage: String) -> String? { stages.first { $0.name == stage }?.kind }

  /// The upstream stages at a port.
  func upstream(_ stage: String, _ port: String) -> [String] {
    let digests = keys[stage]?.upstream[port] ?? []
    return stages.map(\.name).filter { name in
      keys[name].map { digests.contains($0.digest) } ?? false
    }
  }

  /// A stage and all that come before it; every stage when the run does not have it.
  func relevant(to stage: String) -> Set<String> {
    guard let key = keys[stage] else { return Set(keys.keys) }
    var found: Set<String> = [stage]
    for port in key.upstream.keys {
      for name in upstream(stage, port) where !found.contains(name) {
        found.formUnion(relevant(to: name))
      }
    }
    return found
  }

  /// Equal for runs whose results at a stage may differ by the seed alone.
  func identity(at stage: String) -> String {
    seedless[stage]?.digest
      ?? seedless.sorted { $0.key < $1.key }.map(\.value.digest).joined()
  }

  /// Empty for the recipe of a version that this one cannot read: keys say enough.
  private static func references(
    _ store: Store, _ run: RunRecord
  ) throws -> [String: [String: String]] {
    let document = try store.recipe(of: run)
    guard let recipe = try? Recipe(json: document.resolved, catalog: builtInStages.recipes) else {
      return [:]
    }
    return Dictionary(
      recipe.stages.map { stage in
        (stage.name, stage.inputs.mapValues { $0.map(spelling).joined(separator: ", ") })
      }
    ) { first, _ in first }
  }

  private static func spelling(_ reference: InputReference) -> String {
    let name =
      switch reference.origin {
      case .source(let name): "$\(name)"
      case .stage(let name, let output): "$\(name).\(output)"
      }
    return reference.weight == 1 ? name : "\(name) x \(reference.weight)"
  }
}
