/// Makes the tree of a template's tokens: statements here, expressions in an extension.
struct JinjaParser {
  let tokens: [JinjaToken]
  var position = 0
  private var depth = 0
  /// Loops around this place in the same macro.
  var loops = 0
  /// The special names that each macro around this place reads.
  var reads: [Set<String>] = []

  init(tokens: [JinjaToken]) { self.tokens = tokens }

  var token: JinjaToken.Kind { tokens[position].kind }
  var place: JinjaPlace { tokens[position].place }

  mutating func advance() { if position + 1 < tokens.count { position += 1 } }

  mutating func template() throws -> [JinjaNode] {
    let nodes = try nodes(until: [])
    guard case .end = token else {
      throw JinjaError("'\(keyword ?? "")' ends no block", at: place)
    }
    return nodes
  }

  /// Runs `body` a level deeper.
  mutating func nested<Value>(_ body: (inout Self) throws -> Value) throws -> Value {
    depth += 1
    defer { depth -= 1 }
    guard depth <= JinjaLimits.nesting else {
      throw JinjaError("it is nested deeper than \(JinjaLimits.nesting) levels")
    }
    return try body(&self)
  }

  /// Notes that a name is read.
  mutating func note(_ name: String) {
    guard !reads.isEmpty, ["caller", "varargs", "kwargs"].contains(name) else { return }
    reads[reads.count - 1].insert(name)
  }

  // Tokens.

  func isAt(_ mark: String) -> Bool { token == .mark(mark) }
  func isAtName(_ name: String) -> Bool { token == .name(name) }

  /// Whether `mark` comes next; then it is passed.
  mutating func takes(_ mark: String) -> Bool { takes(.mark(mark)) }
  mutating func takesName(_ name: String) -> Bool { takes(.name(name)) }

  private mutating func takes(_ kind: JinjaToken.Kind) -> Bool {
    guard token == kind else { return false }
    advance()
    return true
  }

  mutating func require(_ mark: String) throws {
    guard takes(mark) else { throw expected("'\(mark)'") }
  }

  mutating func name() throws -> String {
    guard case .name(let name) = token else { throw expected("a name") }
    advance()
    return name
  }

  func expected(_ what: String) -> JinjaError {
    JinjaError("expected \(what), found \(tokens[position].description)", at: place)
  }

  /// The keyword of a tag, if one begins here.
  private var keyword: String? {
    guard case .beginStatement = token, position + 1 < tokens.count,
      case .name(let name) = tokens[position + 1].kind
    else { return nil }
    return name
  }

  private mutating func endTag() throws {
    guard case .endStatement = token else { throw expected("the end of the tag") }
    advance()
  }
}

// Blocks.
extension JinjaParser {
  /// The nodes up to a tag of `ends`, which is not passed, or up to the end.
  private mutating func nodes(until ends: [String]) throws -> [JinjaNode] {
    var nodes: [JinjaNode] = []
    while true {
      switch token {
      case .data(let text):
        nodes.append(.text(text))
        advance()
      case .beginOutput:
        advance()
        nodes.append(.output(try tuple()))
        guard case .endOutput = token else { throw expected("'}}'") }
        advance()
      case .beginStatement:
        if let keyword, ends.contains(keyword) { return nodes }
        guard let keyword else {
          advance()
          throw expected("a statement")
        }
        if Self.endings.contains(keyword) { return nodes }
        advance()
        nodes.append(contentsOf: try nested { try $0.statement(keyword) })
      default: return nodes
      }
    }
  }

  private static let endings: Set<String> = [
    "elif", "else", "endif", "endfor", "endset", "endmacro", "endcall", "endfilter", "endwith",
    "endgeneration",
  ]

  /// The statements that are supported; `elif`, `else` and the ends of blocks belong to them.
  static let statements = [
    "break", "call", "continue", "filter", "for", "generation", "if", "macro", "print", "raw",
    "set",
    "with",
  ]

  private mutating func statement(_ keyword: String) throws -> [JinjaNode] {
    let start = place
    guard Self.statements.contains(keyword) else {
      throw JinjaError("the statement '\(keyword)' is not supported", at: start)
    }
    advance()
    switch keyword {
    case "if": return [try branch(from: start)]
    case "for": return [.loop(try loop(from: start))]
    case "set": return [try set(from: start)]
    case "macro": return [.macro(try macro(from: start))]
    case "call": return [try call(from: start)]
    case "filter":
      let filters = try filters(isFirst: true)
      return [.filterBlock(filters, body: try block(keyword, from: start))]
    case "with": return [try with(from: start)]
    case "generation": return [.with([], body: try function { try $0.block(keyword, from: start) })]
    case "print": return try prints()
    default: return [try jump(keyword, from: start)]
    }
  }

  /// A body up to the tag that ends `keyword`, which is passed.
  mutating func block(_ keyword: String, from start: JinjaPlace) throws -> [JinjaNode] {
    let body = try body(until: ["end" + keyword], of: keyword, from: start)
    advance()
    try endTag()
    return body
  }

  /// The rest of a tag and the nodes up to a tag of `ends`; stops at its keyword.
  private mutating func body(
    until ends: [String], of opening: String, from start: JinjaPlace
  ) throws -> [JinjaNode] {
    // As in Python, a colon may end the tag.
    _ = takes(":")
    try endTag()
    let body = try nodes(until: ends)
    guard let keyword, ends.contains(keyword) else {
      let names = ends.map { "'\($0)'" }.joined(separator: " or ")
      if let keyword {
        throw JinjaError("'\(keyword)' where \(names) should end '\(opening)'", at: place)
      }
      throw JinjaError("'\(opening)' has no \(names)", at: start)
    }
    advance()
    return body
  }

  private mutating func branch(from start: JinjaPlace) throws -> JinjaNode {
    var arms: [(condition: JinjaExpression?, body: [JinjaNode])] = []
    while true {
      let condition = try tuple(choices: false)
      arms.append((condition, try body(until: ["elif", "else", "endif"], of: "if", from: start)))
      if takesName("elif") { continue }
      if takesName("else") {
        arms.append((nil, try body(until: ["endif"], of: "if", from: start)))
      }
      advance()
      try endTag()
      return .branch(arms)
    }
  }

  private mutating func loop(from start: JinjaPlace) throws -> JinjaLoopNode {
    let target = try target(until: "in")
    guard !target.names.contains("loop") else {
      throw JinjaError("'loop' cannot be the name of a loop's item", at: start)
    }
    guard takesName("in") else { throw expected("'in'") }
    let items = try tuple(choices: false, until: "recursive")
    let test = takesName("if") ? try expression() : nil
    guard !isAtName("recursive") else {
      throw JinjaError("recursive loops are not supported", at: place)
    }
    loops += 1
    let body = try body(until: ["else", "endfor"], of: "for", from: start)
    loops -= 1
    var otherwise: [JinjaNode] = []
    if takesName("else") { otherwise = try self.body(until: ["endfor"], of: "for", from: start) }
    advance()
    try endTag()
    return JinjaLoopNode(
      target: target, items: items, test: test, body: body, otherwise: otherwise, place: start)
  }

  private mutating func set(from start: JinjaPlace) throws -> JinjaNode {
    let target = try target(until: nil, members: true)
    if takes("=") {
      let value = try tuple()
      try endTag()
      return .set(target, value)
    }
    let filters = try filters(isFirst: false)
    return .setBlock(target, filters: filters, body: try block("set", from: start))
  }

  private mutating func with(from start: JinjaPlace) throws -> JinjaNode {
    var values: [(target: JinjaTarget, value: JinjaExpression)] = []
    while token != .endStatement, !isAt(":") {
      if !values.isEmpty { try require(",") }
      let target = try target(until: nil)
      try require("=")
      values.append((target, try expression()))
    }
    return .with(values, body: try block("with", from: start))
  }

  private mutating func prints() throws -> [JinjaNode] {
    var values: [JinjaNode] = []
    while token != .endStatement {
      if !values.isEmpty { try require(",") }
      values.append(.output(try expression()))
    }
    try endTag()
    return values
  }

  private mutating func jump(_ keyword: String, from start: JinjaPlace) throws -> JinjaNode {
    guard loops > 0 else { throw JinjaError("'\(keyword)' outside of a loop", at: start) }
    try endTag()
    return keyword == "break" ? .leave : .next
  }
}
