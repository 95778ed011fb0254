public import Recipes
public import Settings

/// A named, versioned algorithm: a synchronous function from a configuration and inputs to outputs.
///
/// It sees no database, clock, file system or actor; everything comes and goes through its context.
public protocol StageKind: SendableMetatype {
  associatedtype Config: Configuration

  /// As a recipe spells it.
  static var name: String { get }
  /// Raised when the same inputs would give other results; part of the stage key.
  static var revision: Int { get }
  /// One sentence for `list kinds` and the documentation.
  static var summary: String { get }
  static var inputs: [InputPort] { get }
  static var outputs: [OutputPort] { get }
  /// The metrics that it records, besides timings; by default nothing is declared, and nothing
  /// checked.
  static var metrics: [MetricDescription] { get }
  /// The values of words in braces in the metrics' names: for `{reward}`, the names of its rewards.
  static func metricWords(_ config: Config) -> [String: [String]]
  /// What a stage with these settings and inputs now computes differently from the revision, by
  /// name: a bug fix changes the keys of exactly the stages whose results it changes.
  static func methods(
    _ config: Config, inputs: [String: [InputReference]]
  ) -> [String: String]
  /// Whether it gives rows to a person (`StageContext.review`): its output then depends on the
  /// answer, which becomes part of its key.
  static var asksPeople: Bool { get }
  /// Whether it draws tokens from its models.
  static var samples: Bool { get }
  /// Whether it compares completions with gold answers; the revisions of its verifiers are then
  /// part of its key.
  static func judges(_ config: Config) -> Bool

  /// Runs the stage to its end, or throws; `StageStopped` if the context requested a stop.
  static func run(_ config: Config, in context: any StageContext) throws -> StageOutput
}

extension StageKind {
  public static var asksPeople: Bool { false }
  public static var samples: Bool { false }
  public static func judges(_ config: Config) -> Bool { false }
  public static var metrics: [MetricDescription] { [] }
  public static func metricWords(_ config: Config) -> [String: [String]] { [:] }

  public static func methods(
    _ config: Config, inputs: [String: [InputReference]]
  ) -> [String: String] { [:] }

  public static var description: KindDescription {
    KindDescription(
      name: name, revision: revision, summary: summary,
      fields: Config.fields.map(\.description), inputs: inputs, outputs: outputs,
      samples: samples, judges: { judges(Config(values: $0)) },
      metrics: metrics.isEmpty ? [] : metrics + StepTimer.metrics,
      metricWords: { metricWords(Config(values: $0)) },
      problems: { Config(values: $0).problems },
      methods: { methods(Config(values: $0.values), inputs: $0.inputs) })
  }
}

/// The stage kinds of a program, with the fields of models and datasets.
public struct StageCatalog: Sendable {
  public let kinds: [any StageKind.Type]
  public let recipes: RecipeCatalog

  public init(
    _ kinds: [any StageKind.Type], model: SourceDescription, dataset: SourceDescription,
    elsewhere: NamesElsewhere = .none
  ) {
    self.kinds = kinds
    recipes = RecipeCatalog(
      kinds: kinds.map { $0.description }, model: model, dataset: dataset, elsewhere: elsewhere)
  }

  public func kind(_ name: String) -> (any StageKind.Type)? { kinds.first { $0.name == name } }
}
