import Recipes
public import Storage

/// An earlier run whose finished stages a new run takes over.
public struct Fork: Sendable {
  public let run: RunRecord
  /// Stages that are taken over whatever differs.
  public let adopt: [String]

  public init(from run: RunRecord, adopt: [String] = []) {
    self.run = run
    self.adopt = adopt
  }
}

/// A finished stage of an earlier run that replaces one of a new run, under its own key: later
/// stages are keyed by what it really is.
struct AdoptedStage {
  let record: StageRecord
  let key: StageKey
  let reason: String
}

extension Planner {
  /// The stages that a fork takes over: finished ones that differ from the present recipe only in
  /// program and machine, and those that were named.
  func adoptions(
    _ fork: Fork, by recipe: Recipe, _ selection: PlanSelection
  ) throws -> [String: AdoptedStage] {
    let finished = try Dictionary(
      uniqueKeysWithValues: store.stages(run: fork.run.id)
        .filter { try $0.status.isDone && store.hasOutputs(stage: $0.id) }.map { ($0.name, $0) })
    try check(fork, recipe, finished)
    let digests = try digests(recipe, leavingOut: fork.adopt, selection)
    let (numerics, conversations) = (try numerics(recipe), conversations(recipe))
    var adopted: [String: AdoptedStage] = [:]
    for stage in recipe.stages where selection.chosen.contains(stage.name) {
      guard selection.force(stage.name) == nil, let record = finished[stage.name] else { continue }
      let keys = recipe.keys(
        catalog: catalog.recipes, files: digests, known: adopted.mapValues(\.key),
        numerics: numerics, conversations: conversations)
      let old = try StageKey(json: record.components)
      guard let new = keys[stage.name], new != old else { continue }
      let isSame = !record.tainted && catalog.recipes.isSameWork(new, old)
      guard isSame || fork.adopt.contains(stage.name) else { continue }
      adopted[stage.name] = AdoptedStage(
        record: record, key: old,
        reason: "adopted from run \(fork.run.name) (\(fork.run.id)), although "
          + Self.text(new.differences(from: old)))
    }
    return adopted
  }

  private func check(
    _ fork: Fork, _ recipe: Recipe, _ finished: [String: StageRecord]
  ) throws {
    let names = recipe.stages.map(\.name)
    for name in fork.adopt {
      guard let stage = recipe.stages.first(where: { $0.name == name }) else {
        throw WorkflowError.unknownStage(name, flag: "--adopt", known: names)
      }
      guard let record = finished[name], record.kind == stage.kind else {
        throw WorkflowError.notFinished(name, in: fork.run.name)
      }
    }
  }

  /// Digests of the files that stages not named by `--adopt` read.
  private func digests(
    _ recipe: Recipe, leavingOut adopt: [String], _ selection: PlanSelection
  ) throws -> [String: String] {
    let stages = recipe.stages.filter {
      selection.chosen.contains($0.name) && !adopt.contains($0.name)
    }
    let files = try OutsideFiles(recipe: recipe, catalog: catalog.recipes)
      .read(for: stages, without: [], store: store).files
    return Dictionary(files.map { ($0.path, $0.digest) }) { first, _ in first }
  }
}
