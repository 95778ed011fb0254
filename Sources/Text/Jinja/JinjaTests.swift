/// A test, as in `x is defined`.
struct JinjaTest: Sendable {
  typealias Apply = @Sendable (JinjaRenderer, JinjaValue, JinjaInputs) throws -> Bool

  let name: String
  let apply: Apply

  static func named(_ name: String) -> JinjaTest? { table[name] }

  /// The names of all tests; those that are signs stand only in `select` and its like.
  static var names: [String] { table.keys.sorted() }

  private static let table: [String: JinjaTest] = {
    var table: [String: JinjaTest] = [:]
    func add(_ name: String, _ apply: @escaping Apply) {
      table[name] = JinjaTest(name: name, apply: apply)
    }
    for (name, holds) in kinds {
      add(name) { _, value, inputs in
        _ = try inputs.bound("'\(name)'", [])
        return holds(value)
      }
    }
    for (names, sign) in comparisons {
      for name in names {
        add(name) { renderer, value, inputs in
          let other = try inputs.bound("'\(name)'", ["other"], required: 1)[0]
          return try renderer.compare(sign, value, other ?? .none)
        }
      }
    }
    for (name, divisor) in [("odd", 1), ("even", 0)] {
      add(name) { renderer, value, inputs in
        _ = try inputs.bound("'\(name)'", [])
        let rest = try renderer.arithmetic("%", number(value, name), .integer(2))
        return try renderer.equal(rest, .integer(divisor))
      }
    }
    add("divisibleby") { renderer, value, inputs in
      let divisor = try inputs.bound("'divisibleby'", ["num"], required: 1)[0] ?? .none
      let rest = try renderer.arithmetic("%", number(value, "divisibleby"), divisor)
      return try renderer.equal(rest, .integer(0))
    }
    add("lower") { renderer, value, _ in
      JinjaStrings.isCase(try renderer.text(value), upper: false)
    }
    add("upper") { renderer, value, _ in
      JinjaStrings.isCase(try renderer.text(value), upper: true)
    }
    add("sameas") { renderer, value, inputs in
      try isSame(value, inputs.bound("'sameas'", ["other"], required: 1)[0] ?? .none)
    }
    add("filter") { _, value, _ in JinjaFilter.named(value.string ?? "") != nil }
    add("test") { _, value, _ in JinjaTest.named(value.string ?? "") != nil }
    return table
  }()

  private static let comparisons: [(names: [String], sign: String)] = [
    (["==", "eq", "equalto"], "=="), (["!=", "ne"], "!="), (["<", "lt", "lessthan"], "<"),
    (["<=", "le"], "<="), ([">", "gt", "greaterthan"], ">"), ([">=", "ge"], ">="), (["in"], "in"),
  ]

  private static func number(_ value: JinjaValue, _ name: String) throws -> JinjaValue {
    if case .undefined(let missing) = value { throw JinjaError.undefined(missing) }
    guard JinjaNumber(value) != nil else { throw JinjaError("'\(name)' of \(value.kind)") }
    return value
  }

  /// Whether two values are one object, as far as that does not depend on Python's memory.
  private static func isSame(_ a: JinjaValue, _ b: JinjaValue) throws -> Bool {
    switch (a, b) {
    case (.none, .none): return true
    case (.bool(let a), .bool(let b)): return a == b
    case (.none, _), (_, .none), (.bool, _), (_, .bool): return false
    case (.namespace(let a), .namespace(let b)): return a === b
    default: throw JinjaError("'sameas' of \(a.kind) and \(b.kind)")
    }
  }

  private static let kinds: [(String, @Sendable (JinjaValue) -> Bool)] = [
    ("defined", { !isUndefined($0) }), ("undefined", isUndefined),
    ("none", { if case .none = $0 { true } else { false } }),
    ("boolean", { if case .bool = $0 { true } else { false } }),
    ("true", { if case .bool(true) = $0 { true } else { false } }),
    ("false", { if case .bool(false) = $0 { true } else { false } }),
    ("integer", isWhole),
    ("float", { if case .float = $0 { true } else { false } }),
    ("number", { JinjaNumber($0) != nil || isWhole($0) }), ("string", { $0.string != nil }),
    ("mapping", { if case .mapping = $0 { true } else { false } }),
    ("escaped", { if case .markup = $0 { true } else { false } }),
    ("sequence", isSequence), ("iterable", isIterable), ("callable", isCallable),
  ]

  private static func isWhole(_ value: JinjaValue) -> Bool {
    switch value {
    case .integer, .long: true
    default: false
    }
  }

  private static func isUndefined(_ value: JinjaValue) -> Bool {
    if case .undefined = value { true } else { false }
  }

  private static func isSequence(_ value: JinjaValue) -> Bool {
    switch value {
    case .string, .markup, .mapping, .undefined: true
    case .array(let array): array.kind.isIndexed
    default: false
    }
  }

  private static func isIterable(_ value: JinjaValue) -> Bool {
    switch value {
    case .array, .generator, .loop: true
    default: isSequence(value)
    }
  }

  private static func isCallable(_ value: JinjaValue) -> Bool {
    switch value {
    // To Python, what is undefined can be called, and then fails.
    case .function, .undefined, .loop: true
    default: false
    }
  }
}
