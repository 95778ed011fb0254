/// A value while a template is rendered.
enum JinjaValue {
  case undefined
  case none
  case bool(Bool)
  case integer(Int)
  case string(String)
  case list([JinjaValue])
  case dictionary([(key: String, value: JinjaValue)])
  case namespace(JinjaNamespace)

  var isTrue: Bool {
    switch self {
    case .undefined, .none: false
    case .bool(let value): value
    case .integer(let value): value != 0
    case .string(let text): !text.isEmpty
    case .list(let items): !items.isEmpty
    case .dictionary(let members): !members.isEmpty
    case .namespace: true
    }
  }

  /// What it is, for messages.
  var kind: String {
    switch self {
    case .undefined: "an undefined value"
    case .none: "none"
    case .bool: "a truth value"
    case .integer: "a number"
    case .string: "a string"
    case .list: "a list"
    case .dictionary: "a dictionary"
    case .namespace: "a namespace"
    }
  }

  /// As Jinja writes it.
  func text() throws -> String {
    switch self {
    case .undefined: ""
    case .none: "None"
    case .bool(let value): value ? "True" : "False"
    case .integer(let value): String(value)
    case .string(let text): text
    case .list, .dictionary, .namespace: throw JinjaError("writing \(kind)")
    }
  }

  /// What stands under a name; undefined where nothing does.
  func member(_ name: String) throws -> JinjaValue {
    switch self {
    case .dictionary(let members):
      return members.first { $0.key.utf8.elementsEqual(name.utf8) }?.value ?? .undefined
    case .namespace(let space): return space.values[name] ?? .undefined
    case .undefined: throw JinjaError("'\(name)' of an undefined value")
    default: return .undefined
    }
  }

  /// What a loop runs over.
  func items() throws -> [JinjaValue] {
    switch self {
    case .list(let items): return items
    case .dictionary(let members): return members.map { .string($0.key) }
    case .string(let text): return text.unicodeScalars.map { .string(String($0)) }
    case .undefined: return []
    default: throw JinjaError("a loop over \(kind)")
    }
  }

  static func == (a: JinjaValue, b: JinjaValue) -> Bool {
    switch (a, b) {
    case (.undefined, .undefined), (.none, .none): true
    case (.bool(let a), .bool(let b)): a == b
    case (.integer(let a), .integer(let b)): a == b
    case (.bool(let a), .integer(let b)), (.integer(let b), .bool(let a)): (a ? 1 : 0) == b
    case (.string(let a), .string(let b)): a.utf8.elementsEqual(b.utf8)
    case (.list(let a), .list(let b)): a.count == b.count && zip(a, b).allSatisfy { $0 == $1 }
    case (.dictionary(let a), .dictionary(let b)):
      a.count == b.count
        && a.allSatisfy { member in
          b.contains { $0.key.utf8.elementsEqual(member.key.utf8) && $0.value == member.value }
        }
    default: false
    }
  }
}

/// `namespace(...)`: values that loops may change for what follows them.
final class JinjaNamespace {
  var values: [String: JinjaValue]
  init(_ values: [String: JinjaValue]) { self.values = values }
}
