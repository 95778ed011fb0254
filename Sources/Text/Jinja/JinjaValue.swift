/// A value while a template is rendered.
enum JinjaValue {
  case undefined(JinjaMissing)
  case none
  case bool(Bool)
  case integer(Int)
  /// A whole number beyond 64 bits by its digits: it can be written and compared with its like, and not
  /// calculated with.
  case long(String)
  case float(Double)
  case string(String)
  /// Text that `safe` or `escape` marked: adding plain text to it escapes the plain text.
  case markup(String)
  case array(JinjaArray)
  case mapping(JinjaMapping)
  case generator(JinjaGenerator)
  case namespace(JinjaNamespace)
  case loop(JinjaLoop)
  case function(JinjaFunction)

  static func list(_ items: [JinjaValue]) -> JinjaValue { .array(JinjaArray(items, .list)) }

  static func tuple(_ items: [JinjaValue]) -> JinjaValue { .array(JinjaArray(items, .tuple)) }

  /// A dictionary of `members`, in their order.
  static func dictionary(_ members: [(String, JinjaValue)]) -> JinjaValue {
    var builder = JinjaMapping.Builder()
    for (key, value) in members {
      builder.set(.string(key), JinjaKey.string(JinjaText(key)), value)
    }
    return .mapping(builder.mapping)
  }

  var isTrue: Bool {
    switch self {
    case .undefined, .none: false
    case .long: true
    case .bool(let value): value
    case .integer(let value): value != 0
    case .float(let value): value != 0
    case .string(let text), .markup(let text): !text.isEmpty
    case .array(let array): !array.items.isEmpty
    case .mapping(let mapping): !mapping.keys.isEmpty
    case .generator, .namespace, .loop, .function: true
    }
  }

  /// The text of a string.
  var string: String? {
    switch self {
    case .string(let text), .markup(let text): text
    default: nil
    }
  }

  var isMarkup: Bool { if case .markup = self { true } else { false } }

  /// `text`, marked if this string is.
  func withText(_ text: String) -> JinjaValue {
    if case .markup = self { .markup(text) } else { .string(text) }
  }

  /// What it is, for messages.
  var kind: String {
    switch self {
    case .undefined: "an undefined value"
    case .none: "none"
    case .bool: "a truth value"
    case .integer, .float: "a number"
    case .long: "a whole number beyond 64 bits"
    case .string, .markup: "a string"
    case .array(let array): array.kind.description
    case .mapping: "a dictionary"
    case .generator: "a sequence that is not yet a list"
    case .namespace: "a namespace"
    case .loop: "a loop"
    case .function: "a function"
    }
  }

  /// Lists and dictionaries inside one another; 0 for other values.
  var depth: Int {
    switch self {
    case .array(let array): array.depth
    case .mapping(let mapping): mapping.depth
    case .generator(let generator): generator.depth
    case .loop(let loop): loop.depth
    case .function(.method(_, let value)): value.depth + 1
    default: 0
    }
  }
}

/// What an undefined value would have been.
enum JinjaMissing {
  /// A variable or member.
  case name(String)
  case element
  case other(String)

  var description: String {
    switch self {
    case .name(let name): "'\(name)'"
    case .element: "an element that does not exist"
    case .other(let what): what
    }
  }
}

/// Something that can be called.
enum JinjaFunction {
  /// `range`, `dict`, `namespace`, `raise_exception`.
  case global(String)
  case macro(JinjaMacro)
  /// A method of a value that was not called at once.
  indirect case method(String, JinjaValue)
}

/// A macro and the names around its definition.
final class JinjaMacro {
  let node: JinjaMacroNode
  let scope: JinjaScope

  init(_ node: JinjaMacroNode, scope: JinjaScope) {
    self.node = node
    self.scope = scope
  }
}

/// Names and their values; a loop's turn, a macro's call and some blocks are a scope, an `if` is none.
final class JinjaScope {
  let parent: JinjaScope?
  var values: [String: JinjaValue]

  init(parent: JinjaScope?, _ values: [String: JinjaValue] = [:]) {
    self.parent = parent
    self.values = values
  }

  subscript(name: String) -> JinjaValue? {
    var scope: JinjaScope? = self
    while let current = scope {
      if let value = current.values[name] { return value }
      scope = current.parent
    }
    return JinjaFunctions.global(name)
  }
}

/// `namespace(...)`: values that loops may change for what follows them.
final class JinjaNamespace {
  var names: [String]
  var values: [String: JinjaValue]

  init(_ members: [(String, JinjaValue)]) {
    names = []
    values = [:]
    for (name, value) in members { set(name, value) }
  }

  func set(_ name: String, _ value: JinjaValue) {
    if values.updateValue(value, forKey: name) == nil { names.append(name) }
  }
}
