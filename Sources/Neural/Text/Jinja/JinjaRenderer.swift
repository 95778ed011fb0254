/// Renders a template: the part of Jinja that chat templates are written in.
struct JinjaRenderer {
  /// Names by scope; a loop's body is a scope, an `if` is none.
  private var scopes: [[String: JinjaValue]]
  private var output = ""
  /// Nodes and turns of loops that may still run, so that no template runs for ever.
  private var budget = 1_000_000

  /// The text of `template` with these variables; throws `JinjaError`.
  static func render(
    _ template: JinjaTemplate, _ variables: [String: JinjaValue]
  ) throws -> String {
    var renderer = JinjaRenderer(scopes: [variables])
    try renderer.run(template.nodes)
    return renderer.output
  }

  private init(scopes: [[String: JinjaValue]]) { self.scopes = scopes }

  private mutating func run(_ nodes: [JinjaNode]) throws {
    for node in nodes {
      try spend(1)
      switch node {
      case .text(let text): output += text
      case .output(let expression): output += try value(expression).text()
      case .branch(let arms):
        for arm in arms {
          guard try arm.condition.map({ try value($0).isTrue }) ?? true else { continue }
          try run(arm.body)
          break
        }
      case .loop(let names, let items, let filter, let body):
        try loop(names, try value(items).items(), filter, body)
      case .set(let name, let attribute, let expression):
        try set(name, attribute, try value(expression))
      }
    }
  }

  private mutating func spend(_ count: Int) throws {
    budget -= count
    guard budget > 0 else { throw JinjaError("it runs too long") }
  }

  private mutating func set(_ name: String, _ attribute: String?, _ value: JinjaValue) throws {
    guard let attribute else {
      scopes[scopes.count - 1][name] = value
      return
    }
    guard case .namespace(let space) = lookup(name) else {
      throw JinjaError("'\(name).\(attribute)' is set, and '\(name)' is no namespace")
    }
    space.values[attribute] = value
  }

  private mutating func loop(
    _ names: [String], _ items: [JinjaValue], _ filter: JinjaExpression?, _ body: [JinjaNode]
  ) throws {
    try spend(items.count)
    var kept: [[String: JinjaValue]] = []
    for item in items {
      let scope = try bind(names, item)
      scopes.append(scope)
      defer { scopes.removeLast() }
      if let filter, try !value(filter).isTrue { continue }
      kept.append(scope)
    }
    for (index, scope) in kept.enumerated() {
      var scope = scope
      scope["loop"] = .dictionary([
        ("index", .integer(index + 1)), ("index0", .integer(index)),
        ("revindex", .integer(kept.count - index)), ("revindex0", .integer(kept.count - index - 1)),
        ("first", .bool(index == 0)), ("last", .bool(index == kept.count - 1)),
        ("length", .integer(kept.count)),
        ("previtem", index > 0 ? kept[index - 1][names[0]] ?? .undefined : .undefined),
        ("nextitem", index + 1 < kept.count ? kept[index + 1][names[0]] ?? .undefined : .undefined),
      ])
      scopes.append(scope)
      defer { scopes.removeLast() }
      try run(body)
    }
  }

  private func bind(_ names: [String], _ item: JinjaValue) throws -> [String: JinjaValue] {
    if names.count == 1 { return [names[0]: item] }
    let parts = try item.items()
    guard parts.count == names.count else {
      throw JinjaError("\(parts.count) values for \(names.count) names")
    }
    return Dictionary(zip(names, parts)) { _, last in last }
  }

  private func lookup(_ name: String) -> JinjaValue {
    for scope in scopes.reversed() { if let value = scope[name] { return value } }
    return .undefined
  }
}

// Expressions.
extension JinjaRenderer {
  private func value(_ expression: JinjaExpression) throws -> JinjaValue {
    switch expression {
    case .string(let text): return .string(text)
    case .integer(let number): return .integer(number)
    case .bool(let flag): return .bool(flag)
    case .none: return .none
    case .name(let name): return lookup(name)
    case .list(let items): return .list(try items.map(value))
    case .dictionary(let members):
      return .dictionary(try members.map { (try value($0.key).text(), try value($0.value)) })
    case .attribute(let base, let name): return try value(base).member(name)
    case .element(let base, let index): return try element(value(base), value(index))
    case .slice(let base, let start, let end, let step):
      return try JinjaSlice(
        start: integer(start), end: integer(end), step: integer(step) ?? 1
      ).of(value(base))
    case .call(let callee, let arguments): return try call(callee, arguments)
    case .filter(let base, let name, let arguments):
      return try JinjaBuiltins.filter(name, value(base), values(arguments))
    case .test(let base, let name, let arguments):
      return .bool(try JinjaBuiltins.test(name, value(base), values(arguments)))
    case .not(let operand): return .bool(try !value(operand).isTrue)
    case .negative(let operand):
      guard case .integer(let number) = try value(operand) else {
        throw JinjaError("- of no number")
      }
      return .integer(-number)
    case .binary(let sign, let left, let right): return try binary(sign, left, right)
    case .choice(let chosen, let condition, let otherwise):
      if try value(condition).isTrue { return try value(chosen) }
      return try otherwise.map(value) ?? .undefined
    }
  }

  private func values(_ arguments: JinjaArguments) throws -> JinjaBuiltins.Arguments {
    .init(
      positional: try arguments.positional.map(value),
      named: Dictionary(try arguments.named.map { ($0.name, try value($0.value)) }) { $1 })
  }

  private func integer(_ expression: JinjaExpression?) throws -> Int? {
    guard let expression else { return nil }
    switch try value(expression) {
    case .integer(let number): return number
    case .none: return nil
    case let other: throw JinjaError("\(other.kind) as an index")
    }
  }

  private func element(_ base: JinjaValue, _ index: JinjaValue) throws -> JinjaValue {
    switch (base, index) {
    case (.list(let items), .integer(let number)):
      let place = number < 0 ? items.count + number : number
      return items.indices.contains(place) ? items[place] : .undefined
    case (.string, .integer):
      return try element(.list(base.items()), index)
    case (_, .string(let name)): return try base.member(name)
    case (.undefined, _): throw JinjaError("an element of an undefined value")
    default: return .undefined
    }
  }

  private func call(_ callee: JinjaExpression, _ arguments: JinjaArguments) throws -> JinjaValue {
    let arguments = try values(arguments)
    switch callee {
    case .name(let name): return try JinjaBuiltins.function(name, arguments)
    case .attribute(let base, let name):
      return try JinjaBuiltins.method(name, value(base), arguments)
    default: throw JinjaError("a call of an expression")
    }
  }

  private func binary(
    _ sign: String, _ left: JinjaExpression, _ right: JinjaExpression
  ) throws -> JinjaValue {
    let first = try value(left)
    // The second operand is looked at only where it counts.
    if sign == "and" { return first.isTrue ? try value(right) : first }
    if sign == "or" { return first.isTrue ? first : try value(right) }
    let second = try value(right)
    switch sign {
    case "==": return .bool(first == second)
    case "!=": return .bool(!(first == second))
    case "in": return .bool(try JinjaBuiltins.contains(second, first))
    case "not in": return .bool(try !JinjaBuiltins.contains(second, first))
    case "~": return .string(try first.text() + second.text())
    default: return try JinjaBuiltins.arithmetic(sign, first, second)
    }
  }
}

/// Python's slices.
struct JinjaSlice {
  let start, end: Int?
  let step: Int

  func of(_ value: JinjaValue) throws -> JinjaValue {
    guard step != 0 else { throw JinjaError("a slice with step 0") }
    if case .string = value {
      let items = try pick(value.items())
      return .string(try items.map { try $0.text() }.joined())
    }
    guard case .list(let items) = value else { throw JinjaError("a slice of \(value.kind)") }
    return .list(pick(items))
  }

  private func pick(_ items: [JinjaValue]) -> [JinjaValue] {
    let count = items.count
    func place(_ index: Int?, _ missing: Int) -> Int {
      guard let index else { return missing }
      let (low, high) = step > 0 ? (0, count) : (-1, count - 1)
      return min(max(index < 0 ? index + count : index, low), high)
    }
    let first = place(start, step > 0 ? 0 : count - 1)
    let last = place(end, step > 0 ? count : -1)
    return stride(from: first, to: last, by: step).map { items[$0] }
  }
}
