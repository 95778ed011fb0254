import Recipes
public import Storage

/// How long the rest of some runs will take, without the running stage: from earlier times of the
/// same work, else from the operations per second of stages of these runs.
public struct RunForecast: Sendable, Hashable {
  private var seconds = 0.0
  /// Operations of stages whose speed is unknown.
  private var flops = 0.0
  /// Stages about which nothing is known.
  private var unknown = 0

  /// - Parameters:
  ///   - runs: whose rest is meant.
  ///   - like: runs whose finished stages tell how fast such stages are.
  ///   - flops: operations of a run's stages, by name, where they are known.
  public init(
    _ store: Store, _ runs: [RunRecord], like: [RunRecord],
    flops: (RunRecord) throws -> [String: Double]
  ) throws {
    var speeds = StageSpeeds()
    for run in like {
      let work = try flops(run)
      for stage in try store.stages(run: run.id) {
        speeds.note(stage, try store.seconds(of: stage), flops: work[stage.name])
      }
    }
    for run in runs where run.status != .succeeded {
      let work = try flops(run)
      for stage in try store.stages(run: run.id) where stage.isAhead {
        if let seconds = try store.expectedSeconds(of: stage) ?? speeds.expected(stage, work) {
          self.seconds += seconds
        } else if let work = work[stage.name] {
          self.flops += work
        } else {
          unknown += 1
        }
      }
    }
  }

  /// Seconds until everything is finished; nil if part of it is unknown.
  ///
  /// - Parameters:
  ///   - eta: seconds that the running stage will still take, after the `elapsed` ones.
  ///   - flops: its operations, which give the speed of stages without a better estimate.
  public func total(eta: Double, elapsed: Double, flops work: Double?) -> Double? {
    guard unknown == 0 else { return nil }
    if flops == 0 { return eta + seconds }
    guard let work, work > 0, elapsed > 0 else { return nil }
    return eta + seconds + flops * (elapsed + eta) / work
  }
}

/// The times of finished stages of the same runs.
private struct StageSpeeds {
  private var flops: [String: Double] = [:]
  private var seconds: [String: Double] = [:]

  mutating func note(_ stage: StageRecord, _ time: Double?, flops work: Double?) {
    guard stage.status == .succeeded, let time, time > 0, let work, work > 0 else { return }
    for kind in [stage.kind, ""] {
      flops[kind, default: 0] += work
      seconds[kind, default: 0] += time
    }
  }

  /// By stages of its kind, else by all.
  func expected(_ stage: StageRecord, _ work: [String: Double]) -> Double? {
    guard let work = work[stage.name] else { return nil }
    let kind = seconds[stage.kind] == nil ? "" : stage.kind
    guard let time = seconds[kind], let done = flops[kind], done > 0 else { return nil }
    return work * time / done
  }
}

extension StageRecord {
  /// Whether it is neither finished nor running.
  fileprivate var isAhead: Bool {
    !status.isDone && status != .skipped && status != .running
      && !(status == .pending && action == "reuse")
  }
}

extension Store {
  /// The time of the stage's work when it was last done in this workspace, minus the part already
  /// done.
  fileprivate func expectedSeconds(of stage: StageRecord) throws -> Double? {
    let key = try StageKey(json: stage.components)
    guard let alike = try finishedStage(kind: stage.kind, containing: key.workJSON),
      let seconds = alike.seconds
    else { return nil }
    let saved = try checkpoints(stage: stage.id).first { !$0.corrupt }?.step ?? 0
    guard let total = stage.totalSteps, total > 0 else { return seconds }
    return seconds * Double(max(total - saved, 0)) / Double(total)
  }

  /// Time that a stage's tries took in its run.
  fileprivate func seconds(of stage: StageRecord) throws -> Double? {
    let tries = try attempts(stage: stage.id).filter { $0.number > 0 }
    guard !tries.isEmpty else { return nil }
    return tries.reduce(0) { $0 + Double(($1.endedAt ?? $1.startedAt) - $1.startedAt) / 1000 }
  }
}
