import Neural

/// The work of a stage, before its speed is known.
public struct Workload: Sendable, Hashable {
  /// Updates of a stage that trains.
  public var updates = 0.0
  /// Completions that are sampled, or rows that are trained on.
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
  /// Bytes of its output, including samples in the database, and of its checkpoints while it runs.
  public var outputBytes = 0.0
  public var checkpointBytes = 0.0

  public init() {}

  public var flops: Double { trainingFLOPs + samplingFLOPs + scoringFLOPs }
}

/// The work of a stage and the shapes of its outputs.
struct StageEstimate {
  /// The type of the factors of matrix products.
  let precision: Precision
  var workload = Workload()
  /// Whether the stage holds the rows of its datasets as tokens, not as text.
  var rowsAreTokens = false
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

/// Why a workload is unknown.
public struct UnknownShape: Error, Sendable, Hashable, CustomStringConvertible {
  public let description: String

  public init(description: String) { self.description = description }
}
