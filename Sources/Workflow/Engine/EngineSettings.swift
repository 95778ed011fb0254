import Dispatch
import Foundation
public import Storage

/// Settings of an engine that are not in its plan.
public struct EngineSettings: Sendable {
  /// Set to stop at the next step.
  public var stop = StopFlag()
  /// Continue with stages that do not depend on a failed one.
  public var keepGoing = false
  /// The shortest time between two checkpoints of a stage; 0 saves at every step.
  public var checkpointSeconds = 20.0
  /// Processors that the stages' arithmetic uses.
  public var processors = ProcessInfo.processInfo.activeProcessorCount
  /// The remaining time of a run and its experiment.
  public var outlook: (@Sendable (StagePace) -> Outlook)?
  /// Seconds on a clock that only runs forward.
  public var seconds: @Sendable () -> Double = {
    Double(DispatchTime.now().uptimeNanoseconds) * 1e-9
  }

  public init() {}

  /// `REGIMEN_CHECKPOINT_SECONDS` replaces the shortest time between checkpoints.
  public init(environment: [String: String]) {
    if let seconds = environment["REGIMEN_CHECKPOINT_SECONDS"].flatMap(Double.init), seconds >= 0 {
      checkpointSeconds = seconds
    }
  }
}

/// The progress of the running stage: its seconds in this attempt and the remaining ones.
public struct StagePace: Sendable {
  public let stage: String
  public let elapsed: Double
  public let eta: Double?
}

/// Seconds until a run and its experiment end; nil where that is not known.
public struct Outlook: Sendable {
  public var run: Double?
  public var experiment: Double?

  public init(run: Double? = nil, experiment: Double? = nil) {
    self.run = run
    self.experiment = experiment
  }
}

/// The name and the source of a new run.
public struct RunRequest: Sendable {
  public var name: String
  /// The recipe file as it was, its path, and the `-S` overrides.
  public var source: String
  public var path: String
  public var overrides: [String]
  /// The machine, program and versions.
  public var environment: [String: String]

  public init(
    name: String, source: String = "", path: String = "", overrides: [String] = [],
    environment: [String: String] = [:]
  ) {
    self.name = name
    self.source = source
    self.path = path
    self.overrides = overrides
    self.environment = environment
  }
}

/// How a run ended.
public struct RunOutcome: Sendable, Hashable {
  /// The run's id.
  public let run: String
  public let name: String
  public let status: RunStatus
  /// 0 for success, 1 if a stage failed, 75 if it stopped and can be resumed.
  public let exitCode: Int32
}
