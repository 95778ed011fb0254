/// A JSON value; numbers keep their spelling, so that 43.0 and long integers lose nothing.
public enum JSONValue: Sendable, Hashable {
  case null
  case bool(Bool)
  case number(String)
  case string(String)
  case array([JSONValue])
  case object(JSONObject)
  /// JSON text that is stored or made elsewhere, written as it is; the reader makes none.
  case verbatim(String)

  /// A text as it is, a number in its shortest spelling (43.0 as `43`), `true` or `false`; nil for null,
  /// lists and objects.
  public var text: String? {
    if case .bool(let flag) = self { flag ? "true" : "false" } else { scalar }
  }

  /// `text`, but of booleans, too, nil.
  public var scalar: String? {
    switch self {
    case .string(let text): return text
    case .number(let spelling):
      guard spelling.contains("."), !spelling.contains(where: { $0 == "e" || $0 == "E" }) else {
        return spelling
      }
      let trimmed = spelling.reversed().drop { $0 == "0" }.drop { $0 == "." }
      return String(trimmed.reversed())
    default: return nil
    }
  }

  /// Whether it is more than null, white space or an empty list or object.
  public var saysSomething: Bool {
    switch self {
    case .null: false
    case .string(let text): !text.unicodeScalars.allSatisfy(\.properties.isWhitespace)
    case .array(let items): !items.isEmpty
    case .object(let members): !members.isEmpty
    case .bool, .number, .verbatim: true
    }
  }

  /// For messages: "a string", "null".
  public var kind: String {
    switch self {
    case .null: "null"
    case .bool: "a boolean"
    case .number: "a number"
    case .string: "a string"
    case .array: "a list"
    case .object: "an object"
    case .verbatim: "JSON"
    }
  }
}

extension JSONValue {
  /// An object with these members as they are; no key may be there twice.
  public static func object(_ members: [(String, JSONValue)]) -> JSONValue {
    .object(JSONObject(members: members.map { (key: $0.0, value: $0.1) }))
  }

  public static func int(_ value: Int) -> JSONValue { .number(String(value)) }

  /// In the fewest digits that read back as the same number, 3.0 as `3.0`; null for one that is not finite.
  public static func double(_ value: Double) -> JSONValue {
    value.isFinite ? .number(String(value)) : .null
  }

  /// In the fewest digits that read back as the same `Float`.
  public static func float(_ value: Float) -> JSONValue {
    value.isFinite ? .number(String(value)) : .null
  }

  /// A value that may be missing: null then.
  public static func optional(_ value: Int?) -> JSONValue { value.map { .int($0) } ?? .null }
  public static func optional(_ value: Double?) -> JSONValue { value.map { .double($0) } ?? .null }
  public static func optional(_ value: String?) -> JSONValue { value.map { .string($0) } ?? .null }

  public static func ids(_ values: [Int32]) -> JSONValue { .array(values.map { .int(Int($0)) }) }
  public static func floats(_ values: [Float]) -> JSONValue { .array(values.map { .float($0) }) }
}

extension JSONValue {
  /// The value under `key`; nil too when it is null, or when this is no object.
  public subscript(key: String) -> JSONValue? {
    guard let value = object?[key] else { return nil }
    if case .null = value { return nil }
    return value
  }

  public var string: String? { if case .string(let text) = self { text } else { nil } }
  public var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
  public var array: [JSONValue]? { if case .array(let values) = self { values } else { nil } }
  public var object: JSONObject? { if case .object(let members) = self { members } else { nil } }

  public var double: Double? { if case .number(let text) = self { Double(text) } else { nil } }

  /// The number if it is whole and fits.
  public var int: Int? {
    guard case .number(let text) = self else { return nil }
    return Int(text) ?? Double(text).flatMap { Int(exactly: $0) }
  }

  /// This object with `key` set, in its place or at the end; nil removes it.
  public func setting(_ key: String, _ value: JSONValue?) -> JSONValue {
    guard case .object(var members) = self else { return self }
    members[key] = value
    return .object(members)
  }
}

extension JSONValue: ExpressibleByStringInterpolation {
  public init(stringLiteral text: String) { self = .string(text) }
}
