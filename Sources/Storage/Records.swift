import Foundation
import GRDB

/// A number that a stage reported.
public struct MetricRecord: Sendable, Hashable {
  public let stage: String
  public let step: Int
  public let name: String
  /// nil for what was not finite.
  public let value: Double?
  /// Milliseconds since 1970; no result depends on it.
  public let at: Int64
}

/// A sampled completion; see `SampleRow` of Workflow for the meaning of the fields.
public struct SampleRecord: Sendable, Hashable {
  public var stage: String
  public var step: Int
  public var promptID: Int
  public var sample: Int
  public var prompt: String
  public var completion: String
  public var promptIDs: [Int32]
  public var completionIDs: [Int32]
  public var logProbs: [Float]
  /// JSON: `{name: {"outcome", "score", "reason"}}`.
  public var rewards: String
  public var reward: Double?
  public var advantage: Double?
  public var finishReason: String
  public var gold: String?
  public var parsed: String?

  public init(
    stage: String = "", step: Int, promptID: Int, sample: Int, prompt: String, completion: String,
    promptIDs: [Int32], completionIDs: [Int32], logProbs: [Float], rewards: String,
    reward: Double?, advantage: Double?, finishReason: String, gold: String? = nil,
    parsed: String? = nil
  ) {
    self.stage = stage
    self.step = step
    self.promptID = promptID
    self.sample = sample
    self.prompt = prompt
    self.completion = completion
    self.promptIDs = promptIDs
    self.completionIDs = completionIDs
    self.logProbs = logProbs
    self.rewards = rewards
    self.reward = reward
    self.advantage = advantage
    self.finishReason = finishReason
    self.gold = gold
    self.parsed = parsed
  }

  init(row: Row) {
    self.init(
      stage: row["stage_name"], step: row["step"], promptID: row["prompt_id"],
      sample: row["sample"], prompt: row["prompt"], completion: row["completion"],
      promptIDs: Columns.ints(row["prompt_ids"]),
      completionIDs: Columns.ints(row["completion_ids"]),
      logProbs: Columns.floats(row["logprobs"]), rewards: row["rewards"], reward: row["reward"],
      advantage: row["advantage"], finishReason: row["finish_reason"], gold: row["gold"],
      parsed: row["parsed"])
  }
}

/// The score of one item of an evaluation, in one sample of it.
public struct ItemRecord: Sendable, Hashable {
  public var stage: String
  public var evaluation: String
  public var item: Int
  public var sample: Int
  public var score: Double?

  public init(stage: String = "", evaluation: String, item: Int, sample: Int, score: Double?) {
    self.stage = stage
    self.evaluation = evaluation
    self.item = item
    self.sample = sample
    self.score = score
  }
}

/// A row of the log.
public struct EventRecord: Sendable, Hashable {
  public let sequence: Int64
  public let run: String?
  public let stage: String?
  public let at: Int64
  public let kind: String
  public let data: [String: EventValue]
}

/// A resumable point of a stage.
public struct CheckpointRecord: Sendable, Hashable {
  public let id: Int64
  public let stageID: Int64
  public let attempt: Int
  public let step: Int
  public let manifest: String
  public let corrupt: Bool

  init(row: Row) {
    id = row["id"]
    stageID = row["stage_id"]
    attempt = row["attempt"]
    step = row["step"]
    manifest = row["manifest"]
    corrupt = row["corrupt"]
  }
}

/// One try at a stage.
public struct AttemptRecord: Sendable, Hashable {
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
  /// Seconds that the stage will still take.
  public var eta: Double?
  /// The same of its run and of the experiment.
  public var runETA: Double?
  public var experimentETA: Double?
  /// Milliseconds since 1970.
  public var at: Int64

  public init(
    phase: String? = nil, done: Int? = nil, of: Int? = nil, eta: Double? = nil,
    runETA: Double? = nil, experimentETA: Double? = nil, at: Int64
  ) {
    self.runETA = runETA
    self.experimentETA = experimentETA
    self.phase = phase
    self.done = done
    self.of = of
    self.eta = eta
    self.at = at
  }
}

/// What a stage did since the last batch: committed together.
public struct ProgressBatch: Sendable {
  public struct Metric: Sendable {
    public let step: Int
    public let name: String
    public let value: Double
    public let at: Int64

    public init(step: Int, name: String, value: Double, at: Int64) {
      self.step = step
      self.name = name
      self.value = value
      self.at = at
    }
  }

  public var metrics: [Metric] = []
  public var samples: [SampleRecord] = []
  public var items: [ItemRecord] = []
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
