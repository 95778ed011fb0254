extension Recipe {
  /// What changed from an older reading of the recipe, a sentence each: `stages.sft: learning_rate
  /// 0.0003 -> 0.0001`. Empty if both give the same results; what changes none is not compared.
  public func differences(from other: Recipe, catalog: RecipeCatalog) -> [String] {
    let (before, after) = (other.plainKeys(catalog), plainKeys(catalog))
    var words: [String] = []
    for stage in other.stages where after[stage.name] == nil {
      words.append("stages.\(stage.name) is gone")
    }
    for stage in stages {
      guard let new = after[stage.name] else { continue }
      guard let old = before[stage.name] else {
        words.append("stages.\(stage.name) is new")
        continue
      }
      words += new.changes(from: old)
        // A seed shows in every stage; once is enough.
        .filter { !$0.isUpstream && (seed == other.seed || !$0.isSeed) }
        .map { "stages.\(stage.name): \($0.text)" }
    }
    return seed == other.seed ? words : ["seed \(other.seed) -> \(seed)"] + words
  }

  /// Keys that leave the machine and the content of files aside.
  private func plainKeys(_ catalog: RecipeCatalog) -> [String: StageKey] {
    let paths = contentFiles(catalog: catalog).map { ($0.path, $0.path) }
    return keys(
      catalog: catalog, files: Dictionary(paths) { first, _ in first },
      numerics: ["precision": precision.rawValue])
  }
}
