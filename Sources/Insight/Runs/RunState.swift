import Foundation
public import JSON
import Stages
public import Storage
import Workflow

/// The commands that a person may type next, as they are typed where they are read.
public struct NextCommands {
  /// Resumes a run.
  public let resume: (RunRecord) throws -> String
  /// Carries out a run's recipe as it now stands.
  public let again: (RunRecord) throws -> String

  public init(
    resume: @escaping (RunRecord) throws -> String, again: @escaping (RunRecord) throws -> String
  ) {
    self.resume = resume
    self.again = again
  }
}

/// What a run's table does not say: its place in an experiment, where it is, when it was last seen, and
/// what to do next.
public struct RunState {
  public let run: RunRecord
  public let experiment: ExperimentRecord?
  private let stages: [StageRecord]
  /// The step from which `resume` continues the running or last stage.
  private let saved: Int
  /// A later step whose checkpoint is damaged.
  private let damaged: Int?
  /// Completions that a stage without a checkpoint has sampled for its first step.
  private let sampled: Int
  private let superseded: Bool
  private let now: Int64
  /// The command that resumes it; nil if there is nothing to do.
  public let next: String?
  /// The command that begins another run, where this one failed.
  private let again: String?

  /// - Parameters:
  ///   - now: milliseconds since 1970.
  ///   - commands: what a person may type.
  public init(
    _ store: Store, _ run: RunRecord, now: Int64, commands: NextCommands
  ) throws {
    self.run = run
    self.now = now
    experiment = try store.experiment(of: run)
    stages = try store.stages(run: run.id)
    superseded = try store.supersededRuns().contains(run.id)
    let open = stages.first { [.running, .interrupted, .failed].contains($0.status) }
    let checkpoints = try open.map { try store.checkpoints(stage: $0.id) } ?? []
    let saved = checkpoints.first { !$0.corrupt }?.step ?? 0
    self.saved = saved
    sampled =
      try saved > 0 ? 0 : open.map { try store.storedSampleCount(stage: $0.id, step: 1) } ?? 0
    damaged = checkpoints.filter(\.corrupt).map(\.step).max().flatMap { $0 > saved ? $0 : nil }
    let isOpen = run.status != .succeeded && run.status != .running && !superseded
    next = isOpen ? try commands.resume(run) : nil
    again = isOpen && run.status == .failed ? try commands.again(run) : nil
  }

  private var open: StageRecord? {
    stages.first { [.running, .interrupted, .failed].contains($0.status) }
  }

  /// What the stage said, less the time since.
  private func rest(_ seconds: Double?, _ stage: StageRecord) -> Double? {
    guard let seconds, let at = stage.progress?.at else { return nil }
    return max(seconds - Double(now - at) / 1000, 0)
  }

  /// Above the table: the experiment, and which of its runs this is.
  public var title: String? {
    guard let experiment else { return nil }
    let counts = Dictionary(grouping: experiment.runs, by: \.status.word).mapValues(\.count)
    let words = ["succeeded", "failed", "interrupted", "running", "waiting"].compactMap { word in
      counts[word].map { "\($0) \(word)" }
    }
    return "experiment \(experiment.name): run \(run.position ?? 0) of \(experiment.runs.count); "
      + words.joined(separator: ", ")
  }

  /// Below the table.
  public var lines: [String] {
    var lines: [String] = []
    if let open { lines += run.status == .running ? [atWork(open)] : [left(open)] }
    if run.status == .running || run.status == .interrupted, let seen = run.heartbeatAt {
      lines.append(
        "last seen \(Self.time(seen)), \(Quantity.duration(Double(max(now - seen, 0)) / 1000)) ago")
    }
    if superseded {
      lines.append("a later run has the results of all its stages: there is nothing to resume")
    }
    return lines + steps
  }

  /// What to type next, each with what it does.
  public var steps: [String] {
    guard let next else { return [] }
    if let open, builtInStages.kind(open.kind)?.asksPeople == true {
      return [
        "\(next) --reviewed \(open.name)=FILE    continues with FILE as the reviewed rows\(rest)"
      ]
    }
    guard let again else { return ["\(next)    continues it\(rest)"] }
    return [
      "\(next)    tries again, with the recipe's present guards and gates\(rest)",
      "\(again)    after a change of data or settings: reuses stages that have not changed",
    ]
  }

  private func atWork(_ stage: StageRecord) -> String {
    let unit = stage.unit ?? "step"
    var text = "\(stage.name): \(unit) \(stage.step) of \(stage.totalSteps.map(String.init) ?? "?")"
    if let total = stage.totalSteps, total > 0 {
      text += " (\(Quantity.percent(Double(stage.step) / Double(total))))"
    }
    if let words = stage.progress?.words { text += ", \(words)" }
    if let eta = rest(stage.progress?.eta, stage) {
      text +=
        ", "
        + StageProgress.ends(
          stage: eta, run: rest(stage.progress?.runETA, stage),
          experiment: rest(stage.progress?.experimentETA, stage))
    }
    return text
  }

  private func left(_ stage: StageRecord) -> String {
    let unit = stage.unit ?? "step"
    let total = stage.totalSteps.map { " of \($0)" } ?? ""
    let damage = damaged.map { " (that of \(unit) \($0) is damaged)" } ?? ""
    guard saved > 0 else {
      return "\(stage.name) has no checkpoint\(damage): it will start again"
        + (sampled > 0 ? ", with the \(sampled) completions of its first step that are stored" : "")
        + (stage.step > 0 ? ", and repeat \(stage.step) \(unit)s" : "")
    }
    let lost = max(stage.step - saved, 0)
    return "\(stage.name) will continue from \(unit) \(saved)\(total)"
      + (damaged.map { " (the checkpoint of \(unit) \($0) is damaged)" } ?? "")
      + (lost > 0 ? ", and repeat \(lost) \(unit)\(lost == 1 ? "" : "s")" : "")
  }

  /// The runs of the experiment that wait behind it.
  private var rest: String {
    let waiting = experiment?.runs.count { $0.status == .created } ?? 0
    let runs = waiting == 1 ? "1 waiting run" : "\(waiting) waiting runs"
    return waiting > 0 ? ", and \(runs)" : ""
  }

  public static func time(_ milliseconds: Int64) -> String {
    Date(timeIntervalSince1970: Double(milliseconds) / 1000)
      .formatted(.iso8601.dateSeparator(.dash).dateTimeSeparator(.space))
  }

  /// The members of `status --json` in addition to those of `show`.
  public var members: [(String, JSONValue)] {
    var members: [(String, JSONValue)] = [
      ("message", .optional(run.message)),
      ("last_seen_at", .optional(run.heartbeatAt.map(RunDocuments.time))),
      ("resume_step", .optional(run.status == .running ? nil : open.map { _ in saved })),
      ("next", .optional(next)), ("superseded", .bool(superseded)),
    ]
    if run.status == .running, let open {
      let progress = open.progress
      members.append(
        (
          "progress",
          .object([
            ("stage", .string(open.name)), ("step", .int(open.step)),
            ("total", .optional(open.totalSteps)), ("unit", .optional(open.unit)),
            ("phase", .optional(progress?.phase)), ("done", .optional(progress?.done)),
            ("of", .optional(progress?.of)), ("inside", .optional(progress?.words)),
            ("eta", .optional(rest(progress?.eta, open))),
            ("run_eta", .optional(rest(progress?.runETA, open))),
            ("experiment_eta", .optional(rest(progress?.experimentETA, open))),
          ])
        ))
    }
    if let experiment {
      members.append(
        (
          "experiment",
          .object([
            ("id", .string(experiment.id)), ("name", .string(experiment.name)),
            ("place", .optional(run.position)), ("runs", .array(experiment.runs.map(Self.line))),
          ])
        ))
    }
    return members
  }

  private static func line(_ run: RunRecord) -> JSONValue {
    .object([
      ("run", .string(run.id)), ("name", .string(run.name)), ("status", .string(run.status.word)),
    ])
  }
}
