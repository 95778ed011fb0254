/// The inputs of a recipe's stages, traced back to its models and datasets.
public struct StageSources {
  private let recipe: Recipe
  private let stages: [String: StageSpec]
  private let catalog: RecipeCatalog

  public init(_ recipe: Recipe, _ catalog: RecipeCatalog) {
    self.recipe = recipe
    self.catalog = catalog
    stages = Dictionary(recipe.stages.map { ($0.name, $0) }) { first, _ in first }
  }

  /// The models that a stage's models began as.
  public func models(of stage: StageSpec) -> [SourceSpec] {
    sources(stage, port: { $0.type != .dataset }, before: { $0.name == "model" }).sorted()
      .compactMap { recipe.models[$0] }
  }

  /// The datasets that a stage's rows come from.
  public func datasets(of stage: StageSpec) -> [SourceSpec] {
    sources(stage, port: { $0.type == .dataset }, before: { $0.type == .dataset }).sorted()
      .compactMap { recipe.datasets[$0] }
  }

  private func sources(
    _ stage: StageSpec, port isTaken: (InputPort) -> Bool, before: (InputPort) -> Bool
  ) -> Set<String> {
    var found: Set<String> = []
    for port in catalog.kind(stage.kind)?.inputs ?? [] where isTaken(port) {
      for reference in stage.inputs[port.name] ?? [] {
        switch reference.origin {
        case .source(let name): found.insert(name)
        case .stage(let name, _):
          if let earlier = stages[name] {
            found.formUnion(sources(earlier, port: before, before: before))
          }
        }
      }
    }
    return found
  }
}

extension StageSources {
  /// The verifiers that now grade a stage's completions by other rules, with the revisions of the
  /// rules.
  ///
  /// A model trained from random weights on a task's problems writes the task's own texts, which
  /// both rules grade alike. A verifier that only a row names is not known here.
  func revisedVerifiers(of stage: StageSpec) -> [String: Int] {
    guard catalog.kind(stage.kind)?.judges(stage.values) == true else { return [:] }
    let isPretrained = models(of: stage).contains(where: \.isReadFromFile)
    return datasets(of: stage).filter { isPretrained || $0.isReadFromFile }
      .reduce(into: [:]) { found, dataset in
        found.merge(catalog.dataset.verifiers(dataset.values)) { max($0, $1) }
      }.filter { $0.value > 1 }
  }
}
