/// What the value of an expression is made of.
///
/// Chains (`a + b + c`, `x.a.b|f`) are lists, however long, so that only what is written inside
/// something else is a level deeper.
indirect enum JinjaExpression: Sendable {
  case string(String)
  case integer(Int)
  case float(Double)
  case bool(Bool)
  case none
  case name(String, JinjaPlace)
  case list([JinjaExpression], JinjaPlace)
  case tuple([JinjaExpression], JinjaPlace)
  case dictionary([(key: JinjaExpression, value: JinjaExpression)], JinjaPlace)
  /// What follows a value: members, elements, calls, filters, tests.
  case steps(JinjaExpression, [JinjaStep])
  case not(JinjaExpression)
  case negative(JinjaExpression, JinjaPlace)
  case positive(JinjaExpression, JinjaPlace)
  case arithmetic(JinjaExpression, [JinjaTerm])
  case concatenation([JinjaExpression], JinjaPlace)
  case comparison(JinjaExpression, [JinjaTerm])
  case all([JinjaExpression])
  case any([JinjaExpression])
  case choice(JinjaExpression, when: JinjaExpression, otherwise: JinjaExpression?)
}

/// An operator and what stands to its right.
struct JinjaTerm: Sendable {
  let sign: String
  let operand: JinjaExpression
  let place: JinjaPlace
}

struct JinjaStep: Sendable {
  enum Kind: Sendable {
    case attribute(String)
    case element(JinjaExpression)
    case slice(JinjaExpression?, JinjaExpression?, JinjaExpression?)
    case call(JinjaArguments)
    /// A call of an attribute.
    case method(String, JinjaArguments)
    case filter(JinjaFilter, JinjaArguments)
    case test(JinjaTest, JinjaArguments, isNegated: Bool)
  }

  let kind: Kind
  let place: JinjaPlace
}

/// What a call, filter or test is given.
struct JinjaArguments: Sendable {
  var positional: [JinjaExpression] = []
  var named: [(name: String, value: JinjaExpression)] = []
  /// After `*` and `**`.
  var spread: JinjaExpression?
  var spreadNamed: JinjaExpression?

  var isEmpty: Bool {
    positional.isEmpty && named.isEmpty && spread == nil && spreadNamed == nil
  }
}

/// What a value is given to.
indirect enum JinjaTarget: Sendable {
  case name(String)
  case member(String, String, JinjaPlace)
  case tuple([JinjaTarget], JinjaPlace)
}

/// A part of a template.
indirect enum JinjaNode: Sendable {
  case text(String)
  case output(JinjaExpression)
  /// `if`, `elif` and `else`, whose condition is nil.
  case branch([(condition: JinjaExpression?, body: [JinjaNode])])
  case loop(JinjaLoopNode)
  case set(JinjaTarget, JinjaExpression)
  case setBlock(JinjaTarget, filters: [JinjaStep], body: [JinjaNode])
  case filterBlock([JinjaStep], body: [JinjaNode])
  case macro(JinjaMacroNode)
  case callBlock(JinjaExpression, caller: JinjaMacroNode, JinjaPlace)
  /// `with`, and `generation` without values.
  case with([(target: JinjaTarget, value: JinjaExpression)], body: [JinjaNode])
  case leave
  case next
}

struct JinjaLoopNode: Sendable {
  let target: JinjaTarget
  let items: JinjaExpression
  let test: JinjaExpression?
  let body: [JinjaNode]
  let otherwise: [JinjaNode]
  let place: JinjaPlace
}

/// A macro, or what a `call` block gives the macro as `caller`.
struct JinjaMacroNode: Sendable {
  let name: String
  let parameters: [(name: String, otherwise: JinjaExpression?)]
  let body: [JinjaNode]
  /// Which of `caller`, `varargs` and `kwargs` the body reads.
  let reads: Set<String>
}

/// A template that was read.
struct JinjaTemplate: Sendable {
  let nodes: [JinjaNode]

  /// Throws `JinjaError` for what is no template, or one with something that is not known here.
  init(_ text: String) throws {
    var parser = JinjaParser(tokens: try JinjaLexer.tokens(text))
    do {
      nodes = try parser.template()
    } catch let error as JinjaError {
      throw JinjaError(error.problem, at: error.place ?? parser.place)
    }
  }
}
