/// A setting of a stage, model or dataset, declared once: the loader, `plan`, `schema`, the stage
/// key and the documentation all read this.
public struct Field<Root: Sendable>: Sendable {
  public let description: FieldDescription
  /// Puts a value of the declared type, already checked against the range, into a configuration.
  public let assign: @Sendable (ConfigValue, inout Root) -> Void
  /// Reads the value that a configuration holds.
  public let read: @Sendable (Root) -> ConfigValue

  init(
    description: FieldDescription, assign: @escaping @Sendable (ConfigValue, inout Root) -> Void,
    read: @escaping @Sendable (Root) -> ConfigValue
  ) {
    self.description = description
    self.assign = assign
    self.read = read
  }
}

extension Field where Root: Configuration {
  /// - Parameters:
  ///   - name: the key in a recipe.
  ///   - path: where the configuration holds it; its type decides what a recipe may write, and
  ///     `Root()` holds the default.
  ///   - range: bounds of a number, both included unless `exclusiveMinimum`.
  ///   - unit: what a number counts, for the documentation ("tokens", "updates").
  ///   - affectsOutput: false for settings that change no result (logging, saving, limits of memory).
  ///   - asBefore: for a field that its kind did not always have, the value at which it does what
  ///     it did without the field: it is left out of the key, so that earlier results are reused.
  ///   - summary: one sentence for a person who writes a recipe.
  public init<Value: FieldValue>(
    _ name: String, _ path: any WritableKeyPath<Root, Value> & Sendable,
    range: ClosedRange<Double>? = nil, exclusiveMinimum: Bool = false, unit: String? = nil,
    affectsOutput: Bool = true, asBefore: Value? = nil, _ summary: String
  ) {
    self.init(
      description: FieldDescription(
        name: name, type: Value.fieldType, defaultValue: Root()[keyPath: path].configValue,
        minimum: range?.lowerBound, maximum: range?.upperBound,
        exclusiveMinimum: exclusiveMinimum, unit: unit, summary: summary,
        affectsOutput: affectsOutput, unkeyedValue: asBefore?.configValue ?? .null),
      assign: { value, root in
        guard let value = Value(configValue: value) else {
          preconditionFailure("field \(name) got an unchecked value")
        }
        root[keyPath: path] = value
      },
      read: { $0[keyPath: path].configValue })
  }

  /// The same field of a configuration that holds this one as a group of settings, with the outer
  /// one's default.
  public func lifted<Outer: Configuration>(
    to path: any WritableKeyPath<Outer, Root> & Sendable
  ) -> Field<Outer> {
    let (assign, read) = (assign, read)
    return Field<Outer>(
      description: description.withDefault(read(Outer()[keyPath: path])),
      assign: { value, outer in assign(value, &outer[keyPath: path]) },
      read: { read($0[keyPath: path]) })
  }
}

/// What a field is, without the type that holds it.
public struct FieldDescription: Sendable, Hashable {
  public let name: String
  public let type: FieldType
  public let defaultValue: ConfigValue
  public let minimum: Double?
  public let maximum: Double?
  public let exclusiveMinimum: Bool
  public let unit: String?
  public let summary: String
  public let affectsOutput: Bool
  /// The value that is left out of the stage key: nothing set, unless the field says otherwise.
  public let unkeyedValue: ConfigValue

  public init(
    name: String, type: FieldType, defaultValue: ConfigValue = .null, minimum: Double? = nil,
    maximum: Double? = nil, exclusiveMinimum: Bool = false, unit: String? = nil, summary: String,
    affectsOutput: Bool = true, unkeyedValue: ConfigValue = .null
  ) {
    self.name = name
    self.type = type
    self.defaultValue = defaultValue
    self.minimum = minimum
    self.maximum = maximum
    self.exclusiveMinimum = exclusiveMinimum
    self.unit = unit
    self.summary = summary
    self.affectsOutput = affectsOutput
    self.unkeyedValue = unkeyedValue
  }

  /// A whole number that shapes a task or a reward.
  public static func integer(
    _ name: String, _ range: ClosedRange<Int>, default value: Int, _ summary: String
  ) -> FieldDescription {
    FieldDescription(
      name: name, type: .integer, defaultValue: .int(value), minimum: Double(range.lowerBound),
      maximum: Double(range.upperBound), summary: summary)
  }

  /// A number that shapes a reward.
  public static func number(
    _ name: String, _ range: ClosedRange<Double>, default value: Double, _ summary: String
  ) -> FieldDescription {
    FieldDescription(
      name: name, type: .number, defaultValue: .double(value), minimum: range.lowerBound,
      maximum: range.upperBound, summary: summary)
  }

  /// Whether a number lies in its range.
  public func allows(_ number: Double) -> Bool {
    if let minimum, exclusiveMinimum ? number <= minimum : number < minimum { return false }
    return maximum.map { number <= $0 } ?? true
  }

  /// `1 to 4`: the range of a number with both bounds.
  package var span: String {
    guard let minimum, let maximum else { return "any number" }
    return type == .integer
      ? "\(Int(minimum)) to \(Int(maximum))" : "\(minimum) to \(maximum)"
  }

  package func withDefault(_ value: ConfigValue) -> FieldDescription {
    FieldDescription(
      name: name, type: type, defaultValue: value, minimum: minimum, maximum: maximum,
      exclusiveMinimum: exclusiveMinimum, unit: unit, summary: summary,
      affectsOutput: affectsOutput, unkeyedValue: unkeyedValue)
  }
}

/// What a recipe may write for a field.
public indirect enum FieldType: Sendable, Hashable {
  case boolean, integer, number, string
  /// One of these words.
  case choice([String])
  /// A file or folder, relative to the recipe's folder; its content's digest goes into the key.
  case path
  /// A word of a command; one that begins with `./`, `../`, `~/` or `/` is a `path`.
  case argument
  case list(FieldType)
  /// A map from names to values of one type.
  case map(FieldType)
  /// It may be absent or null.
  case optional(FieldType)
  /// A map with its own keys; a plain value stands for the one named `shorthand`.
  case record([FieldDescription], shorthand: String?)
}

/// A Swift type that a field can hold.
public protocol FieldValue: Sendable {
  static var fieldType: FieldType { get }
  init?(configValue: ConfigValue)
  var configValue: ConfigValue { get }
}

/// A file or folder named by a recipe; absolute once the recipe is loaded.
public struct FilePath: Sendable, Hashable {
  public var path: String
  public init(_ path: String) { self.path = path }
}

extension FilePath: FieldValue {
  public static var fieldType: FieldType { .path }
  public init?(configValue: ConfigValue) {
    guard case .string(let path) = configValue else { return nil }
    self.init(path)
  }
  public var configValue: ConfigValue { .string(path) }
}

/// A word of a command that a recipe names; a file is absolute once the recipe is loaded.
public struct CommandWord: Sendable, Hashable {
  public var text: String
  public init(_ text: String) { self.text = text }

  /// Whether the word names a file by its path.
  package static func isPath(_ text: String) -> Bool {
    ["/", "./", "../", "~/"].contains { text.hasPrefix($0) }
  }

  /// Whether its file's content counts.
  public var isPath: Bool { Self.isPath(text) }
}

extension CommandWord: FieldValue {
  public static var fieldType: FieldType { .argument }
  public init?(configValue: ConfigValue) {
    guard case .string(let text) = configValue else { return nil }
    self.init(text)
  }
  public var configValue: ConfigValue { .string(text) }
}

extension Bool: FieldValue {
  public static var fieldType: FieldType { .boolean }
  public init?(configValue: ConfigValue) {
    guard case .bool(let value) = configValue else { return nil }
    self = value
  }
  public var configValue: ConfigValue { .bool(self) }
}

extension Int: FieldValue {
  public static var fieldType: FieldType { .integer }
  public init?(configValue: ConfigValue) {
    guard case .int(let value) = configValue else { return nil }
    self = value
  }
  public var configValue: ConfigValue { .int(self) }
}

extension Double: FieldValue {
  public static var fieldType: FieldType { .number }
  public init?(configValue: ConfigValue) {
    switch configValue {
    case .double(let value): self = value
    case .int(let value): self = Double(value)
    default: return nil
    }
  }
  public var configValue: ConfigValue { .double(self) }
}

extension String: FieldValue {
  public static var fieldType: FieldType { .string }
  public init?(configValue: ConfigValue) {
    guard case .string(let value) = configValue else { return nil }
    self = value
  }
  public var configValue: ConfigValue { .string(self) }
}

extension Array: FieldValue where Element: FieldValue {
  public static var fieldType: FieldType { .list(Element.fieldType) }
  public init?(configValue: ConfigValue) {
    guard case .list(let values) = configValue else { return nil }
    let elements = values.compactMap(Element.init(configValue:))
    guard elements.count == values.count else { return nil }
    self = elements
  }
  public var configValue: ConfigValue { .list(map(\.configValue)) }
}

extension Dictionary: FieldValue where Key == String, Value: FieldValue {
  public static var fieldType: FieldType { .map(Value.fieldType) }
  public init?(configValue: ConfigValue) {
    guard case .map(let values) = configValue else { return nil }
    let pairs = values.compactMapValues(Value.init(configValue:))
    guard pairs.count == values.count else { return nil }
    self = pairs
  }
  public var configValue: ConfigValue { .map(mapValues(\.configValue)) }
}

extension Optional: FieldValue where Wrapped: FieldValue {
  public static var fieldType: FieldType { .optional(Wrapped.fieldType) }
  public init?(configValue: ConfigValue) {
    if case .null = configValue {
      self = .none
    } else if let value = Wrapped(configValue: configValue) {
      self = .some(value)
    } else {
      return nil
    }
  }
  public var configValue: ConfigValue { self?.configValue ?? .null }
}

/// A field that takes one of a few words: declare an enum of strings and conform it to this.
public protocol FieldChoice: FieldValue, RawRepresentable, CaseIterable where RawValue == String {}

extension FieldChoice {
  public static var fieldType: FieldType { .choice(allCases.map(\.rawValue)) }
  public init?(configValue: ConfigValue) {
    guard case .string(let word) = configValue else { return nil }
    self.init(rawValue: word)
  }
  public var configValue: ConfigValue { .string(rawValue) }
}
