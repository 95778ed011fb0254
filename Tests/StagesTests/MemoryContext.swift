import Foundation
import Host
import Trace
import Workflow

/// A context without database or files: what a stage records is kept in arrays, and it can be stopped
/// after a given step or in the middle of the one after it.
final class MemoryContext: StageContext {
  let stage: String
  let seed: UInt64
  let precision: String
  let resumePoint: Checkpoint?
  let ports: [String: [StageInput]]
  let timer = StepTimer.stopped
  let programs: any ProgramAccess = LocalPrograms()
  let rollbacks: [Rollback.Change]

  private(set) var metrics: [MetricKey: Double] = [:]
  private(set) var samples: [SampleKey: Sample] = [:]
  private(set) var items: Set<Item> = []
  private(set) var logs: [String] = []
  /// What it was told that steps are doing.
  private(set) var phases: Set<String> = []
  private(set) var checkpoint: Checkpoint?
  private(set) var totalSteps = 0
  /// What a person makes of rows: nothing, if not told otherwise.
  var reviewing: (Data) throws -> Data = { $0 }
  private var stopAfter: Int?
  private var samplesBeforeStop: Int?
  private var recorded = 0
  /// What an interrupted attempt left.
  private var stored: [SampleKey: Sample] = [:]

  struct MetricKey: Hashable {
    let step: Int
    let name: String
  }

  struct SampleKey: Hashable {
    let step: Int
    let prompt: Int
    let sample: Int
  }

  /// - Parameters:
  ///   - stopAfter: the step after which a stop is asked for.
  ///   - samplesBeforeStop: ask for a stop as soon as that many samples were recorded.
  ///   - interrupted: the context whose checkpoint and samples this one goes on from.
  init(
    stage: String, seed: UInt64 = 11, precision: String = "f32",
    inputs: [String: [StageInput]], stopAfter: Int? = nil,
    samplesBeforeStop: Int? = nil, resuming interrupted: MemoryContext? = nil,
    rollbacks: [Rollback.Change] = []
  ) {
    self.rollbacks = rollbacks
    self.stage = stage
    self.seed = seed
    self.precision = precision
    ports = inputs
    resumePoint = interrupted?.checkpoint
    self.stopAfter = stopAfter
    self.samplesBeforeStop = samplesBeforeStop
    guard let interrupted else { return }
    let step = resumePoint?.step ?? 0
    metrics = interrupted.metrics.filter { $0.key.step <= step }
    // As in the database: rows beyond the restored step can be used again, but count no more.
    stored = interrupted.samples.filter { $0.key.step <= step + 1 }
    samples = stored.filter { $0.key.step <= step }
    items = interrupted.items
    checkpoint = interrupted.checkpoint
  }

  /// The metrics that a result depends on.
  var untimedMetrics: [MetricKey: Double] {
    metrics.filter { !isTiming($0.key.name) }
  }

  func inputs(_ port: String) -> [StageInput] { ports[port] ?? [] }

  func begin(totalSteps: Int, unit: String) { self.totalSteps = totalSteps }

  func progress(_ phase: String, done: Int, of total: Int) { phases.insert(phase) }

  func record(step: Int, _ values: [String: Double]) {
    for (name, value) in values { metrics[MetricKey(step: step, name: name)] = value }
  }

  func record(_ rows: [Sample]) {
    recorded += rows.count
    for row in rows {
      samples[SampleKey(step: row.step, prompt: row.promptID, sample: row.sample)] = row
    }
  }

  func storedSamples(step: Int) throws -> [Sample] {
    stored.filter { $0.key.step == step }.map(\.value)
  }

  func record(_ rows: [Item]) { items.formUnion(rows) }

  func log(_ message: String) { logs.append(message) }

  func review(_ rows: Data) throws -> (rows: Data, path: String) {
    (try reviewing(rows), "review.jsonl")
  }

  /// Asked for while steps are not saved.
  var stopRequested = false
  private var stopNoticed: ContinuousClock.Instant?

  var mustStop: Bool {
    guard stopRequested, !shouldStop else { return shouldStop }
    let since = stopNoticed ?? .now
    stopNoticed = since
    return since.duration(to: .now) > .milliseconds(1200)
  }

  var shouldStop: Bool { samplesBeforeStop.map { recorded >= $0 } ?? false }

  /// Whether each step's checkpoint is made, and read once more as late as it may be read.
  var readsLate = false
  /// Steps whose checkpoint was another by then.
  private(set) var torn: [Int] = []
  private var handedOver: (checkpoint: Checkpoint, bytes: [String: Data])?

  func waitForCheckpoint() {
    guard let (checkpoint, bytes) = handedOver else { return }
    handedOver = nil
    if (try? checkpoint.files.mapValues { try $0.data() }) != bytes { torn.append(checkpoint.step) }
  }

  func stepDone(_ step: Int, checkpoint make: () throws -> Checkpoint) throws {
    waitForCheckpoint()
    if readsLate {
      let made = try make()
      handedOver = (made, try made.files.mapValues { try $0.data() })
      // What comes after the last step has none to wait in.
      if step == totalSteps { waitForCheckpoint() }
    }
    if step == stopAfter || shouldStop {
      checkpoint = try make()
      throw StageStopped()
    }
  }
}

extension StageInput {
  /// What a finished stage left at a port, for the next one.
  init(name: String, _ artifact: Artifact) {
    self.init(
      name: name,
      content: .artifact(artifact.files), seed: 3)
  }
}
