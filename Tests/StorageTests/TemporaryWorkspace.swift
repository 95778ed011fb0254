import Foundation
import Host
import Synchronization
import TestSupport
import Trace

@testable import Storage

/// A workspace that is gone when the test ends.
final class TemporaryWorkspace {
  private let folder: TemporaryFolder
  let workspace: Workspace

  init() throws {
    folder = try TemporaryFolder()
    workspace = Workspace(folder.path)
  }

  func open(faults: FaultHook = .none) throws -> Store {
    try Store(workspace: workspace, faults: faults)
  }
}

/// A run of two stages, the second on top of the first.
func newRun(_ name: String = "r1", key: String = "k") -> NewRun {
  NewRun(
    name: name, recipe: RecipeDocument(name: "r1", resolved: "{}"), variant: nil, seed: 17,
    stages: [
      NewStage(name: "pretrain", kind: "walk", revision: 1, key: "\(key)1", components: "{}"),
      NewStage(
        name: "sft", kind: "walk", revision: 1, key: "\(key)2", components: "{}",
        upstream: ["pretrain"]),
    ])
}

/// A claimed run and its first stage.
struct Work {
  let store: Store
  let run: RunRecord
  let lease: Lease
  let stage: StageRecord

  init(_ store: Store, _ new: NewRun = newRun()) throws {
    self.store = store
    run = try store.createRun(new)
    lease = try store.claim(run: run.id)
    stage = try store.stage("pretrain", of: run)
  }

  func finish(_ stage: StageRecord, attempt: Int, _ outputs: [String: [String: FileContent]]) throws
  {
    try store.finishStage(
      lease, stage: stage.id, attempt: attempt, ProgressBatch(), outputs: outputs)
  }
}

func metrics(_ steps: ClosedRange<Int>, name: String = "loss", value: Double) -> ProgressBatch {
  var batch = ProgressBatch()
  batch.metrics = steps.map { .init(step: $0, name: name, value: value, at: 0) }
  batch.step = steps.upperBound
  return batch
}

func sample(step: Int, _ number: Int, completion: String = "two", reward: Double? = 1)
  -> Sample
{
  Sample(
    step: step, promptID: 7, sample: number, prompt: .prompt("one", tokens: [1, -2, .max]),
    completion: .completion(completion, tokens: [.min, 5], logProbs: [-0.5, -.infinity]),
    rewards: ["accuracy": .score(reward ?? 0)], reward: reward,
    advantage: .nan, finishReason: "stop", gold: "2", parsed: number == 0 ? nil : "two")
}

/// The error that a body throws.
func storageError(_ body: () throws -> Void) -> StorageError? {
  do {
    try body()
    return nil
  } catch { return error as? StorageError }
}
