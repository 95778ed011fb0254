import Foundation
public import JSON
public import Storage
public import Trace

/// Rows of the store as the JSON that commands print; the members are part of the contract.
public enum RunDocuments {
  /// One run of `ls`.
  public static func line(
    _ run: RunRecord, stages: StageCount, superseded: Bool = false
  ) -> JSONValue {
    .object(
      head(run) + [
        ("stages_done", .int(stages.done)), ("stages", .int(stages.total)),
        ("created_at", .string(time(run.createdAt))),
        ("ended_at", .optional(run.endedAt.map(time))), ("message", .optional(run.message)),
        ("last_seen_at", .optional(run.heartbeatAt.map(time))),
        ("experiment", .optional(run.experiment)), ("place", .optional(run.position)),
        ("superseded", .bool(superseded)),
      ])
  }

  /// `show RUN`.
  ///
  /// - Parameter more: further members.
  public static func run(
    _ store: Store, _ run: RunRecord, more: [(String, JSONValue)] = []
  ) throws -> JSONValue {
    let stages = try store.stages(run: run.id).map { JSONValue.object(try members(store, $0)) }
    return .object(head(run) + more + [("stages", .array(stages))])
  }

  /// `show RUN/STAGE`: the members of a run's stage, then how it came to them.
  public static func stage(_ store: Store, _ stage: StageRecord) throws -> JSONValue {
    let outputs = try store.outputs(stage: stage.id).sorted { $0.key < $1.key }
    let readable =
      stage.lost == nil ? outputs : outputs.filter { store.objects.isComplete($0.value) }
    let files = try readable.map { port, digest in
      let manifest = try store.objects.manifest(digest)
      return (
        port,
        JSONValue.object(
          manifest.files.sorted { $0.key < $1.key }.map { name, file in
            (name, .object([("sha256", .string(file.sha256)), ("size", .int(file.size))]))
          })
      )
    }
    let attempts = try store.attempts(stage: stage.id).map { attempt in
      JSONValue.object([
        ("attempt", .int(attempt.number)), ("from_step", .int(attempt.fromStep)),
        ("status", .string(attempt.status)), ("cause", .optional(attempt.cause)),
        ("started_at", .string(time(attempt.startedAt))),
        ("ended_at", .optional(attempt.endedAt.map(time))),
      ])
    }
    return .object(
      try members(store, stage) + [
        ("reason", .string(stage.reason)), ("message", .optional(stage.message)),
        ("total_steps", .optional(stage.totalSteps)), ("files", .object(files)),
        ("attempts", .array(attempts)), ("components", .verbatim(stage.components)),
      ])
  }

  private static func head(_ run: RunRecord) -> [(String, JSONValue)] {
    [
      ("run", .string(run.id)), ("name", .string(run.name)), ("recipe", .string(run.recipe)),
      ("variant", .optional(run.variant)), ("seed", .int(run.seed)),
      ("status", .string(run.status.word)),
    ]
  }

  private static func members(_ store: Store, _ stage: StageRecord) throws -> [(String, JSONValue)]
  {
    let outputs = try store.outputs(stage: stage.id).sorted { $0.key < $1.key }
    var members: [(String, JSONValue)] = [
      ("stage", .string(stage.name)), ("kind", .string(stage.kind)),
      ("status", .string(stage.status.rawValue)), ("action", .string(stage.action)),
      ("key", .string(stage.key)), ("reused_from", .optional(stage.reusedFrom)),
      ("step", .int(stage.step)),
      ("outputs", .object(outputs.map { ($0.key, .string($0.value)) })),
    ]
    if let lost = stage.lost { members.append(("lost", .string(lost))) }
    return members
  }

  /// A time in milliseconds since 1970, as ISO 8601.
  public static func time(_ milliseconds: Int64) -> String {
    Date(timeIntervalSince1970: Double(milliseconds) / 1000).ISO8601Format()
  }

  /// One line of `metrics`.
  public static func metric(_ metric: MetricRecord) -> JSONValue {
    .object([
      ("stage", .string(metric.stage)), ("step", .int(metric.step)),
      ("name", .string(metric.name)), ("value", .optional(metric.value)),
    ])
  }

  /// One line of `samples`.
  public static func sample(_ sample: Sample, of stage: String) -> JSONValue {
    .object([
      ("stage", .string(stage)), ("step", .int(sample.step)),
      ("prompt_id", .int(sample.promptID)), ("sample", .int(sample.sample)),
      ("prompt", .string(sample.prompt.text)), ("completion", .string(sample.completion.text)),
      ("prompt_ids", .ids(sample.prompt.tokens)),
      ("completion_ids", .ids(sample.completion.tokens)),
      ("logprobs", .floats(sample.completion.logProbs ?? [])),
      ("rewards", .object(rewards(sample))),
      ("reward", .optional(sample.reward)), ("advantage", .optional(sample.advantage)),
      ("finish_reason", .string(sample.finishReason)), ("gold", .optional(sample.gold)),
      ("parsed", .optional(sample.parsed)),
    ])
  }

  private static func rewards(_ sample: Sample) -> [(String, JSONValue)] {
    sample.rewards.sorted { $0.key < $1.key }.map { name, reward in
      var members: [(String, JSONValue)] = [
        ("outcome", .string(reward.name)), ("score", .optional(reward.score)),
      ]
      if let reason = reward.reason { members.append(("reason", .string(reason))) }
      return (name, .object(members))
    }
  }
}
