// What follows a value.
extension JinjaParser {
  mutating func postfix() throws -> [JinjaStep] {
    var steps: [JinjaStep] = []
    while true {
      let start = place
      if takes(".") {
        steps.append(JinjaStep(kind: try member(), place: start))
      } else if isAt("[") {
        steps.append(JinjaStep(kind: try subscripted(), place: start))
      } else if isAt("(") {
        let step = try call(after: &steps)
        steps.append(step)
      } else {
        return steps
      }
    }
  }

  private mutating func member() throws -> JinjaStep.Kind {
    if case .integer(let index) = token {
      advance()
      return .element(.integer(index))
    }
    return .attribute(try name())
  }

  /// The call of the last step if that is an attribute, which it replaces, or of the value.
  mutating func call(after steps: inout [JinjaStep]) throws -> JinjaStep {
    let start = place
    let arguments = try arguments()
    guard let last = steps.last, case .attribute(let name) = last.kind else {
      return JinjaStep(kind: .call(arguments), place: start)
    }
    guard JinjaMethods.names.contains(name) else {
      throw JinjaError("the method '\(name)' is not supported", at: last.place)
    }
    steps.removeLast()
    return JinjaStep(kind: .method(name, arguments), place: last.place)
  }

  private mutating func subscripted() throws -> JinjaStep.Kind {
    let start = place
    advance()
    var indices: [JinjaExpression] = []
    while !isAt("]") {
      let first = isAt(":") ? nil : try expression()
      if takes(":") {
        guard indices.isEmpty else { throw JinjaError("a slice among several indices", at: start) }
        return try slice(from: first)
      }
      if let first { indices.append(first) }
      if !takes(",") { break }
    }
    try require("]")
    guard indices.count != 1 else { return .element(indices[0]) }
    return .element(.tuple(indices, start))
  }

  private mutating func slice(from first: JinjaExpression?) throws -> JinjaStep.Kind {
    let last = isAt(":") || isAt("]") ? nil : try expression()
    let step = takes(":") && !isAt("]") ? try expression() : nil
    try require("]")
    return .slice(first, last, step)
  }

  private mutating func arguments() throws -> JinjaArguments {
    try require("(")
    var arguments = JinjaArguments()
    while !isAt(")") {
      try argument(&arguments)
      if !takes(",") { break }
    }
    try require(")")
    return arguments
  }

  private mutating func argument(_ arguments: inout JinjaArguments) throws {
    let start = place
    func ensure(_ isRight: Bool) throws {
      guard isRight else { throw JinjaError("the arguments are in the wrong order", at: start) }
    }
    if takes("*") {
      try ensure(arguments.spread == nil && arguments.spreadNamed == nil)
      arguments.spread = try expression()
    } else if takes("**") {
      try ensure(arguments.spreadNamed == nil)
      arguments.spreadNamed = try expression()
    } else if case .name(let name) = token, position + 1 < tokens.count,
      tokens[position + 1].kind == .mark("=")
    {
      position += 2
      try ensure(arguments.spreadNamed == nil)
      guard !arguments.named.contains(where: { $0.name == name }) else {
        throw JinjaError("the argument '\(name)' is given twice", at: start)
      }
      arguments.named.append((name, try expression()))
    } else {
      try ensure(
        arguments.named.isEmpty && arguments.spread == nil && arguments.spreadNamed == nil)
      arguments.positional.append(try expression())
    }
  }

  /// Filters after `|`; the first of a `filter` block stands without one.
  mutating func filters(isFirst: Bool) throws -> [JinjaStep] {
    var steps: [JinjaStep] = []
    var isFirst = isFirst
    while isFirst || isAt("|") {
      if !isFirst { advance() }
      isFirst = false
      let start = place
      let name = try name()
      guard let filter = JinjaFilter.named(name) else {
        throw JinjaError("the filter '\(name)' is not supported", at: start)
      }
      let arguments = isAt("(") ? try arguments() : JinjaArguments()
      try checkName(in: arguments, of: name, at: start)
      steps.append(JinjaStep(kind: .filter(filter, arguments), place: start))
    }
    return steps
  }

  /// A filter or test that is written as a string for `map`, `select` and similar filters must
  /// exist.
  private func checkName(
    in arguments: JinjaArguments, of filter: String, at place: JinjaPlace
  ) throws {
    let index = filter == "selectattr" || filter == "rejectattr" ? 1 : 0
    guard ["map", "select", "reject", "selectattr", "rejectattr"].contains(filter),
      index < arguments.positional.count, case .string(let name) = arguments.positional[index]
    else { return }
    if filter == "map", JinjaFilter.named(name) == nil {
      throw JinjaError("the filter '\(name)' is not supported", at: place)
    }
    if filter != "map", JinjaTest.named(name) == nil {
      throw JinjaError("the test '\(name)' is not supported", at: place)
    }
  }

  mutating func test() throws -> JinjaStep {
    let start = place
    advance()
    let isNegated = takesName("not")
    let namePlace = place
    let name = try name()
    guard let test = JinjaTest.named(name) else {
      throw JinjaError("the test '\(name)' is not supported", at: namePlace)
    }
    let arguments = try testArguments()
    return JinjaStep(kind: .test(test, arguments, isNegated: isNegated), place: start)
  }

  /// What a test is compared with, with or without parentheses.
  private mutating func testArguments() throws -> JinjaArguments {
    switch token {
    case .mark("("): return try arguments()
    case .name("else"), .name("or"), .name("and"): return JinjaArguments()
    case .name("is"): throw JinjaError("a test cannot follow a test", at: place)
    case .name, .string, .integer, .float, .mark("["), .mark("{"):
      let value = try nested { try $0.primary() }
      let steps = try postfix()
      return JinjaArguments(positional: [steps.isEmpty ? value : .steps(value, steps)])
    default: return JinjaArguments()
    }
  }
}
