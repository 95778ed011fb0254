import JSON

/// The filter `tojson`, as transformers defines it: Python's `json.dumps`, without HTML's escapes.
struct JinjaJSON {
  let renderer: JinjaRenderer
  let isASCII: Bool
  /// What a level is indented by; nil writes one line.
  let indent: String?
  let separators: (item: String, key: String)
  let sortsKeys: Bool
  private var text = ""

  /// `inputs` are `ensure_ascii`, `indent`, `separators` and `sort_keys`.
  static func text(
    _ value: JinjaValue, _ inputs: [JinjaValue?], _ renderer: JinjaRenderer
  ) throws -> String {
    var writer = JinjaJSON(
      renderer: renderer, isASCII: inputs[0]?.isTrue ?? false,
      indent: try indent(inputs[1], renderer),
      separators: try separators(inputs[2], inputs[1]), sortsKeys: inputs[3]?.isTrue ?? false)
    try writer.write(value, depth: 0)
    return writer.text
  }

  private init(
    renderer: JinjaRenderer, isASCII: Bool, indent: String?,
    separators: (item: String, key: String), sortsKeys: Bool
  ) {
    self.renderer = renderer
    self.isASCII = isASCII
    self.indent = indent
    self.separators = separators
    self.sortsKeys = sortsKeys
  }

  private static func indent(_ value: JinjaValue?, _ renderer: JinjaRenderer) throws -> String? {
    switch value {
    case nil, .some(.none): return nil
    case .string(let text)?: return text
    case .some(let value):
      guard case .whole(let count)? = JinjaNumber(value) else {
        throw JinjaError("an indent of \(value.kind)")
      }
      try renderer.allow(bytes: max(0, count))
      return String(repeating: " ", count: max(0, count))
    }
  }

  private static func separators(
    _ value: JinjaValue?, _ indent: JinjaValue?
  ) throws -> (item: String, key: String) {
    switch value {
    case nil, .some(.none):
      if case .some(.none) = indent { return (", ", ": ") }
      return (indent == nil ? ", " : ",", ": ")
    case .array(let array)? where array.items.count == 2:
      guard let item = array.items[0].string, let key = array.items[1].string else { fallthrough }
      return (item, key)
    default: throw JinjaError("'separators' needs two strings")
    }
  }

  private mutating func write(_ value: JinjaValue, depth: Int) throws {
    try renderer.spend(1)
    switch value {
    case .none: text += "null"
    case .bool(let value): text += value ? "true" : "false"
    case .integer(let value): text += String(value)
    case .long(let digits):
      try renderer.spend(bytes: digits.utf8.count)
      text += digits
      try renderer.check(bytes: text.utf8.count)
    case .float(let value): text += Self.number(value)
    case .string(let value), .markup(let value): try write(string: value)
    case .array(let array) where array.kind == .list || array.kind == .tuple:
      try write(array.items.map { (nil, $0) }, "[", "]", depth: depth)
    case .mapping(let mapping):
      try write(members(mapping), "{", "}", depth: depth)
    default: throw JinjaError("\(value.kind) as JSON")
    }
  }

  private static func number(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    return value.isInfinite ? (value < 0 ? "-Infinity" : "Infinity") : JinjaNumbers.text(value)
  }

  private func members(_ mapping: JinjaMapping) throws -> [(key: String?, value: JinjaValue)] {
    var members = Array(zip(mapping.keys, mapping.values))
    if sortsKeys {
      members = try renderer.sorted(members.map { ([$0.0], $0) }, isReversed: false)
    }
    return try members.map { (try key($0.0), $0.1) }
  }

  private func key(_ value: JinjaValue) throws -> String {
    switch value {
    case .string(let text), .markup(let text): return text
    case .none: return "null"
    case .bool(let value): return value ? "true" : "false"
    case .integer(let value): return String(value)
    case .long(let digits): return digits
    case .float(let value): return Self.number(value)
    default: throw JinjaError("\(value.kind) as a key of JSON")
    }
  }

  private mutating func write(
    _ members: [(key: String?, value: JinjaValue)], _ open: String, _ close: String, depth: Int
  ) throws {
    text += open
    try renderer.nested {
      for (index, member) in members.enumerated() {
        if index > 0 { text += separators.item }
        try newline(depth + 1)
        if let key = member.key {
          try write(string: key)
          text += separators.key
        }
        try write(member.value, depth: depth + 1)
      }
    }
    if !members.isEmpty { try newline(depth) }
    text += close
  }

  private mutating func newline(_ depth: Int) throws {
    guard let indent else { return }
    text += "\n"
    for _ in 0..<depth { try renderer.append(indent, to: &text) }
  }

  private mutating func write(string: String) throws {
    let bytes = string.utf8.count
    try renderer.spend(bytes: bytes)
    let before = text.utf8.count
    (isASCII ? JSONEscapes.ascii : .canonical).quote(string, to: &text)
    try renderer.spend(bytes: text.utf8.count - before - bytes)
    try renderer.check(bytes: text.utf8.count)
  }
}

extension JinjaValue {
  /// A number of a JSON text as Python reads it: with a point or an exponent a `float`, else whole, of
  /// whatever size.
  static func number(_ spelling: String) -> JinjaValue {
    if let whole = Int(spelling) { return .integer(whole) }
    let isWhole = spelling.utf8.allSatisfy { $0 == UInt8(ascii: "-") || (0x30...0x39).contains($0) }
    return isWhole ? .long(spelling) : .float(Double(spelling) ?? .nan)
  }

  /// A value of JSON.
  init(_ json: JSONValue) {
    switch json {
    case .null: self = .none
    case .bool(let value): self = .bool(value)
    case .number(let text): self = .number(text)
    case .string(let text), .verbatim(let text): self = .string(text)
    case .array(let values): self = .list(values.map { JinjaValue($0) })
    case .object(let members):
      self = .dictionary(members.map { ($0.key, JinjaValue($0.value)) })
    }
  }
}
