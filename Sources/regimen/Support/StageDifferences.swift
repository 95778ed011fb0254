import Recipes
import Stages
import Storage
import Workflow

/// What sets a run's stages apart from another's, stage by stage, in words.
struct StageDifferences {
  struct Stage {
    let name: String
    let kind: String
    /// Of the stage's own key; a different seed, or another stage before it, are in here, too.
    let words: [String]
  }

  private(set) var stages: [Stage] = []
  private(set) var added: [String] = []
  private(set) var removed: [String] = []

  init() {}

  init(_ store: Store, of run: RunRecord, from other: RunRecord) throws {
    let (own, theirs) = (try store.stages(run: run.id), try store.stages(run: other.id))
    let known = Dictionary(uniqueKeysWithValues: theirs.map { ($0.name, $0) })
    let (new, old) = (try Self.references(store, run), try Self.references(store, other))
    for stage in own {
      guard let before = known[stage.name] else {
        added.append(stage.name)
        continue
      }
      let changed = Self.changes(from: old[stage.name] ?? [:], to: new[stage.name] ?? [:])
      let words =
        try StageKey(json: stage.components).differences(from: StageKey(json: before.components))
        .filter { word in !changed.contains { word.hasPrefix("input \($0.port)") } }
        + changed.map { "\($0.port) \($0.old) -> \($0.new)" }
      stages.append(Stage(name: stage.name, kind: stage.kind, words: words))
    }
    let names = Set(own.map(\.name))
    removed = theirs.map(\.name).filter { !names.contains($0) }
  }

  /// What the recipes differ in: neither seeds nor what only follows from an earlier stage, nor what
  /// makes measurements differ.
  func recipe(measuredBy name: String) -> [String] {
    let obstacles = Set(obstacles(name))
    return stages.flatMap { stage in
      stage.words.filter { Self.isOwn($0) && !(stage.name == name && obstacles.contains($0)) }
        .map { "\(stage.name).\($0)" }
    } + added.map { "+ stage \($0)" } + removed.map { "- stage \($0)" }
  }

  /// What makes a stage's measurement another one: of an evaluation anything but the model that it
  /// measures, of training the held-out rows.
  func obstacles(_ name: String) -> [String] {
    guard let stage = stages.first(where: { $0.name == name }) else { return [] }
    return stage.words.filter {
      stage.kind == "evaluate"
        ? Self.isOwn($0) && !$0.hasPrefix("input model") && !$0.hasPrefix("model ")
        : $0.hasPrefix("input eval_data") || $0.hasPrefix("eval_data ")
    }
  }

  /// What each stage's input ports are given, as a recipe spells it.
  private static func references(
    _ store: Store, _ run: RunRecord
  ) throws -> [String: [String: String]] {
    let recipe = try Recipe(
      json: store.recipe(of: run).resolved, catalog: builtInStages.recipes)
    return Dictionary(
      uniqueKeysWithValues: recipe.stages.map { stage in
        (stage.name, stage.inputs.mapValues { $0.map(spelling).joined(separator: ", ") })
      })
  }

  private static func spelling(_ reference: InputReference) -> String {
    let name =
      switch reference.origin {
      case .source(let name): "$\(name)"
      case .stage(let name, let output): "$\(name).\(output)"
      }
    return reference.weight == 1 ? name : "\(name) x \(reference.weight)"
  }

  private static func changes(
    from old: [String: String], to new: [String: String]
  ) -> [(port: String, old: String, new: String)] {
    Set(old.keys).union(new.keys).sorted().compactMap { port in
      let (before, after) = (old[port] ?? "nothing", new[port] ?? "nothing")
      return before == after ? nil : (port, before, after)
    }
  }

  private static func isOwn(_ words: String) -> Bool {
    words != "seed changed" && !words.hasSuffix("upstream stage changed")
      && !words.hasSuffix(": seed changed")
  }
}
