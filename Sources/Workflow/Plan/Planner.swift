public import Recipes
public import Storage

/// Makes plans: decides for every stage of a recipe what will happen, and why.
public struct Planner: Sendable {
  let store: Store
  let catalog: StageCatalog
  let numerics: @Sendable (Recipe) throws -> [String: String]
  let conversations: @Sendable (Recipe) -> [String: Int]

  /// - Parameters:
  ///   - conversations: the revision by which stages read conversations, by name, for stages that
  ///     now read them differently.
  ///   - numerics: the resolved properties of machine and recipe that decide a stage's bits: CPU
  ///     level, library version, `precision`.
  public init(
    store: Store, catalog: StageCatalog,
    conversations: @escaping @Sendable (Recipe) -> [String: Int] = { _ in [:] },
    numerics: @escaping @Sendable (Recipe) throws -> [String: String]
  ) {
    self.store = store
    self.catalog = catalog
    self.conversations = conversations
    self.numerics = numerics
  }

  public init(store: Store, catalog: StageCatalog, numerics: [String: String]) {
    self.init(store: store, catalog: catalog) { _ in numerics }
  }

  /// Plans a new run.
  ///
  /// - Parameters:
  ///   - before: plans that the same command carries out first; their results will exist.
  ///   - fork: a run whose finished stages are taken over.
  /// - Throws: `WorkflowError` for flags that name no stage and files that are missing.
  public func plan(
    _ recipe: Recipe, options: PlanOptions = PlanOptions(), before: [Plan] = [], fork: Fork? = nil
  ) throws -> Plan {
    let selection = try PlanSelection(recipe: recipe, options: options)
    let adopted = try fork.map { try adoptions($0, by: recipe, selection) } ?? [:]
    let (keys, files, absent) = try keys(
      recipe, for: selection.chosen, known: adopted.mapValues(\.key), absent: options.absent,
      asked: Set(
        recipe.stages.filter {
          catalog.kind($0.kind)?.asksPeople == true && selection.force($0.name) == nil
        }.map(\.name)))
    let planned = Set(before.flatMap(\.steps).map(\.key))
    var steps: [PlanStep] = []
    var skipped: [PlanStep] = []
    for stage in recipe.stages {
      guard let key = keys[stage.name] else { continue }
      guard selection.chosen.contains(stage.name) else {
        skipped.append(step(recipe, stage, key, .skipped))
        continue
      }
      if let taken = adopted[stage.name] {
        steps.append(step(recipe, stage, key, PlanDecision(taken), adopted: taken.record))
        continue
      }
      let decision = try decide(stage, key, force: selection.force(stage.name), planned: planned)
      if let only = options.only, only != stage.name, !decision.action.isReuse {
        throw WorkflowError.upstreamMissing(only, needs: stage.name)
      }
      steps.append(step(recipe, stage, key, decision))
    }
    return Plan(
      recipe: recipe, steps: steps, skipped: skipped, run: nil, files: files, fork: fork?.run,
      absent: absent)
  }

  /// Plans the rest of a run.
  ///
  /// - Parameter reading: its present recipe file: guards, gates and other settings that affect no
  ///   result are taken from it. nil: the recipe that the run was started with.
  /// - Throws: `WorkflowError` when the recipe, this program, machine or changed files would make
  ///   another result.
  public func plan(resuming run: RunRecord, as reading: RecipeReading? = nil) throws -> Plan {
    let stored = try storedRecipe(of: run)
    if let reading { try requireUnchanged(reading.recipe, since: stored, of: run, reading.path) }
    let recipe = reading?.recipe ?? stored
    let records = Dictionary(
      uniqueKeysWithValues: try store.stages(run: run.id).map { ($0.name, $0) })
    // A finished stage keeps its key, even if the files that it read are gone by now.
    let done = try records.filter { $0.value.status.isDone }
      .mapValues { try StageKey(json: $0.components) }
    let open = records.values.filter { !$0.status.isDone && $0.status != .skipped }.map(\.name)
    let (keys, files, _) = try keys(recipe, for: Set(open), known: done)
    var steps: [PlanStep] = []
    for stage in recipe.stages {
      guard let record = records[stage.name], record.status != .skipped,
        let key = keys[stage.name]
      else { continue }
      guard key.digest == record.key else {
        let old = try StageKey(json: record.components)
        throw WorkflowError.changedSinceRun(
          run.name, stage: stage.name, difference: Self.text(key.differences(from: old)),
          isSameWork: catalog.recipes.isSameWork(key, old))
      }
      steps.append(step(recipe, stage, key, try decide(record, stage, key)))
    }
    var plan = Plan(
      recipe: recipe, steps: steps, skipped: [], run: run, files: files, fork: nil, absent: [])
    plan.document = reading?.document
    plan.changes = recipe.freeChanges(from: stored)
    return plan
  }

  /// Throws if a run's present recipe file would give other results.
  private func requireUnchanged(
    _ current: Recipe, since stored: Recipe, of run: RunRecord, _ path: String
  ) throws {
    let differences = current.differences(from: stored, catalog: catalog.recipes)
    guard differences.isEmpty else {
      throw WorkflowError.changedRecipe(
        run.name, path: path, difference: Self.text(differences))
    }
  }

  private func storedRecipe(of run: RunRecord) throws -> Recipe {
    do {
      return try Recipe(json: try store.recipe(of: run).resolved, catalog: catalog.recipes)
    } catch let error as RecipeError {
      throw WorkflowError.unreadableRecipe(run.name, "\(error)")
    }
  }

  /// The keys of all stages. Files are looked for only where the chosen stages need them, so that
  /// keys of others may be wrong: nothing relies on those.
  private func keys(
    _ recipe: Recipe, for chosen: Set<String>, known: [String: StageKey] = [:],
    absent: Set<String> = [], asked: Set<String> = []
  ) throws -> (keys: [String: StageKey], files: [OutsideFile], absent: [String]) {
    let needed = PlanSelection.closure(of: chosen, in: recipe).subtracting(known.keys)
    let (files, missing) = try OutsideFiles(recipe: recipe, catalog: catalog.recipes)
      .read(
        for: recipe.stages.filter { needed.contains($0.name) }, without: absent, store: store)
    let digests = Dictionary(files.map { ($0.path, $0.digest) }) { first, _ in first }
    let (numerics, conversations) = (try numerics(recipe), conversations(recipe))
    var known = known
    while true {
      let keys = recipe.keys(
        catalog: catalog.recipes, files: digests, known: known, numerics: numerics,
        conversations: conversations)
      let answers = try reviews(recipe, keys, among: asked, known: known)
      if answers.isEmpty { return (keys, files, missing) }
      known.merge(answers) { $1 }
    }
  }

  /// The keys of stages whose rows a person has looked at already, the first such stages only: those
  /// after them have other keys then.
  private func reviews(
    _ recipe: Recipe, _ keys: [String: StageKey], among asked: Set<String>,
    known: [String: StageKey]
  ) throws -> [String: StageKey] {
    for stage in recipe.stages where asked.contains(stage.name) && known[stage.name] == nil {
      guard let key = keys[stage.name],
        let earlier = try store.review(of: key, kind: stage.kind),
        try store.hasOutputs(stage: earlier.id)
      else { continue }
      return [stage.name: try StageKey(json: earlier.components)]
    }
    return [:]
  }

  private func step(
    _ recipe: Recipe, _ stage: StageSpec, _ key: StageKey, _ decision: PlanDecision,
    adopted: StageRecord? = nil
  ) -> PlanStep {
    PlanStep(
      stage: stage,
      revision: adopted?.revision ?? catalog.recipes.kind(stage.kind)?.revision ?? 0,
      variant: recipe.variant, seed: recipe.seed, action: decision.action, reason: decision.text,
      key: key, estimate: decision.estimate, upstream: PlanSelection.upstream(of: stage),
      forced: decision.forced, adopted: adopted?.originID)
  }

  /// "learning_rate 0.0003 -> 0.0001, input model: upstream stage changed"; at most three.
  static func text(_ differences: [String]) -> String {
    let more = differences.count - 3
    return differences.prefix(3).joined(separator: ", ") + (more > 0 ? " and \(more) more" : "")
  }
}
