import Foundation
import Recipes
import Storage
import Trace

@testable import Workflow

/// Carries out what is left of a job once it was JSON, and passes on what is left of its events.
struct ByJSON: StageExecutor {
  let executor: InProcessExecutor

  init(_ store: Store, _ catalog: StageCatalog, _ settings: EngineSettings) {
    executor = InProcessExecutor(
      catalog: catalog, objects: store.objects,
      machine: .init(seconds: settings.seconds, processors: settings.processors))
  }

  func carryOut(
    _ job: StageJob, for owner: any StageOwner, until stop: StopFlag
  ) async throws -> StageEnd {
    try await executor.carryOut(Self.again(job), for: Listener(owner: owner), until: stop)
  }

  static func again<Value: Codable>(_ value: Value) throws -> Value {
    try JSONDecoder().decode(Value.self, from: JSONEncoder().encode(value))
  }

  private struct Listener: StageOwner {
    let owner: any StageOwner

    func receive(_ event: StageEvent) {
      do {
        owner.receive(try again(event))
      } catch { owner.receive(.log("\(event) is not JSON: \(error)")) }
    }

    func save(_ checkpoint: Checkpoint) { owner.save(checkpoint) }
    func waitUntilTaken() { owner.waitUntilTaken() }
    var isSaving: Bool { owner.isSaving }
    func takeSpent() -> Double { owner.takeSpent() }
    func check() throws { try owner.check() }
    func drain() throws { try owner.drain() }
    func storedSamples(step: Int) throws -> [Sample] { try owner.storedSamples(step: step) }
    func review(_ rows: Data) throws -> (rows: Data, path: String) { try owner.review(rows) }
  }
}
