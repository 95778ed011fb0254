/// A configuration in a field of another one: in a recipe a map, or a plain value that stands for
/// one of its fields.
public protocol NestedConfiguration: Configuration, FieldValue {
  /// The field that a plain value sets; nil: it is always a map.
  static var shorthand: String? { get }
}

extension NestedConfiguration {
  public static var fieldType: FieldType {
    .record(fields.map(\.description), shorthand: shorthand)
  }

  public init?(configValue: ConfigValue) {
    guard let values = Self.fieldType.recordValues(configValue) else { return nil }
    self.init(values: values)
  }

  public var configValue: ConfigValue { Self.fieldType.folded(values) }
}

extension FieldType {
  /// A record as it is kept and keyed: what differs from the defaults, and a bare value where that
  /// says it all. So a record that gains a field keeps its keys.
  package func folded(_ values: [String: ConfigValue]) -> ConfigValue {
    guard case .record(let fields, let shorthand) = self else { return .map(values) }
    let defaults = Dictionary(fields.map { ($0.name, $0.defaultValue) }) { $1 }
    let given = values.filter { $0.value != defaults[$0.key] }
    if let shorthand, given.count == 1, let value = given[shorthand] { return value }
    return .map(given)
  }

  /// The plain value of a record.
  package var bareType: FieldType? {
    guard case .record(let fields, let shorthand) = self,
      let field = fields.first(where: { $0.name == shorthand })
    else { return nil }
    if case .optional(let inner) = field.type { return inner }
    return field.type
  }

  /// The members of a folded record, without defaults; nil if it is not a record.
  package func recordValues(_ value: ConfigValue) -> [String: ConfigValue]? {
    guard case .record(_, let shorthand) = self else { return nil }
    if case .map(let values) = value { return values }
    return shorthand.map { [$0: value] }
  }
}
