import Settings

/// A value for every parameter that a task or a reward declares.
public struct Parameters<Value: Sendable & Hashable>: Sendable, Hashable {
  public let values: [String: Value]

  /// Of what declares none.
  public static var none: Parameters { Parameters(values: [:]) }

  private init(values: [String: Value]) { self.values = values }

  /// What is given, and defaults for the rest.
  ///
  /// - Parameter owner: what declares them, for messages: `task 'arithmetic'`.
  init(
    _ given: [String: Value], declared: [FieldDescription], of owner: String
  ) throws(ParameterError) where Value: FieldValue {
    var values = declared.reduce(into: [:]) { $0[$1.name] = Value(configValue: $1.defaultValue) }
    for (name, value) in given.sorted(by: { $0.key < $1.key }) {
      guard let known = declared.first(where: { $0.name == name }) else {
        throw ParameterError(name, "\(owner) has no parameter '\(name)'")
      }
      guard known.allows(Double(configValue: value.configValue) ?? .nan) else {
        throw ParameterError(name, "'\(name)' is \(value); it must be from \(known.span)")
      }
      values[name] = value
    }
    self.values = values
  }

  subscript(name: String) -> Value {
    guard let value = values[name] else {
      preconditionFailure("no parameter '\(name)' is declared")
    }
    return value
  }
}

/// A mistake in how a task or a reward was asked for.
public struct ParameterError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The parameter at fault; nil: the name, or several at once.
  public let parameter: String?
  public let description: String

  init(_ parameter: String? = nil, _ description: String) {
    self.parameter = parameter
    self.description = description
  }
}
