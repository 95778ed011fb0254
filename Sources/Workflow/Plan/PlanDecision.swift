import Recipes
import Settings
import Storage

/// What happens to one stage, and why.
struct PlanDecision {
  let action: PlanAction
  var reason: String
  var estimate: PlanEstimate?
  var forced: Bool

  init(
    _ action: PlanAction, _ reason: String, estimate: PlanEstimate? = nil, forced: Bool = false
  ) {
    self.action = action
    self.reason = reason
    self.estimate = estimate
    self.forced = forced
  }

  init(_ adopted: AdoptedStage) {
    self.init(.reuse(stageID: adopted.record.id, run: adopted.record.run), adopted.reason)
  }

  /// "run: learning_rate changed 0.0003 → 0.0001 since run r1 (01k...)".
  var text: String { "\(action.word): \(reason)" }

  static let skipped = PlanDecision(.run, "left out by a flag")
}

extension Planner {
  /// - Parameters:
  ///   - force: the flag that asks for a fresh result, if any.
  ///   - planned: keys that the same command finishes before.
  func decide(
    _ stage: StageSpec, _ key: StageKey, force: String?, planned: Set<StageKey>
  ) throws -> PlanDecision {
    let estimate = try estimate(stage, key)
    if let force { return PlanDecision(.run, force, estimate: estimate, forced: true) }
    if let cached = try store.cachedStage(key: key.digest) {
      if try store.hasOutputs(stage: cached.id) {
        return PlanDecision(
          .reuse(stageID: cached.id, run: cached.run), "same key as run \(cached.label)")
      }
      return PlanDecision(
        .run, "outputs of run \(cached.label) are gone from runs/objects", estimate: estimate)
    }
    if planned.contains(key) {
      return PlanDecision(.reuse(stageID: nil, run: nil), "same key as an earlier run of this plan")
    }
    if let decision = try unfinished(key, estimate) { return decision }
    return PlanDecision(.run, try change(stage, key), estimate: estimate)
  }

  /// The checkpoint or rows of an earlier attempt at the same key.
  private func unfinished(
    _ key: StageKey, _ estimate: PlanEstimate?
  ) throws -> PlanDecision? {
    let tried = try store.earlierStages(key: key.digest).filter {
      [.interrupted, .failed, .running].contains($0.status)
    }
    if let best = tried.furthest, let step = best.checkpointStep {
      return PlanDecision(
        .resume(stageID: best.id, run: best.run, step: step), best.place,
        estimate: estimate?.share(of: best.totalSteps, after: step))
    }
    guard let newest = tried.first else { return nil }
    let why =
      switch newest.status {
      case let status where status != .running && newest.brokenStep != nil:
        "its checkpoint of step \(newest.brokenStep ?? 0) in run \(newest.label) is damaged and set aside"
      case .running: "run \(newest.label) works on it; its result is taken when it is done"
      case .failed: "failed in run \(newest.label) before its first checkpoint"
      default: "stopped in run \(newest.label) before its first checkpoint"
      }
    return PlanDecision(.run, why, estimate: estimate)
  }

  /// What happens to a stage of a resumed run.
  func decide(
    _ record: StageRecord, _ stage: StageSpec, _ key: StageKey
  ) throws -> PlanDecision {
    if record.status.isDone {
      return PlanDecision(.reuse(stageID: record.id, run: record.run), "done in this run")
    }
    let saved = try store.checkpoints(stage: record.id)
    let damage = DamagedCheckpoint(saved, resuming: saved.first { !$0.corrupt }?.step)
    if let point = saved.first(where: { !$0.corrupt }) {
      let total = record.totalSteps.map { " of \($0)" } ?? ""
      return PlanDecision(
        .resume(stageID: record.id, run: record.run, step: point.step),
        "step \(point.step)\(total)" + (damage.map { ", since \($0.words)" } ?? ""),
        estimate: try estimate(stage, key), forced: record.forced)
    }
    if let damage, try store.cachedStage(key: key.digest) == nil {
      return PlanDecision(
        .run, "from the start, since \(damage.words)", estimate: try estimate(stage, key),
        forced: record.forced)
    }
    var decision = try decide(
      stage, key, force: record.forced ? "requested again" : nil, planned: [])
    if case .run = decision.action, !record.forced, try store.hadLoss(stage: record.id) {
      decision.reason = "its result in this run was damaged and set aside"
    }
    return decision
  }

  /// The difference from the most similar earlier stage of this name; among equals the newest.
  private func change(_ stage: StageSpec, _ key: StageKey) throws -> String {
    // Reading keys takes time, and old stages are of little use.
    let earlier = try store.earlierStages(name: stage.name, kind: stage.kind, limit: 5)
    let differences = try earlier.map {
      ($0, key.differences(from: try StageKey(json: $0.components)))
    }
    guard let (nearest, difference) = differences.min(by: { $0.1.count < $1.1.count }) else {
      return "no earlier run has this stage"
    }
    if difference.isEmpty, nearest.isLost {
      return "its result in run \(nearest.label) is damaged and set aside"
    }
    return difference.isEmpty
      ? "no earlier run has this key"
      : "\(Self.text(difference)) since run \(nearest.label)"
  }

  /// From the newest stage of the same kind and settings, whatever its inputs and seed.
  private func estimate(_ stage: StageSpec, _ key: StageKey) throws -> PlanEstimate? {
    guard let alike = try store.finishedStage(kind: stage.kind, containing: key.workJSON),
      let seconds = alike.seconds
    else { return nil }
    // Two checkpoints are kept, and a third exists while it is written.
    return PlanEstimate(
      seconds: seconds, outputBytes: alike.outputBytes ?? 0,
      checkpointBytes: 3 * (alike.checkpointBytes ?? 0), basis: "as in run \(alike.label)")
  }
}

/// A checkpoint further on than the one that a stage resumes from, which could not be used.
struct DamagedCheckpoint {
  private let step: Int

  /// Nil where none is.
  ///
  /// - Parameter point: the step that is resumed from; nil: from the start.
  init?(_ checkpoints: [CheckpointRecord], resuming point: Int?) {
    let broken = checkpoints.filter(\.corrupt).map(\.step).max()
    guard let broken, broken > point ?? 0 else { return nil }
    step = broken
  }

  /// "the checkpoint of step 200 is damaged and was set aside".
  var words: String { "the checkpoint of step \(step) is damaged and was set aside" }
}

extension StageKey {
  /// The components that decide how long a stage takes, its inputs and seed left aside: in canonical
  /// JSON, whose members are sorted, these stand together.
  var workJSON: String {
    guard case .map(var parts) = components else { return "" }
    for name in ["inputs", "seed", "v"] { parts[name] = nil }
    return String(ConfigValue.map(parts).canonicalJSON.dropFirst().dropLast())
  }
}

extension EarlierStage {
  /// "r1 (01k...)".
  var label: String { "\(runName) (\(run))" }

  /// "step 400 of 1000 of run r1 (01k...)".
  var place: String {
    "step \(checkpointStep ?? 0)\(totalSteps.map { " of \($0)" } ?? "") of run \(label)"
  }
}

extension [EarlierStage] {
  /// Of those that no process works on, the one with the furthest checkpoint.
  var furthest: EarlierStage? {
    filter { [.interrupted, .failed].contains($0.status) && $0.runStatus != .running }
      .filter { $0.checkpointStep != nil }
      .max { ($0.checkpointStep ?? 0) < ($1.checkpointStep ?? 0) }
  }
}

extension PlanEstimate {
  /// What is left after some of the steps.
  func share(of total: Int?, after step: Int) -> PlanEstimate {
    guard let total, total > 0 else { return self }
    return PlanEstimate(
      seconds: seconds * Double(max(total - step, 0)) / Double(total), outputBytes: outputBytes,
      checkpointBytes: checkpointBytes, basis: basis)
  }
}
