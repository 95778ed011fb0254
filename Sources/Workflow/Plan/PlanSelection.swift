import Recipes

/// The stages that the flags choose, and those that they force.
struct PlanSelection {
  let chosen: Set<String>
  private let options: PlanOptions
  private let afterFrom: Set<String>

  init(recipe: Recipe, options: PlanOptions) throws {
    let names = recipe.stages.map(\.name)
    let flags =
      options.force.map { ("--force", $0) }
      + [("--from", options.from), ("--until", options.until), ("--only", options.only)]
      .compactMap { flag, name in name.map { (flag, $0) } }
    for (flag, name) in flags where !names.contains(name) {
      throw WorkflowError.unknownStage(name, flag: flag, known: names)
    }
    var chosen = Set(names)
    if let until = options.until { chosen = Self.closure(of: [until], in: recipe) }
    if let only = options.only {
      let direct = recipe.stages.first { $0.name == only }.map(Self.upstream) ?? []
      chosen.formIntersection([only] + direct)
    }
    self.chosen = chosen
    self.options = options
    afterFrom = options.from.map { Self.descendants(of: $0, in: recipe) } ?? []
  }

  /// Why a stage is forced; nil if the cache may be used.
  func force(_ stage: String) -> String? {
    if let only = options.only, only != stage { return nil }
    if options.force.contains(stage) { return "requested by --force" }
    if afterFrom.contains(stage) { return "requested by --from \(options.from ?? "")" }
    return options.noCache ? "requested by --no-cache" : nil
  }

  /// Stages whose outputs a stage takes in, and those that it only waits for.
  static func upstream(of stage: StageSpec) -> [String] {
    var names = stage.needs
    for (_, references) in stage.inputs.sorted(by: { $0.key < $1.key }) {
      for case .stage(let name, _) in references.map(\.origin) where !names.contains(name) {
        names.append(name)
      }
    }
    return names
  }

  /// Stages with all that they need.
  static func closure(of names: Set<String>, in recipe: Recipe) -> Set<String> {
    recipe.stages.reversed().reduce(into: names) { found, stage in
      if found.contains(stage.name) { found.formUnion(upstream(of: stage)) }
    }
  }

  /// A stage with all that depends on it.
  private static func descendants(of name: String, in recipe: Recipe) -> Set<String> {
    recipe.stages.reduce(into: [name]) { found, stage in
      if !found.isDisjoint(with: upstream(of: stage)) { found.insert(stage.name) }
    }
  }
}
