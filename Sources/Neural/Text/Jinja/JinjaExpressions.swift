/// Reads expressions from their words, with Jinja's order of operations.
struct JinjaExpressions {
  private let words: [JinjaLexer.Word]
  private var position = 0
  private var depth = 0

  init(_ words: [JinjaLexer.Word]) { self.words = words }

  /// The expression that all of `words` are.
  static func read(_ words: [JinjaLexer.Word]) throws -> JinjaExpression {
    var reader = JinjaExpressions(words)
    return try reader.whole()
  }

  /// The expression that the rest is.
  mutating func whole() throws -> JinjaExpression {
    let expression = try expression()
    try finish()
    return expression
  }

  /// Throws if anything is left.
  func finish() throws {
    if position < words.count { throw JinjaError("an expression goes on with \(words[position])") }
  }

  mutating func name() throws -> String {
    guard position < words.count, case .name(let name) = words[position] else {
      throw JinjaError("a name is missing")
    }
    position += 1
    return name
  }

  /// Whether `mark` comes next; then it is passed.
  mutating func takes(_ mark: String) -> Bool { takes(.mark(mark)) }

  mutating func takesName(_ name: String) -> Bool { takes(.name(name)) }

  private mutating func takes(_ word: JinjaLexer.Word) -> Bool {
    guard position < words.count, words[position] == word else { return false }
    position += 1
    return true
  }

  private mutating func require(_ mark: String) throws {
    guard takes(mark) else { throw JinjaError("'\(mark)' is missing") }
  }

  /// `a if b else c`, unless `choices` is false (the items of a loop, which an `if` may follow).
  mutating func expression(choices: Bool = true) throws -> JinjaExpression {
    depth += 1
    defer { depth -= 1 }
    guard depth < 64 else { throw JinjaError("it is nested too deep") }
    var value = try either()
    while choices, takesName("if") {
      let condition = try either()
      value = .choice(
        value, when: condition, otherwise: takesName("else") ? try expression() : nil)
    }
    return value
  }

  private mutating func either() throws -> JinjaExpression {
    var value = try both()
    while takesName("or") { value = .binary("or", value, try both()) }
    return value
  }

  private mutating func both() throws -> JinjaExpression {
    var value = try negation()
    while takesName("and") { value = .binary("and", value, try negation()) }
    return value
  }

  private mutating func negation() throws -> JinjaExpression {
    depth += 1
    defer { depth -= 1 }
    guard depth < 64 else { throw JinjaError("it is nested too deep") }
    return takesName("not") ? .not(try negation()) : try comparison()
  }

  private mutating func comparison() throws -> JinjaExpression {
    let first = try sum()
    var (left, result) = (first, JinjaExpression?.none)
    // a < b < c is a < b and b < c.
    while let sign = comparisonSign() {
      let right = try sum()
      let compared = JinjaExpression.binary(sign, left, right)
      result = result.map { .binary("and", $0, compared) } ?? compared
      left = right
    }
    return result ?? first
  }

  private mutating func comparisonSign() -> String? {
    for sign in ["==", "!=", "<=", ">=", "<", ">"] where takes(sign) { return sign }
    if takesName("in") { return "in" }
    guard position + 1 < words.count, words[position] == .name("not"),
      words[position + 1] == .name("in")
    else { return nil }
    position += 2
    return "not in"
  }

  private mutating func sum() throws -> JinjaExpression {
    var value = try concatenation()
    while let sign = ["+", "-"].first(where: { takes($0) }) {
      value = .binary(sign, value, try concatenation())
    }
    return value
  }

  private mutating func concatenation() throws -> JinjaExpression {
    var value = try product()
    while takes("~") { value = .binary("~", value, try product()) }
    return value
  }

  private mutating func product() throws -> JinjaExpression {
    var value = try signed()
    while let sign = ["*", "//", "/", "%"].first(where: { takes($0) }) {
      value = .binary(sign, value, try signed())
    }
    return value
  }

  private mutating func signed() throws -> JinjaExpression {
    if takes("-") { return try filtered(.negative(try postfix(try primary()))) }
    return try filtered(try postfix(try primary()))
  }

  private mutating func filtered(_ first: JinjaExpression) throws -> JinjaExpression {
    var value = first
    while true {
      if takes("|") {
        value = try postfix(.filter(value, try name(), try optionalArguments()))
      } else if takesName("is") {
        let isNot = takesName("not")
        let name = try name()
        let test = JinjaExpression.test(value, name, try testArguments())
        value = isNot ? .not(test) : test
      } else {
        return value
      }
    }
  }

  /// What a test is compared with, with or without parentheses.
  private mutating func testArguments() throws -> JinjaArguments {
    if position < words.count, words[position] == .mark("(") { return try optionalArguments() }
    switch position < words.count ? words[position] : .mark("") {
    case .string, .integer: return JinjaArguments(positional: [try primary()])
    default: return JinjaArguments()
    }
  }

  private mutating func optionalArguments() throws -> JinjaArguments {
    takes("(") ? try arguments() : JinjaArguments()
  }

  private mutating func arguments() throws -> JinjaArguments {
    var arguments = JinjaArguments()
    while !takes(")") {
      if position + 1 < words.count, case .name(let name) = words[position],
        words[position + 1] == .mark("=")
      {
        position += 2
        arguments.named.append((name, try expression()))
      } else {
        arguments.positional.append(try expression())
      }
      if !takes(",") {
        try require(")")
        break
      }
    }
    return arguments
  }

  private mutating func postfix(_ first: JinjaExpression) throws -> JinjaExpression {
    var value = first
    while true {
      if takes(".") {
        value = .attribute(value, try name())
      } else if takes("[") {
        value = try subscripted(value)
      } else if takes("(") {
        value = .call(value, try arguments())
      } else {
        return value
      }
    }
  }

  private mutating func subscripted(_ value: JinjaExpression) throws -> JinjaExpression {
    func ends(_ word: JinjaLexer.Word) -> Bool { word == .mark(":") || word == .mark("]") }
    var parts: [JinjaExpression?] = []
    while true {
      guard position < words.count else { throw JinjaError("']' is missing") }
      parts.append(ends(words[position]) ? nil : try expression())
      if takes("]") { break }
      try require(":")
    }
    if parts.count == 1, let only = parts[0] { return .element(value, only) }
    guard (2...3).contains(parts.count) else { throw JinjaError("a slice of \(parts.count) parts") }
    return .slice(value, parts[0], parts[1], parts.count == 3 ? parts[2] : nil)
  }

  private mutating func primary() throws -> JinjaExpression {
    guard position < words.count else { throw JinjaError("an expression is missing") }
    position += 1
    switch words[position - 1] {
    case .string(var text):
      while position < words.count, case .string(let more) = words[position] {
        text += more
        position += 1
      }
      return .string(text)
    case .integer(let value): return .integer(value)
    case .name("true"), .name("True"): return .bool(true)
    case .name("false"), .name("False"): return .bool(false)
    case .name("none"), .name("None"): return .none
    case .name(let name): return .name(name)
    case .mark("("):
      let items = try items(until: ")")
      return items.isTuple ? .list(items.values) : items.values[0]
    case .mark("["): return .list(try items(until: "]").values)
    case .mark("{"): return .dictionary(try members())
    case .mark(let mark): throw JinjaError("'\(mark)' where a value is due")
    }
  }

  private mutating func items(
    until end: String
  ) throws -> (values: [JinjaExpression], isTuple: Bool) {
    var values: [JinjaExpression] = []
    var isTuple = true
    while !takes(end) {
      values.append(try expression())
      if takes(",") { continue }
      isTuple = values.count > 1
      try require(end)
      break
    }
    return (values, isTuple)
  }

  private mutating func members() throws -> [(key: JinjaExpression, value: JinjaExpression)] {
    var members: [(key: JinjaExpression, value: JinjaExpression)] = []
    while !takes("}") {
      let key = try expression()
      try require(":")
      members.append((key, try expression()))
      if takes(",") { continue }
      try require("}")
      break
    }
    return members
  }
}
