/// Renders a template: the part of Jinja that chat templates are written in.
///
/// It is total: every rendering ends, with a text or a `JinjaError` that says where, within
/// `JinjaLimits`. Nothing in it sees a clock, a file or a random number.
final class JinjaRenderer {
  private(set) var scope: JinjaScope
  private var output = ""
  private var steps = JinjaLimits.steps
  private var levels = 0
  /// What is being worked on, for messages.
  var place = JinjaPlace(line: 1, column: 1)
  /// What can hold itself; emptied in the end.
  private var namespaces: [JinjaNamespace] = []
  private var scopes: [JinjaScope] = []

  /// The text of `template` with these variables; throws `JinjaError`.
  static func render(
    _ template: JinjaTemplate, _ variables: [String: JinjaValue]
  ) throws -> String {
    let renderer = JinjaRenderer(variables)
    defer { renderer.release() }
    do {
      _ = try renderer.run(template.nodes)
    } catch let error as JinjaError {
      throw JinjaError(error.problem, at: error.place ?? renderer.place)
    }
    return renderer.output
  }

  private init(_ variables: [String: JinjaValue]) {
    scope = JinjaScope(parent: nil, variables)
  }

  private func release() {
    for namespace in namespaces { namespace.values = [:] }
    for scope in scopes { scope.values = [:] }
  }
}

// Limits.
extension JinjaRenderer {
  func spend(_ count: Int) throws {
    guard count < steps else {
      steps = 0
      throw JinjaError("it takes more than \(JinjaLimits.steps) steps")
    }
    steps -= count
  }

  /// Counts the work on `count` bytes of text.
  func spend(bytes count: Int) throws { try spend(count / JinjaLimits.bytesPerStep) }

  /// Text that is about to be made, of `count` bytes.
  func allow(bytes count: Int) throws {
    try check(bytes: count)
    try spend(bytes: count)
  }

  /// Throws if a text of `count` bytes is too long.
  func check(bytes count: Int) throws {
    guard count <= JinjaLimits.text else {
      throw JinjaError("a text is longer than \(JinjaLimits.text) bytes")
    }
  }

  func append(_ part: String, to text: inout String) throws {
    try check(bytes: text.utf8.count + part.utf8.count)
    try spend(bytes: part.utf8.count)
    text += part
  }

  /// A list that is about to be made, of `count` items.
  func allow(items count: Int) throws {
    guard count <= JinjaLimits.items else {
      throw JinjaError("a list is longer than \(JinjaLimits.items) items")
    }
    try spend(count)
  }

  /// Throws if a value holds too many others inside one another.
  func checked(_ value: JinjaValue) throws -> JinjaValue {
    guard value.depth <= JinjaLimits.valueDepth else {
      throw JinjaError("a value is nested deeper than \(JinjaLimits.valueDepth) levels")
    }
    return value
  }

  func array(_ items: [JinjaValue], _ kind: JinjaArray.Kind = .list) throws -> JinjaValue {
    try allow(items: items.count)
    return try checked(.array(JinjaArray(items, kind)))
  }

  func generator(_ items: [JinjaValue]) throws -> JinjaValue {
    try allow(items: items.count)
    return try checked(.generator(JinjaGenerator(items)))
  }

  func string(_ text: String) throws -> JinjaValue {
    try allow(bytes: text.utf8.count)
    return .string(text)
  }

  /// A namespace that is emptied after the rendering: it may hold itself.
  func namespace(_ members: [(String, JinjaValue)]) -> JinjaValue {
    let namespace = JinjaNamespace(members)
    namespaces.append(namespace)
    return .namespace(namespace)
  }

  /// A macro of this scope, which is emptied after the rendering: it may hold the macro.
  func macro(_ node: JinjaMacroNode) -> JinjaMacro {
    scopes.append(scope)
    return JinjaMacro(node, scope: scope)
  }

  /// Runs `body` a level deeper.
  func nested<Value>(_ body: () throws -> Value) throws -> Value {
    levels += 1
    defer { levels -= 1 }
    guard levels <= JinjaLimits.levels else {
      throw JinjaError("it runs deeper than \(JinjaLimits.levels) levels")
    }
    try spend(1)
    return try body()
  }

  /// Runs `body` with the names of `scope`.
  func within<Value>(_ scope: JinjaScope, _ body: () throws -> Value) rethrows -> Value {
    let outer = self.scope
    self.scope = scope
    defer { self.scope = outer }
    return try body()
  }

  /// What `body` writes.
  func captured(_ body: () throws -> Void) rethrows -> String {
    let outer = output
    output = ""
    defer { output = outer }
    try body()
    return output
  }
}

// Statements.
extension JinjaRenderer {
  /// How a body ends.
  enum Flow { case end, leave, next }

  func run(_ nodes: [JinjaNode]) throws -> Flow {
    try nested {
      for node in nodes {
        let flow = try run(node)
        guard flow == .end else { return flow }
      }
      return .end
    }
  }

  private func run(_ node: JinjaNode) throws -> Flow {
    try spend(1)
    switch node {
    case .text(let text): try write(text)
    case .output(let expression): try write(text(value(expression)))
    case .branch(let arms): return try branch(arms)
    case .loop(let loop): return try run(loop)
    case .set(let target, let expression): try set(target, value(expression), in: scope)
    case .setBlock(let target, let filters, let body):
      return try block(body) { text in
        try set(target, filtered(.string(text), filters), in: scope)
      }
    case .filterBlock(let filters, let body):
      return try block(body) { text in
        try write(self.text(filtered(.string(text), filters)))
      }
    case .macro(let macro): scope.values[macro.name] = .function(.macro(self.macro(macro)))
    case .callBlock(let call, let caller, let place): try run(call, caller: caller, at: place)
    case .with(let values, let body): return try with(values, body)
    case .leave: return .leave
    case .next: return .next
    }
    return .end
  }

  private func write(_ text: String) throws {
    guard output.utf8.count + text.utf8.count <= JinjaLimits.text else {
      throw JinjaError("the output is longer than \(JinjaLimits.text) bytes")
    }
    try spend(bytes: text.utf8.count)
    output += text
  }

  private func branch(
    _ arms: [(condition: JinjaExpression?, body: [JinjaNode])]
  ) throws -> Flow {
    for arm in arms {
      guard try arm.condition.map({ try value($0).isTrue }) ?? true else { continue }
      return try run(arm.body)
    }
    return .end
  }

  private func run(_ node: JinjaLoopNode) throws -> Flow {
    let outer = scope
    let items = try value(node.items)
    place = node.place
    let loop = JinjaLoop(
      try self.items(items),
      test: node.test.map { test in
        { item in
          let scope = JinjaScope(parent: outer)
          try self.set(node.target, item, in: scope)
          return try self.within(scope) { try self.value(test).isTrue }
        }
      })
    var isComplete = false
    turns: while let item = try loop.next() {
      try spend(1)
      let scope = JinjaScope(parent: outer, ["loop": .loop(loop)])
      place = node.place
      try set(node.target, item, in: scope)
      switch try within(scope, { try run(node.body) }) {
      case .leave: break turns
      case .next: continue
      case .end: isComplete = true
      }
    }
    // As in Jinja, `else` runs if no turn got to its end.
    guard !isComplete, !node.otherwise.isEmpty else { return .end }
    return try within(JinjaScope(parent: outer)) { try run(node.otherwise) }
  }

  /// Runs `body` in its own scope and passes its output to `use`, unless it left a loop.
  private func block(_ body: [JinjaNode], _ use: (String) throws -> Void) throws -> Flow {
    var flow = Flow.end
    let text = try captured {
      flow = try within(JinjaScope(parent: scope)) { try run(body) }
    }
    if flow == .end { try use(text) }
    return flow
  }

  private func filtered(_ value: JinjaValue, _ filters: [JinjaStep]) throws -> JinjaValue {
    try filters.reduce(value) { try apply($1, to: $0) }
  }

  private func with(
    _ values: [(target: JinjaTarget, value: JinjaExpression)], _ body: [JinjaNode]
  ) throws -> Flow {
    let inner = JinjaScope(parent: scope)
    for (target, expression) in values { try set(target, value(expression), in: inner) }
    return try within(inner) { try run(body) }
  }

  private func set(_ target: JinjaTarget, _ value: JinjaValue, in scope: JinjaScope) throws {
    switch target {
    case .name(let name): scope.values[name] = value
    case .member(let name, let member, let place):
      self.place = place
      guard case .namespace(let namespace)? = scope[name] else {
        throw JinjaError("'\(name).\(member)' is set, and '\(name)' is no namespace")
      }
      guard !member.hasPrefix("_") else {
        throw JinjaError("names in a namespace must not begin with '_', as '\(member)' does")
      }
      namespace.set(member, value)
    case .tuple(let targets, let place):
      self.place = place
      let parts = try items(value)
      guard parts.count == targets.count else {
        throw JinjaError("\(parts.count) values for \(targets.count) names")
      }
      for (target, part) in zip(targets, parts) { try set(target, part, in: scope) }
    }
  }

  private func run(
    _ call: JinjaExpression, caller: JinjaMacroNode, at place: JinjaPlace
  ) throws {
    guard case .steps(let base, let steps) = call, let last = steps.last else { return }
    var value = try self.value(base)
    for step in steps.dropLast() { value = try apply(step, to: value) }
    let named = [("caller", JinjaValue.function(.macro(macro(caller))))]
    self.place = place
    try write(text(apply(last, to: value, more: named)))
  }
}
