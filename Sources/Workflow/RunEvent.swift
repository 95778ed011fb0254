/// One thing that happened in a run, as data: consoles, logs and pages are sinks of the same stream.
///
/// Encodes to a flat JSON object; fields that do not belong to the kind are absent.
public struct RunEvent: Sendable, Hashable, Codable {
  public enum Kind: String, Sendable, Codable {
    case runStarted = "run_started"
    case stageWaiting = "stage_waiting"
    case stageStarted = "stage_started"
    case stageReused = "stage_reused"
    case progress, metrics, checkpoint, log
    case stageFinished = "stage_finished"
    case stageRolledBack = "stage_rolled_back"
    case stageNotPromoted = "stage_not_promoted"
    case stageFailed = "stage_failed"
    case stageBlocked = "stage_blocked"
    case stageInterrupted = "stage_interrupted"
    case runFinished = "run_finished"
  }

  public let event: Kind
  /// The run's id.
  public let run: String
  /// The run's name.
  public var name: String?
  public var stage: String?
  public var kind: String?
  public var step: Int?
  public var total: Int?
  public var unit: String?
  /// Seconds since the attempt began, and until it ends if steps go on as the recent ones did.
  public var elapsed: Double?
  public var eta: Double?
  /// A number that is not finite is null.
  public var metrics: [String: Double?]?
  public var reason: String?
  public var message: String?
  /// Of `runFinished`: how the run ended and the exit status that goes with it.
  public var status: String?
  public var exit: Int?

  public init(_ event: Kind, run: String, stage: String? = nil) {
    self.event = event
    self.run = run
    self.stage = stage
  }
}

/// Receives what happens, in order, from whatever thread it happens on.
public protocol EventSink: Sendable {
  func receive(_ event: RunEvent)
}
