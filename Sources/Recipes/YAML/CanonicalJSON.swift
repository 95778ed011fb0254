public import JSON
public import Settings

extension ConfigValue {
  /// The one JSON text of this value, as RFC 8785 (JSON Canonicalization Scheme) writes it: keys
  /// sorted, no blanks, the fewest digits that read back as the same double, so that 3.0 is 3.
  ///
  /// It departs from the RFC in one point: integers beyond 2^53 keep all their digits. Numbers that
  /// are not finite become null.
  public var canonicalJSON: String { json.written(.canonical) }

  /// The same text with a line for each member, two blanks of indentation a level.
  public var prettyJSON: String { json.written(.canonicalLines) }

  /// The value as JSON, with numbers as RFC 8785 spells them and keys in no order.
  private var json: JSONValue {
    switch self {
    case .null: .null
    case .bool(let value): .bool(value)
    case .int(let value): .int(value)
    case .double(let value): value.isFinite ? .number(canonicalNumber(value)) : .null
    case .string(let value): .string(value)
    case .list(let values): .array(values.map(\.json))
    case .map(let values):
      .object(values.map { ($0.key, $0.value.json) })
    }
  }

  /// The value as it reads back from its JSON: 3.0 as 3.
  var withWholeNumbers: ConfigValue {
    switch self {
    case .double(let value) where value.isFinite:
      Int(canonicalNumber(value)).map(ConfigValue.int) ?? self
    case .double: .null
    case .list(let values): .list(values.map(\.withWholeNumbers))
    case .map(let values): .map(values.mapValues(\.withWholeNumbers))
    case .null, .bool, .int, .string: self
    }
  }

  /// The value that a JSON text holds; whole numbers become integers.
  ///
  /// - Throws: `JSONSyntaxError`.
  public init(json: String) throws { self.init(try JSONParser.parse(stored: json)) }

  init(_ json: JSONValue) {
    switch json {
    case .null: self = .null
    case .bool(let value): self = .bool(value)
    case .number(let spelling):
      self = json.int.map(ConfigValue.int) ?? .double(Double(spelling) ?? .nan)
    case .string(let text), .verbatim(let text): self = .string(text)
    case .array(let values): self = .list(values.map { ConfigValue($0) })
    case .object(let object):
      self = .map(Dictionary(object.map { ($0.key, ConfigValue($0.value)) }) { $1 })
    }
  }
}

extension ConfigValue: Codable {
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    // The frequent ones first: every one that does not fit makes an error, which takes time.
    if container.decodeNil() {
      self = .null
    } else if let value = try? container.decode(Int.self) {
      self = .int(value)
    } else if let value = try? container.decode(String.self) {
      self = .string(value)
    } else if let value = try? container.decode(Double.self) {
      self = .double(value)
    } else if let values = try? container.decode([String: ConfigValue].self) {
      self = .map(values)
    } else if let value = try? container.decode(Bool.self) {
      self = .bool(value)
    } else {
      self = .list(try container.decode([ConfigValue].self))
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .null: try container.encodeNil()
    case .bool(let value): try container.encode(value)
    case .int(let value): try container.encode(value)
    case .double(let value): try container.encode(value)
    case .string(let value): try container.encode(value)
    case .list(let values): try container.encode(values)
    case .map(let values): try container.encode(values)
    }
  }
}
