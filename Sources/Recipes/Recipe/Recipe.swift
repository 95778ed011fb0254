public import Settings

/// A recipe as a value, for one variant: valid by construction, every default filled in.
public struct Recipe: Sendable, Hashable {
  public let name: String
  /// The variant's name; nil for the recipe as written.
  public let variant: String?
  /// What it is for.
  public let description: String?
  public let seed: Int
  public let precision: PrecisionChoice
  public let logTo: LogDestination?
  public let models: [String: SourceSpec]
  public let datasets: [String: SourceSpec]
  /// In an order in which every stage comes after its inputs (the file's order where it allows).
  public let stages: [StageSpec]
  public let comparison: ComparisonSpec?
  /// The assumptions of a plan; a stored recipe has none.
  public let assumptions: Assumptions

  public init(
    name: String, variant: String? = nil, description: String? = nil, seed: Int,
    precision: PrecisionChoice = .f32, logTo: LogDestination? = nil,
    models: [String: SourceSpec] = [:],
    datasets: [String: SourceSpec] = [:], stages: [StageSpec], comparison: ComparisonSpec? = nil,
    assumptions: Assumptions = Assumptions()
  ) {
    self.name = name
    self.variant = variant
    self.description = description
    self.seed = seed
    self.precision = precision
    self.logTo = logTo
    self.models = models
    self.datasets = datasets
    self.stages = stages
    self.comparison = comparison
    self.assumptions = assumptions
  }
}

/// What the factors of matrix products are held in; `auto` depends on the processor.
public enum PrecisionChoice: String, FieldChoice {
  case auto, f32, bf16
}

/// Where metrics go besides the database; no result depends on it.
public enum LogDestination: String, FieldChoice {
  /// Event files, at runs/tensorboard/NAME-ID/STAGE.
  case tensorboard
}

/// A `models:` or `datasets:` entry with its defaults; paths are absolute.
public struct SourceSpec: Sendable, Hashable {
  public let name: String
  public let type: PortType
  public let values: [String: ConfigValue]

  public init(name: String, type: PortType, values: [String: ConfigValue]) {
    self.name = name
    self.type = type
    self.values = values
  }
}

/// One stage with its defaults.
public struct StageSpec: Sendable, Hashable {
  public let name: String
  public let kind: String
  public let values: [String: ConfigValue]
  /// What each input port is given; a port that the recipe leaves out is absent.
  public let inputs: [String: [InputReference]]
  public let policy: StagePolicy
  /// Stages that must be done, and promoted, before this one, though it takes nothing from them.
  public let needs: [String]

  public init(
    name: String, kind: String, values: [String: ConfigValue],
    inputs: [String: [InputReference]] = [:], policy: StagePolicy = StagePolicy(),
    needs: [String] = []
  ) {
    self.policy = policy
    self.needs = needs
    self.name = name
    self.kind = kind
    self.values = values
    self.inputs = inputs
  }
}

/// A reference `$x` or `$x.output` at an input port.
public struct InputReference: Sendable, Hashable {
  public enum Origin: Sendable, Hashable {
    /// A `models:` or `datasets:` entry.
    case source(String)
    case stage(String, output: String)
  }
  public let origin: Origin
  /// The share of a mixture: 0.25 uses a quarter of the rows in each pass, 2 uses each row twice.
  public let weight: Double
  /// The steps for which it holds.
  public let window: StepWindow

  public init(origin: Origin, weight: Double = 1, window: StepWindow = .always) {
    self.origin = origin
    self.weight = weight
    self.window = window
  }
}

/// Steps from one to another, both included.
public struct StepWindow: Sendable, Hashable, Codable {
  public let from: Int
  /// nil: to the end.
  public let until: Int?

  public static let always = StepWindow()

  public init(from: Int = 1, until: Int? = nil) {
    self.from = from
    self.until = until
  }

  public func contains(_ step: Int) -> Bool { step >= from && step <= until ?? .max }

  public func overlaps(_ other: StepWindow) -> Bool {
    max(from, other.from) <= min(until ?? .max, other.until ?? .max)
  }

  /// What differs from `always`, as recipes, keys and stored recipes hold it.
  var values: [String: ConfigValue] {
    var values: [String: ConfigValue] = [:]
    if from > 1 { values["from_step"] = .int(from) }
    if let until { values["until_step"] = .int(until) }
    return values
  }
}

/// The `compare:` section.
public struct ComparisonSpec: Sendable, Hashable {
  public let metric: String
  public let baseline: String?
  public let seeds: [Int]

  public init(metric: String, baseline: String? = nil, seeds: [Int]) {
    self.metric = metric
    self.baseline = baseline
    self.seeds = seeds
  }
}
