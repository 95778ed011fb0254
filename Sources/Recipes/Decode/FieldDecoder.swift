import JSON
import Settings

/// Reads the value of one field from a recipe, strictly: the declared type and range, nothing else.
struct FieldDecoder {
  let field: FieldDescription
  let paths: PathBase
  let elsewhere: NamesElsewhere
  var report = Report()

  init(_ field: FieldDescription, paths: PathBase, elsewhere: NamesElsewhere = .none) {
    self.field = field
    self.paths = paths
    self.elsewhere = elsewhere
  }

  /// The value, or nil after a mistake, which the report holds.
  mutating func value(_ node: ConfigNode) -> ConfigValue? {
    value(node, field.type, name: field.name)
  }

  private mutating func value(_ node: ConfigNode, _ type: FieldType, name: String) -> ConfigValue? {
    switch type {
    case .optional(let inner):
      return node.isNull ? .null : value(node, inner, name: name)
    case .list(let element):
      guard case .list(let nodes) = node.content else { return refuse(node, type, name) }
      let values = nodes.enumerated().map { value($1, element, name: "\(name)[\($0)]") }
      return values.contains(nil) ? nil : .list(values.compactMap(\.self))
    case .map(let element):
      guard let entries = node.entries else { return refuse(node, type, name) }
      let pairs = entries.map { ($0.name, value($0.value, element, name: "\(name).\($0.name)")) }
      let values = Dictionary(pairs) { $1 }
      return values.values.contains(nil) ? nil : .map(values.compactMapValues(\.self))
    case .record(let fields, let shorthand):
      return record(node, fields, shorthand, type, name: name)
    case .boolean, .integer, .number, .string, .choice, .path, .argument:
      guard case .scalar(let text, let plain) = node.content else {
        return refuse(node, type, name)
      }
      return scalar(text, plain: plain, node, type, name: name)
    }
  }

  /// A map with declared keys, or the bare value of the shorthand's.
  private mutating func record(
    _ node: ConfigNode, _ fields: [FieldDescription], _ shorthand: String?, _ type: FieldType,
    name: String
  ) -> ConfigValue? {
    guard let entries = node.entries else {
      guard let field = fields.first(where: { $0.name == shorthand }),
        case .scalar = node.content, !node.isNull
      else { return refuse(node, type, name) }
      return member(node, field, name: name).map { type.folded([field.name: $0]) }
    }
    let errors = report.mistakes.count
    var values: [String: ConfigValue] = [:]
    for entry in entries {
      if let field = fields.first(where: { $0.name == entry.name }) {
        values[field.name] = member(entry.value, field, name: "\(name).\(field.name)")
      } else {
        let hint = suggestion(for: entry.name, among: fields.map(\.name))
        report.error(entry.place, "unknown key '\(shortened(entry.name))' in '\(name)'\(hint)")
      }
    }
    return report.mistakes.count == errors ? type.folded(values) : nil
  }

  /// The value of a record's field, with that field's own range.
  private mutating func member(
    _ node: ConfigNode, _ field: FieldDescription, name: String
  ) -> ConfigValue? {
    var decoder = FieldDecoder(field, paths: paths, elsewhere: elsewhere)
    defer { report.add(decoder.report.mistakes) }
    return decoder.value(node, field.type, name: name)
  }

  private mutating func scalar(
    _ text: String, plain: Bool, _ node: ConfigNode, _ type: FieldType, name: String
  ) -> ConfigValue? {
    let form = plain ? ScalarForm(text) : .string
    switch (type, form) {
    case (.choice(let words), _) where words.contains(text): return .string(text)
    case (.path, _) where form != .null && !text.isEmpty:
      return .string(paths.absolute(text, at: node.place))
    case (.argument, _) where !text.isEmpty:
      return .string(CommandWord.isPath(text) ? paths.absolute(text, at: node.place) : text)
    case (.boolean, .bool(let value)): return .bool(value)
    case (.integer, .int(let value)): return inRange(.int(value), Double(value), node, name)
    case (.number, .int(let value)):
      return inRange(.double(Double(value)), Double(value), node, name)
    case (.number, .hugeInt(let value)), (.number, .number(let value)):
      return inRange(.double(value), value, node, name)
    case (.number, .notFinite):
      report.error(node.place, "'\(name)' takes a finite number, not \(node.words)")
      return nil
    case (.string, .string): return .string(text)
    default: return refuse(node, type, name)
    }
  }

  private mutating func inRange(
    _ value: ConfigValue, _ number: Double, _ node: ConfigNode, _ name: String
  ) -> ConfigValue? {
    guard !field.allows(number), let range = field.rangeWords else { return value }
    let unit = field.unit.map { " (\($0))" } ?? ""
    let advice = advice(node, name).map { "; \($0)" } ?? ""
    report.error(node.place, "'\(name)' must be \(range)\(unit), not \(node.words)\(advice)")
    return nil
  }

  private mutating func refuse(
    _ node: ConfigNode, _ type: FieldType, _ name: String
  ) -> ConfigValue? {
    report.error(
      node.place, "'\(name)' takes \(type.words), not \(node.words)\(hint(node, type, name))")
    return nil
  }

  /// What a value that another trainer takes is here.
  private func advice(_ node: ConfigNode, _ name: String) -> String? {
    guard case .scalar(let text, _) = node.content else { return nil }
    return elsewhere.advice(value: text, of: name)
  }

  /// What the person probably wanted to write.
  private func hint(_ node: ConfigNode, _ type: FieldType, _ name: String) -> String {
    if let advice = advice(node, name) { return "; \(advice)" }
    guard case .scalar(let text, let plain) = node.content else { return "" }
    switch (type, plain ? ScalarForm(text) : .string) {
    case (.choice(let words), _): return suggestion(for: text, among: words)
    case (.boolean, .string):
      let word = ["yes": "true", "on": "true", "no": "false", "off": "false"][text.lowercased()]
      return word.map { "; write \($0)" } ?? ""
    case (.string, .null): return ""
    case (.string, _): return "; put it in quotes"
    case (.integer, .number(let share)) where name == "warmup_steps" && 0 < share && share < 1:
      return "; a share of the updates is warmup_ratio: \(text)"
    case (.integer, .string), (.number, .string):
      return !plain && ScalarForm(text) != .string ? "; write it without quotes" : ""
    case (.list, .null): return ""
    case (.list, _) where !text.isEmpty: return "; write [\(shortened(text))]"
    default: return ""
    }
  }
}

extension FieldDescription {
  /// The range as a message states it, `between 0 and 1`; nil when any number will do.
  var rangeWords: String? {
    let low = minimum.flatMap { $0.isFinite ? canonicalNumber($0) : nil }
    let high = maximum.flatMap { $0 < 0x1p62 ? canonicalNumber($0) : nil }
    switch (low, high) {
    case (nil, nil): return nil
    case (let low?, nil): return exclusiveMinimum ? "more than \(low)" : "at least \(low)"
    case (nil, let high?): return "at most \(high)"
    case (let low?, let high?):
      return exclusiveMinimum
        ? "more than \(low) and at most \(high)" : "between \(low) and \(high)"
    }
  }
}

extension FieldType {
  var isOptional: Bool { if case .optional = self { true } else { false } }

  /// The type as a message states it.
  var words: String {
    switch self {
    case .boolean: return "true or false"
    case .integer: return "an integer"
    case .number: return "a number"
    case .string: return "a string"
    case .path: return "a path"
    case .argument: return "a word"
    case .record: return (bareType.map { "\($0.words) or " } ?? "") + "a map"
    case .list: return "a list"
    case .map: return "a map"
    case .optional(let inner): return inner.words
    case .choice(let words):
      guard words.count > 1, let last = words.last else { return words.first ?? "nothing" }
      return words.dropLast().joined(separator: ", ") + " or " + last
    }
  }

  /// A value read back from JSON as this type holds it; nil if it is of another type.
  func adopting(_ value: ConfigValue) -> ConfigValue? {
    switch (self, value) {
    case (.optional, .null): return .null
    case (.optional(let inner), _): return inner.adopting(value)
    case (.boolean, .bool), (.integer, .int), (.number, .double), (.string, .string),
      (.path, .string), (.argument, .string):
      return value
    case (.record(let fields, _), _):
      guard let values = recordValues(value) else { return nil }
      let adopted = values.compactMap { name, value in
        fields.first { $0.name == name }?.type.adopting(value).map { (name, $0) }
      }
      return adopted.count == values.count ? folded(Dictionary(adopted) { $1 }) : nil
    case (.number, .int(let number)): return .double(Double(number))
    case (.choice(let words), .string(let word)): return words.contains(word) ? value : nil
    case (.list(let type), .list(let values)):
      let adopted = values.compactMap(type.adopting)
      return adopted.count == values.count ? .list(adopted) : nil
    case (.map(let type), .map(let values)):
      let adopted = values.compactMapValues(type.adopting)
      return adopted.count == values.count ? .map(adopted) : nil
    default: return nil
    }
  }
}
