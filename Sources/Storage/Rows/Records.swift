public import Trace

/// A number that a stage reported.
public struct MetricRecord: Sendable, Hashable, Decodable {
  public let stage: String
  public let step: Int
  public let name: String
  /// nil for what was not finite.
  public let value: Double?
  /// Milliseconds since 1970; no result depends on it.
  public let at: Int64
}

/// A row of the log.
public struct EventRecord: Sendable, Hashable, Decodable {
  public let sequence: Int64
  public let run: String?
  public let stage: String?
  public let at: Int64
  public let kind: String
  public let data: [String: EventValue]
}

/// A resumable point of a stage.
public struct CheckpointRecord: Sendable, Hashable, Decodable {
  public let id: Int64
  public let stageID: Int64
  public let attempt: Int
  public let step: Int
  public let manifest: String
  public let corrupt: Bool
}

/// One try at a stage.
public struct AttemptRecord: Sendable, Hashable, Decodable {
  public let number: Int
  public let fromStep: Int
  public let status: String
  public let cause: String?
  public let startedAt: Int64
  public let endedAt: Int64?
}

/// Where a running stage is, for people who watch it from elsewhere; no result.
public struct StageProgressRecord: Sendable, Hashable, Codable {
  /// What it does inside its step, and how much of that is done: "sampled", 5 of 8.
  public var phase: String?
  public var done: Int?
  public var of: Int?
  /// The same with what else it has begun inside the step: "sampled 40/64, scored 32/64".
  public var words: String?
  /// Seconds that the stage will still take.
  public var eta: Double?
  /// The same of its run and of the experiment.
  public var runETA: Double?
  public var experimentETA: Double?
  /// Milliseconds since 1970.
  public var at: Int64

  public init(
    phase: String? = nil, done: Int? = nil, of: Int? = nil, words: String? = nil,
    eta: Double? = nil, runETA: Double? = nil, experimentETA: Double? = nil, at: Int64
  ) {
    self.runETA = runETA
    self.experimentETA = experimentETA
    self.phase = phase
    self.done = done
    self.of = of
    self.words = words
    self.eta = eta
    self.at = at
  }
}

/// What a stage did since the last batch: committed together.
public struct ProgressBatch: Sendable {
  public struct Metric: Sendable {
    public let step: Int
    public let name: String
    /// nil for what is not finite.
    public let value: Double?
    public let at: Int64

    public init(step: Int, name: String, value: Double?, at: Int64) {
      self.step = step
      self.name = name
      self.value = value
      self.at = at
    }
  }

  public var metrics: [Metric] = []
  public var samples: [Sample] = []
  public var items: [Item] = []
  public var logs: [String] = []
  public var step = 0
  public var totalSteps: Int?
  public var unit: String?
  public var progress: StageProgressRecord?

  public init() {}

  public var isEmpty: Bool {
    metrics.isEmpty && samples.isEmpty && items.isEmpty && logs.isEmpty
  }
}
