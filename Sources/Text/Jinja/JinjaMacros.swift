// Macros and targets.
extension JinjaParser {
  /// Reads a part that runs as a separate function: `break` cannot leave it.
  mutating func function<Value>(
    _ body: (inout Self) throws -> Value
  ) throws -> Value {
    let outer = loops
    loops = 0
    defer { loops = outer }
    return try body(&self)
  }

  mutating func macro(from start: JinjaPlace) throws -> JinjaMacroNode {
    let name = try name()
    return try macro("macro", name, parameters: try signature(), from: start)
  }

  private mutating func macro(
    _ keyword: String, _ name: String,
    parameters: [(name: String, otherwise: JinjaExpression?)], from start: JinjaPlace
  ) throws -> JinjaMacroNode {
    reads.append([])
    let body = try function { try $0.block(keyword, from: start) }
    let read = reads.removeLast()
    if !reads.isEmpty { reads[reads.count - 1].formUnion(read) }
    return JinjaMacroNode(
      name: name, parameters: parameters, body: body,
      reads: read.subtracting(parameters.map(\.name)))
  }

  private mutating func signature() throws -> [(name: String, otherwise: JinjaExpression?)] {
    var parameters: [(name: String, otherwise: JinjaExpression?)] = []
    try require("(")
    while !isAt(")") {
      if !parameters.isEmpty { try require(",") }
      let start = place
      let name = try name()
      let otherwise = takes("=") ? try expression() : nil
      guard otherwise != nil || parameters.last?.otherwise == nil else {
        throw JinjaError("'\(name)' has no default, unlike the parameter before it", at: start)
      }
      parameters.append((name, otherwise))
    }
    advance()
    return parameters
  }

  mutating func call(from start: JinjaPlace) throws -> JinjaNode {
    let parameters = isAt("(") ? try signature() : []
    let target = try expression()
    guard case .steps(_, let steps) = target, let last = steps.last, last.isCall else {
      throw JinjaError("'call' needs the call of a macro", at: start)
    }
    let caller = try macro("call", "caller", parameters: parameters, from: start)
    return .callBlock(target, caller: caller, start)
  }

  /// A name, a member of a namespace, or several of them.
  mutating func target(until end: String?, members: Bool = false) throws -> JinjaTarget {
    try nested { parser in
      let start = parser.place
      var targets: [JinjaTarget] = []
      var isTuple = false
      while true {
        if let end, parser.isAtName(end) { break }
        if parser.token == .endStatement || parser.isAt(")") { break }
        targets.append(try parser.oneTarget(members: members))
        guard parser.takes(",") else { break }
        isTuple = true
      }
      guard let first = targets.first else { throw parser.expected("a name") }
      return isTuple ? .tuple(targets, start) : first
    }
  }

  private mutating func oneTarget(members: Bool) throws -> JinjaTarget {
    if takes("(") {
      let inner = try target(until: nil, members: members)
      try require(")")
      return inner
    }
    let start = place
    let name = try name()
    guard !["true", "false", "none", "True", "False", "None"].contains(name) else {
      throw JinjaError("'\(name)' cannot be set", at: start)
    }
    guard members, takes(".") else { return .name(name) }
    return .member(name, try self.name(), start)
  }
}

extension JinjaTarget {
  var names: [String] {
    switch self {
    case .name(let name): [name]
    case .member: []
    case .tuple(let targets, _): targets.flatMap(\.names)
    }
  }
}

extension JinjaStep {
  fileprivate var isCall: Bool {
    switch kind {
    case .call, .method: true
    default: false
    }
  }
}
