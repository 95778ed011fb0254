import Foundation
import Host
import Storage
import Synchronization
import TestSupport
import Trace

/// A store whose clock stands at what a test says, with one run of two stages.
final class RunFixture {
  let store: Store
  let run: RunRecord
  private let folder: TemporaryFolder
  private let clock: Clock

  /// Milliseconds.
  private final class Clock: Sendable {
    let now = Mutex<Int64>(1_000_000)
  }

  init() throws {
    let clock = Clock()
    self.clock = clock
    folder = try TemporaryFolder()
    store = try Store(workspace: Workspace(folder.path), now: { clock.now.withLock { $0 } })
    run = try store.createRun(
      NewRun(
        name: "r1", recipe: RecipeDocument(name: "r1", resolved: "{}"), variant: nil, seed: 17,
        stages: [
          NewStage(
            name: "train", kind: "sft", revision: 1, key: "k1", components: #"{"v":1}"#,
            reason: "run: no earlier run has this stage"),
          NewStage(
            name: "test", kind: "evaluate", revision: 1, key: "k2", components: "{}",
            upstream: ["train"]),
        ]))
  }

  func wait(seconds: Double) { clock.now.withLock { $0 += Int64(seconds * 1000) } }

  var now: Int64 { clock.now.withLock { $0 } }

  /// Runs the first stage to its end, with a loss that falls from 4 to 1, in 65 seconds.
  func finishTraining(_ lease: Lease) throws {
    let stage = try store.stage("train", of: run)
    let attempt = try store.beginAttempt(lease, stage: stage.id, fromStep: 0)
    var batch = ProgressBatch()
    batch.metrics = [4.0, 3, 2, 1].enumerated().map {
      .init(step: $0 + 1, name: "loss", value: $1, at: 0)
    }
    batch.samples = [Self.sample]
    batch.step = 4
    batch.totalSteps = 4
    wait(seconds: 65)
    try store.finishStage(
      lease, stage: stage.id, attempt: attempt, batch,
      outputs: ["model": ["config.json": FileContent(Data("{}".utf8))]])
  }

  /// A test that fails after one of eight steps.
  func failEvaluation(_ lease: Lease) throws {
    let stage = try store.stage("test", of: run)
    let attempt = try store.beginAttempt(lease, stage: stage.id, fromStep: 0)
    var batch = ProgressBatch()
    batch.step = 1
    batch.totalSteps = 8
    wait(seconds: 2)
    try store.failStage(
      lease, stage: stage.id, attempt: attempt, batch, message: "no row could be judged")
  }

  static let sample = Sample(
    step: 2, promptID: 7, sample: 0, prompt: .prompt("1+1=", tokens: [1, 2]),
    completion: .completion("\"2\"\n", tokens: [3], logProbs: [-0.1]),
    rewards: ["format": .abstain("none"), "accuracy": .score(1)],
    reward: 1, advantage: .infinity, finishReason: "stop", gold: "2.0", parsed: "2")
}
