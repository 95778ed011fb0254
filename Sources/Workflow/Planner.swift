public import Recipes
public import Storage

/// Makes plans: decides for every stage of a recipe what will happen, and why.
public struct Planner: Sendable {
  let store: Store
  let catalog: StageCatalog
  /// CPU level, library version and precision: what decides the bits beside the recipe.
  let numerics: [String: String]

  public init(store: Store, catalog: StageCatalog, numerics: [String: String]) {
    self.store = store
    self.catalog = catalog
    self.numerics = numerics
  }

  /// Plans a new run.
  ///
  /// - Parameter before: plans that the same command carries out first; their results will be there.
  public func plan(
    _ recipe: Recipe, options: PlanOptions = PlanOptions(), before: [Plan] = []
  ) throws -> Plan {
    let selection = try PlanSelection(recipe: recipe, options: options)
    let keys = try identities(recipe, selection.chosen)
    let planned = Set(before.flatMap(\.steps).map(\.key))
    var steps: [PlanStep] = []
    var skipped: [PlanStep] = []
    for stage in recipe.stages {
      guard let identity = keys.identities[stage.name] else {
        skipped.append(step(recipe, stage, .init(key: "", components: [:]), .skipped))
        continue
      }
      let decision = try decide(stage, identity, force: selection.force(stage.name), planned: planned)
      if let only = options.only, only != stage.name, !decision.action.isReuse {
        throw WorkflowError.upstreamMissing(only, needs: stage.name)
      }
      steps.append(step(recipe, stage, identity, decision))
    }
    return Plan(recipe: recipe, steps: steps, skipped: skipped, run: nil, files: keys.files)
  }

  /// Plans how a run goes on.
  public func plan(resuming run: RunRecord) throws -> Plan {
    let recipe = try RecipeArchive.decode(try store.recipe(of: run).resolved)
    let records = Dictionary(
      uniqueKeysWithValues: try store.stages(run: run.id).map { ($0.name, $0) })
    let left = recipe.stages.filter { records[$0.name]?.status.isDone == false }
      .filter { records[$0.name]?.status != .skipped }
    // A finished stage keeps its key, even if the files that it read are gone by now.
    let known = records.filter { $0.value.status.isDone }.mapValues(\.key)
    let keys = try identities(recipe, Set(left.map(\.name)), known: known)
    var steps: [PlanStep] = []
    for stage in recipe.stages {
      guard let record = records[stage.name], record.status != .skipped else { continue }
      let stored = StageIdentity(key: record.key, components: record.components)
      if let identity = keys.identities[stage.name], identity.key != record.key {
        throw WorkflowError.changedSinceRun(
          run.name, stage: stage.name,
          difference: KeyDifference(old: record.components, new: identity.components).text)
      }
      steps.append(step(recipe, stage, stored, try decide(record, stage, stored)))
    }
    return Plan(recipe: recipe, steps: steps, skipped: [], run: run, files: keys.files)
  }

  private func decide(
    _ record: StageRecord, _ stage: StageSpec, _ identity: StageIdentity
  ) throws -> PlanDecision {
    if record.status.isDone {
      return PlanDecision(.reuse(stageID: record.id, run: record.run), "done in this run")
    }
    if let point = try store.checkpoints(stage: record.id).first(where: { !$0.corrupt }) {
      let total = record.totalSteps.map { " of \($0)" } ?? ""
      return PlanDecision(
        .resume(stageID: record.id, run: record.run, step: point.step), "step \(point.step)\(total)",
        forced: record.forced)
    }
    return try decide(
      stage, identity, force: record.forced ? "asked for anew" : nil, planned: [])
  }

  private func identities(
    _ recipe: Recipe, _ chosen: Set<String>, known: [String: String] = [:]
  ) throws -> (identities: [String: StageIdentity], files: [OutsideFile]) {
    // Keys of stages that are left out are needed by those after them only if those are chosen.
    let needed = PlanSelection.closure(of: chosen, in: recipe).subtracting(known.keys)
    let files = try OutsideFiles(recipe: recipe, catalog: catalog.recipes)
      .read(for: recipe.stages.filter { needed.contains($0.name) }, store: store)
    let digests = Dictionary(files.map { ($0.path, $0.digest) }) { first, _ in first }
    let all = try StageIdentity.all(
      recipe, needed: needed, known: known, catalog: catalog.recipes, numerics: numerics, digests: digests)
    return (all.filter { chosen.contains($0.key) }, files)
  }

  private func step(
    _ recipe: Recipe, _ stage: StageSpec, _ identity: StageIdentity, _ decision: PlanDecision
  ) -> PlanStep {
    PlanStep(
      stage: stage, revision: catalog.recipes.kind(stage.kind)?.revision ?? 0, variant: recipe.variant, seed: recipe.seed, action: decision.action,
      reason: decision.text, key: identity.key, components: identity.components,
      estimate: decision.estimate, upstream: PlanSelection.upstream(of: stage),
      forced: decision.forced)
  }
}
