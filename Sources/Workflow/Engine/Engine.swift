import Recipes
public import Storage

/// Carries out plans: one stage at a time, committing every change of state and reporting every
/// event.
public actor Engine {
  private let store: Store
  private let catalog: StageCatalog
  private let settings: EngineSettings
  private let executor: any StageExecutor
  private let sinks: [any EventSink]

  public init(
    store: Store, catalog: StageCatalog, settings: EngineSettings = EngineSettings(),
    sinks: [any EventSink] = []
  ) {
    self.init(
      store: store, catalog: catalog, settings: settings, sinks: sinks,
      executor: InProcessExecutor(
        catalog: catalog, objects: store.objects,
        machine: .init(seconds: settings.seconds, processors: settings.processors)))
  }

  init(
    store: Store, catalog: StageCatalog, settings: EngineSettings, sinks: [any EventSink],
    executor: any StageExecutor
  ) {
    self.store = store
    self.catalog = catalog
    self.settings = settings
    self.sinks = sinks
    self.executor = executor
  }

  /// Starts the run that a plan describes; `request` names it.
  public func run(_ plan: Plan, as request: RunRequest) async throws -> RunOutcome {
    try await carryOut(plan, store.createRun(NewRun(plan, as: request)))
  }

  /// Resumes the run that a plan was made for.
  public func resume(_ plan: Plan) async throws -> RunOutcome {
    guard let run = plan.run else {
      preconditionFailure("only a plan from plan(resuming:) can be resumed")
    }
    return try await carryOut(plan, run)
  }

  /// Carries out the plan of a run that is already stored.
  public func carryOut(_ plan: Plan, _ run: RunRecord) async throws -> RunOutcome {
    try store.requireSpace(plan.diskBytes, for: "run \(run.name)")
    let lease = try store.claim(run: run.id)
    if let document = plan.document, !plan.changes.isEmpty {
      try store.replaceRecipe(lease, with: document, changes: plan.changes)
    }
    let carrier = RunCarrier(
      store: store, catalog: catalog, settings: settings, executor: executor, sinks: sinks,
      plan: plan, run: run, lease: lease)
    do {
      return try await carrier.carryOut()
    } catch {
      carrier.abandon(error)
      throw error
    }
  }
}

extension NewRun {
  /// The run that a plan describes.
  public init(_ plan: Plan, as request: RunRequest) {
    self.init(
      name: request.name,
      recipe: RecipeDocument(
        name: plan.recipe.name, resolved: plan.recipe.json, source: request.source,
        path: request.path, overrides: request.overrides),
      variant: plan.recipe.variant, seed: plan.recipe.seed, environment: request.environment,
      stages: plan.newStages, forkedFrom: plan.fork?.id)
  }
}

extension Plan {
  fileprivate var newStages: [NewStage] {
    let left = Dictionary(uniqueKeysWithValues: skipped.map { ($0.name, $0) })
    let done = Dictionary(uniqueKeysWithValues: steps.map { ($0.name, $0) })
    return recipe.stages.compactMap { stage in
      (done[stage.name] ?? left[stage.name]).map {
        NewStage(
          name: $0.name, kind: $0.kind, revision: $0.revision, key: $0.key.digest,
          components: $0.key.json, upstream: $0.upstream, action: $0.action.word,
          reason: $0.reason, forced: $0.forced, skipped: left[stage.name] != nil,
          adopted: $0.adopted)
      }
    }
  }
}
