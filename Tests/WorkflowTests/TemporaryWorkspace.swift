import Foundation
import Recipes
import Storage
import Trace

@testable import Workflow

/// A workspace in memory where the system has such a folder, gone when the test ends.
final class TemporaryWorkspace: Sendable {
  let workspace: Workspace
  let catalog = StageCatalog(
    [Walk.self, Crash.self, Empty.self, Ask.self], model: SourceDescription(ModelSource.self),
    dataset: SourceDescription(DataSource.self))

  init() throws {
    let memory = FileManager.default.isWritableFile(atPath: "/dev/shm")
    let base = memory ? "/dev/shm" : NSTemporaryDirectory()
    workspace = Workspace("\(base)/regimen-\(UUID().uuidString)")
    try FileManager.default.createDirectory(
      atPath: workspace.folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: workspace.folder) }

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
    let path = "\(workspace.folder)/\(name)"
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
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
