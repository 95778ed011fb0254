import Foundation
import Recipes
import Storage
import TestSupport
import Trace

@testable import Workflow

/// A workspace that is gone when the test ends.
final class TemporaryWorkspace: Sendable {
  private let folder: TemporaryFolder
  let workspace: Workspace
  let catalog = StageCatalog(
    [Walk.self, Crash.self, Empty.self, Ask.self], model: SourceDescription(ModelSource.self),
    dataset: SourceDescription(DataSource.self))

  init() throws {
    folder = try TemporaryFolder()
    workspace = Workspace(folder.path)
  }

  func open(faults: FaultHook = .none) throws -> Store {
    try Store(workspace: workspace, faults: faults)
  }

  func planner(_ store: Store, numerics: [String: String] = ["cpu": "avx2"]) -> Planner {
    Planner(store: store, catalog: catalog, numerics: numerics)
  }

  /// An engine that saves at every step, and whose jobs and events are JSON on their way.
  func engine(
    _ store: Store, stop: StopFlag = StopFlag(), keepGoing: Bool = false,
    sinks: [any EventSink] = []
  ) -> Engine {
    var settings = EngineSettings()
    settings.checkpointSeconds = 0
    settings.stop = stop
    settings.keepGoing = keepGoing
    return Engine(
      store: store, catalog: catalog, settings: settings, sinks: sinks,
      executor: ByJSON(store, catalog, settings))
  }

  /// Plans and runs.
  @discardableResult
  func run(
    _ recipe: Recipe, in store: Store, name: String = "r1", options: PlanOptions = PlanOptions(),
    keepGoing: Bool = false, stop: StopFlag = StopFlag(), sinks: [any EventSink] = []
  ) async throws -> RunOutcome {
    let plan = try planner(store).plan(recipe, options: options)
    return try await engine(store, stop: stop, keepGoing: keepGoing, sinks: sinks)
      .run(plan, as: RunRequest(name: name))
  }

  @discardableResult
  func resume(_ run: String, in store: Store, sinks: [any EventSink] = []) async throws
    -> RunOutcome
  {
    let plan = try planner(store).plan(resuming: store.run(id: run))
    return try await engine(store, sinks: sinks).resume(plan)
  }

  /// Writes a data file, old enough that its digest may be remembered.
  func write(_ name: String, _ text: String) throws -> String {
    let path = try folder.write(name, text.utf8)
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSinceNow: -60)], ofItemAtPath: path)
    return path
  }
}

/// What a run left that must not depend on how often it was interrupted.
struct Result: Equatable {
  let outputs: [String: [String: String]]
  let metrics: [String]
  let samples: [Sample]
  let items: [Item]

  init(_ store: Store, run: String) throws {
    var outputs: [String: [String: String]] = [:]
    for stage in try store.stages(run: run) {
      outputs[stage.name] = try store.outputs(stage: stage.id)
    }
    self.outputs = outputs
    metrics = try store.metrics(run: run).filter { !isTiming($0.name) }
      .map { "\($0.stage) \($0.step) \($0.name) \($0.value.map { "\($0)" } ?? "null")" }
    samples = try store.samples(run: run)
    items = try store.items(run: run)
  }
}
