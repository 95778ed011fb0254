/// What the value of an expression is made of.
indirect enum JinjaExpression: Sendable {
  case string(String)
  case integer(Int)
  case bool(Bool)
  case none
  case name(String)
  case list([JinjaExpression])
  case dictionary([(key: JinjaExpression, value: JinjaExpression)])
  case attribute(JinjaExpression, String)
  case element(JinjaExpression, JinjaExpression)
  case slice(JinjaExpression, JinjaExpression?, JinjaExpression?, JinjaExpression?)
  case call(JinjaExpression, JinjaArguments)
  case filter(JinjaExpression, String, JinjaArguments)
  case test(JinjaExpression, String, JinjaArguments)
  case not(JinjaExpression)
  case negative(JinjaExpression)
  case binary(String, JinjaExpression, JinjaExpression)
  case choice(JinjaExpression, when: JinjaExpression, otherwise: JinjaExpression?)
}

/// What a call, filter or test is given.
struct JinjaArguments: Sendable {
  var positional: [JinjaExpression] = []
  var named: [(name: String, value: JinjaExpression)] = []
}

/// A part of a template.
indirect enum JinjaNode: Sendable {
  case text(String)
  case output(JinjaExpression)
  /// `if`, `elif` and `else`, whose condition is nil.
  case branch([(condition: JinjaExpression?, body: [JinjaNode])])
  case loop([String], JinjaExpression, filter: JinjaExpression?, body: [JinjaNode])
  case set(String, attribute: String?, JinjaExpression)
}

/// A template that was read.
struct JinjaTemplate: Sendable {
  let nodes: [JinjaNode]

  /// Throws `JinjaError` for what is no template, or one with statements that are not known here.
  init(_ text: String) throws {
    var parser = JinjaStatements(tokens: try JinjaLexer.tokens(text))
    nodes = try parser.template()
  }
}

/// Makes the tree of a template's tokens.
private struct JinjaStatements {
  let tokens: [JinjaLexer.Token]
  private var position = 0

  init(tokens: [JinjaLexer.Token]) { self.tokens = tokens }

  mutating func template() throws -> [JinjaNode] {
    let nodes = try nodes(depth: 0)
    guard position == tokens.count else { throw JinjaError("a block ends that did not begin") }
    return nodes
  }

  /// The nodes up to a tag that closes or divides what they stand in, or up to the end.
  private mutating func nodes(depth: Int) throws -> [JinjaNode] {
    guard depth < 32 else { throw JinjaError("it is nested too deep") }
    var nodes: [JinjaNode] = []
    while position < tokens.count {
      switch tokens[position] {
      case .text(let text): nodes.append(.text(text))
      case .output(let words): nodes.append(.output(try JinjaExpressions.read(words)))
      case .statement(let words):
        guard case .name(let keyword)? = words.first else { throw JinjaError("an empty tag") }
        if ["elif", "else", "endif", "endfor", "endgeneration"].contains(keyword) { return nodes }
        position += 1
        nodes += try statement(keyword, Array(words.dropFirst()), depth: depth)
        continue
      }
      position += 1
    }
    return nodes
  }

  private mutating func statement(
    _ keyword: String, _ rest: [JinjaLexer.Word], depth: Int
  ) throws -> [JinjaNode] {
    switch keyword {
    case "if": return [try branch(rest, depth: depth)]
    case "for": return [try loop(rest, depth: depth)]
    case "set":
      var words = JinjaExpressions(rest)
      let name = try words.name()
      let attribute = words.takes(".") ? try words.name() : nil
      guard words.takes("=") else { throw JinjaError("'set' of several lines") }
      return [.set(name, attribute: attribute, try words.whole())]
    case "generation":
      // transformers' mark of what the model writes: nothing of it is seen in the text.
      let body = try nodes(depth: depth + 1)
      guard try close().keyword == "endgeneration" else { throw JinjaError("no 'endgeneration'") }
      return body
    default: throw JinjaError("the statement '\(keyword)'")
    }
  }

  private mutating func branch(_ first: [JinjaLexer.Word], depth: Int) throws -> JinjaNode {
    var arms: [(condition: JinjaExpression?, body: [JinjaNode])] = []
    var condition: JinjaExpression? = try JinjaExpressions.read(first)
    while true {
      arms.append((condition, try nodes(depth: depth + 1)))
      let next = try close()
      switch next.keyword {
      case "endif": return .branch(arms)
      case "else": condition = nil
      case "elif": condition = try JinjaExpressions.read(next.rest)
      default: throw JinjaError("an 'if' ends with '\(next.keyword)'")
      }
    }
  }

  private mutating func loop(_ rest: [JinjaLexer.Word], depth: Int) throws -> JinjaNode {
    var words = JinjaExpressions(rest)
    var names = [try words.name()]
    while words.takes(",") { names.append(try words.name()) }
    guard words.takesName("in") else { throw JinjaError("a 'for' without 'in'") }
    let items = try words.expression(choices: false)
    let filter = words.takesName("if") ? try words.expression() : nil
    try words.finish()
    let body = try nodes(depth: depth + 1)
    let end = try close().keyword
    guard end == "endfor" else { throw JinjaError("a 'for' with '\(end)'") }
    return .loop(names, items, filter: filter, body: body)
  }

  private mutating func close() throws -> (keyword: String, rest: [JinjaLexer.Word]) {
    guard position < tokens.count, case .statement(let words) = tokens[position],
      case .name(let keyword)? = words.first
    else { throw JinjaError("a block does not end") }
    position += 1
    return (keyword, Array(words.dropFirst()))
  }
}
