// Expressions, with Jinja's order of operations.
extension JinjaParser {
  /// An expression, or several with commas between them, which are a tuple.
  ///
  /// Without `choices` no `if` belongs to it: one that follows is a loop's condition.
  mutating func tuple(
    choices: Bool = true, until end: String? = nil, inParentheses: Bool = false
  ) throws -> JinjaExpression {
    let start = place
    var values: [JinjaExpression] = []
    var isTuple = false
    while !endsTuple(end) {
      values.append(choices ? try expression() : try nested { try $0.either() })
      guard takes(",") else { break }
      isTuple = true
    }
    if isTuple || values.isEmpty && inParentheses { return .tuple(values, start) }
    guard let only = values.first else { throw expected("an expression") }
    return only
  }

  private func endsTuple(_ end: String?) -> Bool {
    switch token {
    case .endOutput, .endStatement, .mark(")"): true
    case .name(let name): name == end
    default: false
    }
  }

  /// `a if b else c`.
  mutating func expression() throws -> JinjaExpression {
    try nested { parser in
      var value = try parser.either()
      var choices = 0
      while parser.takesName("if") {
        choices += 1
        guard choices <= JinjaLimits.nesting else {
          throw JinjaError("more than \(JinjaLimits.nesting) 'if's follow one another")
        }
        let condition = try parser.either()
        value = .choice(
          value, when: condition,
          otherwise: parser.takesName("else") ? try parser.expression() : nil)
      }
      return value
    }
  }

  private mutating func either() throws -> JinjaExpression {
    var operands = [try both()]
    while takesName("or") { operands.append(try both()) }
    return operands.count == 1 ? operands[0] : .any(operands)
  }

  private mutating func both() throws -> JinjaExpression {
    var operands = [try negation()]
    while takesName("and") { operands.append(try negation()) }
    return operands.count == 1 ? operands[0] : .all(operands)
  }

  private mutating func negation() throws -> JinjaExpression {
    guard takesName("not") else { return try comparison() }
    return .not(try nested { try $0.negation() })
  }

  private mutating func comparison() throws -> JinjaExpression {
    let first = try sum()
    var terms: [JinjaTerm] = []
    while true {
      let start = place
      guard let sign = comparisonSign() else { break }
      terms.append(JinjaTerm(sign: sign, operand: try sum(), place: start))
    }
    return terms.isEmpty ? first : .comparison(first, terms)
  }

  private mutating func comparisonSign() -> String? {
    for sign in ["==", "!=", "<=", ">=", "<", ">"] where takes(sign) { return sign }
    if takesName("in") { return "in" }
    guard isAtName("not"), position + 1 < tokens.count,
      tokens[position + 1].kind == .name("in")
    else { return nil }
    position += 2
    return "not in"
  }

  private mutating func sum() throws -> JinjaExpression {
    try chain(["+", "-"]) { try $0.concatenation() }
  }

  private mutating func concatenation() throws -> JinjaExpression {
    let start = place
    var parts = [try product()]
    while takes("~") { parts.append(try product()) }
    return parts.count == 1 ? parts[0] : .concatenation(parts, start)
  }

  private mutating func product() throws -> JinjaExpression {
    try chain(["*", "//", "/", "%"]) { try $0.power() }
  }

  private mutating func power() throws -> JinjaExpression {
    try chain(["**"]) { try $0.unary() }
  }

  /// Operands with any of `signs` between them.
  private mutating func chain(
    _ signs: [String], _ operand: (inout Self) throws -> JinjaExpression
  ) throws -> JinjaExpression {
    let first = try operand(&self)
    var terms: [JinjaTerm] = []
    while true {
      let start = place
      guard let sign = signs.first(where: { takes($0) }) else { break }
      terms.append(JinjaTerm(sign: sign, operand: try operand(&self), place: start))
    }
    return terms.isEmpty ? first : .arithmetic(first, terms)
  }

  /// A value with what follows it. Filters and tests follow signs, too: `-1|abs` is 1.
  private mutating func unary(filters: Bool = true) throws -> JinjaExpression {
    let start = place
    var value: JinjaExpression
    if takes("-") {
      value = .negative(try nested { try $0.unary(filters: false) }, start)
    } else if takes("+") {
      value = .positive(try nested { try $0.unary(filters: false) }, start)
    } else {
      value = try primary()
    }
    var steps = try postfix()
    while filters {
      if isAt("|") {
        steps += try self.filters(isFirst: false)
      } else if isAtName("is") {
        steps.append(try test())
      } else if isAt("(") {
        let step = try call(after: &steps)
        steps.append(step)
      } else {
        break
      }
    }
    if !steps.isEmpty { value = .steps(value, steps) }
    return value
  }

  mutating func primary() throws -> JinjaExpression {
    let start = place
    switch token {
    case .name(let name):
      advance()
      return try named(name, at: start)
    case .string(let first):
      advance()
      var text = first
      while case .string(let more) = token {
        text += more
        advance()
      }
      return .string(text)
    case .integer(let value):
      advance()
      return .integer(value)
    case .float(let value):
      advance()
      return .float(value)
    case .mark("("):
      advance()
      let inner = try tuple(inParentheses: true)
      try require(")")
      return inner
    case .mark("["): return .list(try items(), start)
    case .mark("{"): return .dictionary(try members(), start)
    default: throw expected("a value")
    }
  }

  private mutating func named(_ name: String, at start: JinjaPlace) throws -> JinjaExpression {
    switch name {
    case "true", "True": return .bool(true)
    case "false", "False": return .bool(false)
    case "none", "None": return .none
    case "cycler", "joiner", "lipsum":
      throw JinjaError("the function '\(name)' is not supported", at: start)
    default:
      note(name)
      return .name(name, start)
    }
  }

  private mutating func items() throws -> [JinjaExpression] {
    advance()
    var values: [JinjaExpression] = []
    while !isAt("]") {
      values.append(try expression())
      if !takes(",") { break }
    }
    try require("]")
    return values
  }

  private mutating func members() throws -> [(key: JinjaExpression, value: JinjaExpression)] {
    advance()
    var members: [(key: JinjaExpression, value: JinjaExpression)] = []
    while !isAt("}") {
      let key = try expression()
      try require(":")
      members.append((key, try expression()))
      if !takes(",") { break }
    }
    try require("}")
    return members
  }
}
