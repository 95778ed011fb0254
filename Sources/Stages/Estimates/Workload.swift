import Neural
import Workflow

/// What a stage has to do, before it is known how fast that goes.
public struct Workload: Sendable, Hashable {
  /// Updates of a stage that trains.
  public var updates = 0.0
  /// Completions that are sampled, or rows that are learnt.
  public var samples = 0.0
  /// Tokens that are written one by one.
  public var sampledTokens = 0.0
  /// Tokens that go through a backward pass.
  public var trainedTokens = 0.0
  /// Operations, two for each multiply-add: of backward passes with their forward ones, of decoding,
  /// and of forward passes alone (prompts, references, teachers, reward models).
  public var trainingFLOPs = 0.0
  public var samplingFLOPs = 0.0
  public var scoringFLOPs = 0.0
  public var memory = WorkloadMemory()
  /// What it leaves, samples in the database included, and what its checkpoints take meanwhile.
  public var outputBytes = 0.0
  public var checkpointBytes = 0.0

  public init() {}

  public var flops: Double { trainingFLOPs + samplingFLOPs + scoringFLOPs }
}

/// What a stage has to do and what it leaves for others.
struct StageEstimate {
  /// What the factors of matrix products are held in.
  let precision: Precision
  var workload = Workload()
  /// By output port.
  var models: [String: ModelShape] = [:]
  var datasets: [String: DatasetShape] = [:]

  init(_ precision: Precision) { self.precision = precision }
}

/// A dataset's size: rows, and bytes of text in each on average.
struct DatasetShape: Sendable, Hashable {
  var rows: Double
  var prompt: Double
  var completion: Double
}

/// A stage kind that can say what it will have to do.
protocol EstimatedStage: StageKind {
  /// - Throws: `UnknownShape` for what cannot be told from the recipe.
  static func estimate(_ config: Config, _ shapes: StageShapes) throws -> StageEstimate
}

/// Why a workload cannot be told.
public struct UnknownShape: Error, Sendable, Hashable, CustomStringConvertible {
  public let description: String

  public init(description: String) { self.description = description }
}
