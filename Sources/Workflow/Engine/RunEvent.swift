public import Trace

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
  /// Seconds since the attempt began, and until it ends if steps continue at the recent speed.
  public var elapsed: Double?
  public var eta: Double?
  /// What it does inside its step, and how much of that is done: "sampled", 5 of 8.
  public var phase: String?
  public var done: Int?
  public var of: Int?
  /// The same with other unfinished phases of the step: "sampled 40/64, scored 32/64".
  public var words: String?
  /// Seconds until the run and the experiment end, where that is known.
  public var runETA: Double?
  public var experimentETA: Double?
  /// The run's place among those of its experiment, counted from 1.
  public var place: Int?
  /// A number that is not finite is null.
  public var metrics: [String: Double?]?
  public var reason: String?
  public var message: String?
  /// Of `runFinished`: how the run ended and the exit status that goes with it.
  public var status: String?
  public var exit: Int?

  private enum CodingKeys: String, CodingKey {
    case event, run, name, stage, kind, step, total, unit, elapsed, eta, phase, done, of, place
    case words = "inside"
    case runETA = "run_eta"
    case experimentETA = "experiment_eta"
    case metrics, reason, message, status, exit
  }

  public init(_ event: Kind, run: String, stage: String? = nil) {
    self.event = event
    self.run = run
    self.stage = stage
  }
}

extension RunEvent {
  /// The event of the run for an event of a stage; rows have none.
  init?(_ event: StageEvent, run: String, stage: String) {
    switch event {
    case .progress(let progress):
      self.init(.progress, run: run, stage: stage)
      step = progress.step
      (elapsed, eta) = (progress.elapsed, progress.eta)
      (phase, done, of) = (progress.place.phase, progress.place.done, progress.place.of)
      words = progress.place.words
    case .metrics(let step, let values):
      self.init(.metrics, run: run, stage: stage)
      self.step = step
      metrics = values
    case .log(let message):
      self.init(.log, run: run, stage: stage)
      self.message = message
    case .checkpoint(let step, _):
      self.init(.checkpoint, run: run, stage: stage)
      self.step = step
    case .began, .samples, .items: return nil
    }
  }
}

/// Receives what happens, in order, from whatever thread it happens on.
public protocol EventSink: Sendable {
  func receive(_ event: RunEvent)
}
