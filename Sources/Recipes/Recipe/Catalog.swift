public import Settings

/// What a port carries from one stage to another.
public enum PortType: String, Sendable, Hashable {
  case model, dataset
  /// A model that scores texts; only stages make it.
  case rewardModel = "reward_model"
}

/// A place where a stage takes something in; written as a key of the stage with a reference.
public struct InputPort: Sendable, Hashable {
  public let name: String
  public let type: PortType
  public let required: Bool
  /// Whether a list of references is allowed (datasets: a mixture).
  public let multiple: Bool
  /// Whether a reference may hold for some steps only (`from_step`, `until_step`).
  public let scheduled: Bool
  public let summary: String

  public init(
    _ name: String, _ type: PortType, required: Bool = true, multiple: Bool = false,
    scheduled: Bool = false, _ summary: String
  ) {
    self.scheduled = scheduled
    self.name = name
    self.type = type
    self.required = required
    self.multiple = multiple
    self.summary = summary
  }
}

/// Something that a stage leaves behind; `$stage` means the first.
public struct OutputPort: Sendable, Hashable {
  public let name: String
  public let type: PortType
  public let summary: String

  public init(_ name: String, _ type: PortType, _ summary: String) {
    self.name = name
    self.type = type
    self.summary = summary
  }
}

/// A stage kind as recipes see it.
public struct KindDescription: Sendable {
  public let name: String
  public let revision: Int
  public let summary: String
  public let fields: [FieldDescription]
  public let inputs: [InputPort]
  public let outputs: [OutputPort]
  /// Whether it draws tokens from its models.
  public let samples: Bool
  /// Whether a stage with these values compares completions with gold answers.
  public let judges: @Sendable ([String: ConfigValue]) -> Bool
  /// What it reports; empty for a kind that does not declare it.
  public let metrics: [MetricDescription]
  /// What words in braces of metrics' names can be with resolved values; a word that is not in it
  /// can be anything.
  public let metricWords: @Sendable ([String: ConfigValue]) -> [String: [String]]
  /// Mistakes between fields of resolved values.
  public let problems: @Sendable ([String: ConfigValue]) -> [ConfigProblem]
  /// What a stage with these settings computes in another way than the kind's revision first did.
  public let methods: @Sendable (StageSpec) -> [String: String]

  public init(
    name: String, revision: Int, summary: String, fields: [FieldDescription],
    inputs: [InputPort], outputs: [OutputPort], samples: Bool = false,
    judges: @escaping @Sendable ([String: ConfigValue]) -> Bool = { _ in false },
    metrics: [MetricDescription] = [],
    metricWords: @escaping @Sendable ([String: ConfigValue]) -> [String: [String]] = { _ in [:] },
    problems: @escaping @Sendable ([String: ConfigValue]) -> [ConfigProblem],
    methods: @escaping @Sendable (StageSpec) -> [String: String] = { _ in [:] }
  ) {
    self.methods = methods
    self.name = name
    self.revision = revision
    self.summary = summary
    self.fields = fields
    self.inputs = inputs
    self.outputs = outputs
    self.samples = samples
    self.judges = judges
    self.metrics = metrics
    self.metricWords = metricWords
    self.problems = problems
  }
}

extension KindDescription {
  /// Whether rows' gold answers matter to it, or to what takes its rows.
  var looksAtAnswers: Bool { samples || outputs.contains { $0.type == .dataset } }
}

/// The fields of a `models:` or `datasets:` entry.
public struct SourceDescription: Sendable {
  public let fields: [FieldDescription]
  public let problems: @Sendable ([String: ConfigValue]) -> [ConfigProblem]
  /// Whether a model has rows in its vocabulary that no token has, given its values and the content
  /// digests of files by path.
  let hasUnnamedRows: @Sendable ([String: ConfigValue], [String: String]) -> Bool
  /// What else decides a source's content, by resolved values: how its file is read, if earlier
  /// versions of the program read the same file differently; also given whether gold answers matter
  /// to the stage that uses it.
  public let reading: @Sendable ([String: ConfigValue], Bool) -> [String: ConfigValue]
  /// The verifiers that judge answers to a dataset's rows, as far as its values say, with the
  /// revisions of their rules.
  public let verifiers: @Sendable ([String: ConfigValue]) -> [String: Int]

  public init<Config: Configuration>(
    _ type: Config.Type,
    hasUnnamedRows: @escaping @Sendable ([String: ConfigValue], [String: String]) -> Bool = {
      _, _ in false
    },
    reading: @escaping @Sendable ([String: ConfigValue], Bool) -> [String: ConfigValue] = {
      _, _ in [:]
    },
    verifiers: @escaping @Sendable ([String: ConfigValue]) -> [String: Int] = { _ in [:] }
  ) {
    fields = Config.fields.map(\.description)
    problems = { Config(values: $0).problems }
    self.hasUnnamedRows = hasUnnamedRows
    self.reading = reading
    self.verifiers = verifiers
  }
}

/// Everything a recipe may name.
public struct RecipeCatalog: Sendable {
  public let kinds: [KindDescription]
  public let model: SourceDescription
  public let dataset: SourceDescription
  /// What keys and values that people bring from other trainers are here.
  public let elsewhere: NamesElsewhere

  public init(
    kinds: [KindDescription], model: SourceDescription, dataset: SourceDescription,
    elsewhere: NamesElsewhere = .none
  ) {
    self.elsewhere = elsewhere
    self.kinds = kinds
    self.model = model
    self.dataset = dataset
  }

  public func kind(_ name: String) -> KindDescription? { kinds.first { $0.name == name } }

  /// Whether stages of a kind leave nothing behind but metrics, which measure a model.
  public func isEvaluation(_ kind: String) -> Bool { self.kind(kind)?.outputs.isEmpty == true }
}
