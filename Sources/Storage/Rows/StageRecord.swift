public enum StageStatus: String, Sendable, Codable {
  case pending, running, succeeded, reused, failed, interrupted, blocked, skipped

  /// Whether its outputs are there.
  public var isDone: Bool { self == .succeeded || self == .reused }
}

/// How far a run is, in stages.
public struct StageCount: Sendable, Hashable {
  public let done: Int
  public let total: Int

  public init(done: Int = 0, total: Int = 0) {
    self.done = done
    self.total = total
  }
}

/// A row of `stage`.
public struct StageRecord: Sendable, Hashable, Decodable {
  public let id: Int64
  public let run: String
  public let name: String
  public let position: Int
  public let kind: String
  public let revision: Int
  public let key: String
  /// What the key is the digest of, as JSON.
  public let components: String
  public internal(set) var status: StageStatus
  /// What the plan decided, and why.
  public let action: String
  public let reason: String
  /// Forced by a flag, whatever the cache contains.
  public let forced: Bool
  public let attempt: Int
  /// Updates done, as far as is recorded.
  public let step: Int
  public let totalSteps: Int?
  public let unit: String?
  /// Why it failed.
  public let message: String?
  /// An outside file changed while it ran, so that its result is not shared.
  public let tainted: Bool
  /// The stage whose metrics and samples it shows: itself, or the one it was reused from.
  public let originID: Int64
  /// The run it was reused from.
  public let reusedFrom: String?
  /// Outputs that were found broken, and why: "model: object 0123456789ab is missing".
  public let lost: String?
  /// Where it was when it last said so.
  public let progress: StageProgressRecord?

  static let select = """
    SELECT coalesce(stage.origin_id, stage.id) AS originID, origin.run_id AS reusedFrom, stage.*,
      stage.run_id AS run, stage.total_steps AS totalSteps,
      (SELECT group_concat(name || ': ' || lost, ', ') FROM output
        WHERE output.stage_id = stage.id AND lost IS NOT NULL) AS lost
    FROM stage
    LEFT JOIN stage AS origin ON origin.id = stage.origin_id
    """
}

/// The key of a stage after its rows, or rows of a stage before it, were reviewed.
public struct NewKey: Sendable, Hashable {
  public let stage: Int64
  public let key: String
  public let components: String

  public init(stage: Int64, key: String, components: String) {
    self.stage = stage
    self.key = key
    self.components = components
  }
}

/// A stage as it is planned.
public struct NewStage: Sendable, Hashable {
  public var name: String
  public var kind: String
  public var revision: Int
  public var key: String
  public var components: String
  public var upstream: [String]
  public var action: String
  public var reason: String
  /// Forced by a flag, whatever the cache contains.
  public var forced: Bool
  /// Left out by a flag.
  public var skipped: Bool
  /// The finished stage whose result it takes over from the start.
  public var adopted: Int64?

  public init(
    name: String, kind: String, revision: Int, key: String, components: String,
    upstream: [String] = [], action: String = "run", reason: String = "", forced: Bool = false,
    skipped: Bool = false, adopted: Int64? = nil
  ) {
    self.name = name
    self.kind = kind
    self.revision = revision
    self.key = key
    self.components = components
    self.upstream = upstream
    self.action = action
    self.reason = reason
    self.forced = forced
    self.skipped = skipped
    self.adopted = adopted
  }
}
