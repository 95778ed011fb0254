/// A set of fields with defaults: the settings of a stage kind, a model or a dataset.
public protocol Configuration: Sendable {
  /// The defaults.
  init()
  static var fields: [Field<Self>] { get }
  /// Mistakes that no single field shows (`epsilon_high` below `epsilon`): the field to point at, and
  /// a sentence.
  var problems: [ConfigProblem] { get }
}

/// A mistake in a configuration, at one of its fields: `epsilon`, `reward_funcs[1].types`.
public struct ConfigProblem: Sendable, Hashable {
  public let field: String
  public let message: String

  public init(_ field: String, _ message: String) {
    self.field = field
    self.message = message
  }
}

extension Configuration {
  public var problems: [ConfigProblem] { [] }

  /// The configuration that resolved values describe. The loader has checked them.
  public init(values: [String: ConfigValue]) {
    self.init()
    for field in Self.fields {
      if let value = values[field.description.name] { field.assign(value, &self) }
    }
  }

  /// Every field with the value held here.
  public var values: [String: ConfigValue] {
    Dictionary(uniqueKeysWithValues: Self.fields.map { ($0.description.name, $0.read(self)) })
  }
}
