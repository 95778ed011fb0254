import Foundation
import Recipes
import Settings
import Storage
import Synchronization
import TestSupport
import Testing
import Trace

@testable import Stages
@testable import Workflow

/// A job is all that a stage needs: what comes back from JSON gives the same result.
@Suite struct StageJobTests {
  /// Carries out what is left of a job once it was JSON.
  private struct ByJSON: StageExecutor {
    let executor: InProcessExecutor

    func carryOut(
      _ job: StageJob, for owner: any StageOwner, until stop: StopFlag
    ) async throws -> StageEnd {
      let json = try JSONEncoder().encode(job)
      return try await executor.carryOut(
        JSONDecoder().decode(StageJob.self, from: json), for: owner, until: stop)
    }
  }

  /// Asks for a stop after some updates.
  private final class Stopper: EventSink {
    let stop = StopFlag()
    let step: Int?
    init(after step: Int?) { self.step = step }
    func receive(_ event: RunEvent) {
      if event.event == .progress, event.step == step { stop.set() }
    }
  }

  /// What a stage left that no clock decides.
  private struct Left {
    let outputs: [String: String]
    let metrics: [String]
    let samples: [Sample]
    let items: [Item]

    init(_ store: Store, run: String) throws {
      outputs = try store.outputs(stage: store.stages(run: run)[0].id)
      metrics = try store.metrics(run: run).filter { !isTiming($0.name) }
        .map { "\($0.step) \($0.name) \($0.value.map { "\($0)" } ?? "null")" }
      samples = try store.samples(run: run)
      items = try store.items(run: run)
    }
  }

  @Test(
    "a stage of every kind, stopped and resumed, ends as its job in this process does",
    arguments: StageConformanceTests.cases)
  func everyKind(_ example: StageConformanceTests.Case) async throws {
    let straight = try await run(example, byJSON: false, stopAfter: nil)
    #expect(!straight.metrics.isEmpty)
    let resumed = try await run(example, byJSON: true, stopAfter: 2)
    #expect(resumed.outputs == straight.outputs)
    #expect(Set(resumed.metrics).symmetricDifference(straight.metrics) == [])
    #expect(resumed.samples == straight.samples)
    #expect(resumed.items == straight.items)
  }

  private func run(
    _ example: StageConformanceTests.Case, byJSON: Bool, stopAfter: Int?
  ) async throws -> Left {
    let folder = try TemporaryFolder()
    let store = try Store(workspace: Workspace(folder.path))
    let planner = Planner(
      store: store, catalog: builtInStages, numerics: ["precision": example.precision])
    let stopper = Stopper(after: stopAfter)
    let plan = try planner.plan(try recipe(example))
    var outcome = try await engine(store, stopper, byJSON)
      .run(plan, as: RunRequest(name: "r1"))
    if example.kind == "human_review" {
      try FileManager.default.copyItem(
        atPath: store.workspace.reviewFile(outcome.run, stage: "s"),
        toPath: store.workspace.reviewedFile(outcome.run, stage: "s"))
    } else {
      #expect((outcome.status == .interrupted) == (stopAfter != nil))
    }
    if outcome.status == .interrupted {
      outcome = try await engine(store, Stopper(after: nil), byJSON)
        .resume(planner.plan(resuming: store.run(id: outcome.run)))
    }
    #expect(outcome.status == .succeeded)
    return try Left(store, run: outcome.run)
  }

  private func engine(_ store: Store, _ stopper: Stopper, _ byJSON: Bool) -> Engine {
    var settings = EngineSettings()
    settings.checkpointSeconds = 0
    settings.stop = stopper.stop
    guard byJSON else {
      return Engine(store: store, catalog: builtInStages, settings: settings, sinks: [stopper])
    }
    let executor = InProcessExecutor(
      catalog: builtInStages, objects: store.objects,
      machine: .init(seconds: settings.seconds, processors: settings.processors))
    return Engine(
      store: store, catalog: builtInStages, settings: settings, sinks: [stopper],
      executor: ByJSON(executor: executor))
  }

  /// The case as the only stage of a recipe.
  private func recipe(_ example: StageConformanceTests.Case) throws -> Recipe {
    let kind = try #require(builtInStages.recipes.kind(example.kind))
    var (models, datasets): ([String: SourceSpec], [String: SourceSpec]) = ([:], [:])
    var inputs: [String: [InputReference]] = [:]
    for (port, given) in StageConformanceTests.inputs(of: example) {
      guard let type = kind.inputs.first(where: { $0.name == port })?.type else { continue }
      for input in given {
        guard case .source(let values, _) = input.content else { continue }
        // Ports may call different rows the same.
        let name = "\(port)_\(input.name)"
        let source = SourceSpec(name: name, type: type, values: values)
        if type == .dataset { datasets[name] = source } else { models[name] = source }
        inputs[port, default: []].append(
          InputReference(origin: .source(name), weight: input.weight, window: input.window))
      }
    }
    let defaults = Dictionary(kind.fields.map { ($0.name, $0.defaultValue) }) { $1 }
    return Recipe(
      name: "r1", seed: 11, models: models, datasets: datasets,
      stages: [
        StageSpec(
          name: "s", kind: example.kind, values: defaults.merging(example.values) { $1 },
          inputs: inputs)
      ])
  }
}
