/// What a Jinja template outputs and decides, in a form in which two spellings of one template are
/// equal: white space control applied, `message['role']` written `message.role`, neighbouring
/// outputs joined, quotes all alike. Nothing is evaluated.
struct JinjaOutline: Equatable {
  indirect enum Node: Equatable {
    /// Literal text and values, written one after the other.
    case output([Piece])
    /// `if`, `elif` and `else` (whose condition is `true`) with what they hold.
    case branch([Arm])
    case loop(String, [Node])
    case statement(String)
  }

  struct Arm: Equatable {
    let condition: String
    let body: [Node]
  }

  enum Piece: Equatable {
    case text(String)
    case value(String)
  }

  let nodes: [Node]

  /// The outline of a template; nil if it is no Jinja that this understands.
  init?(_ template: String) {
    guard let tokens = JinjaLexer.tokens(template) else { return nil }
    var parser = JinjaOutlineParser(tokens: tokens)
    guard let nodes = parser.nodes(depth: 0), parser.isAtEnd else { return nil }
    self.nodes = nodes
  }
}

/// Makes the tree of the tokens.
private struct JinjaOutlineParser {
  private let tokens: [JinjaLexer.Token]
  private var position = 0

  init(tokens: [JinjaLexer.Token]) { self.tokens = tokens }

  var isAtEnd: Bool { position == tokens.count }

  /// The nodes up to a tag that closes or divides what they stand in, or up to the end.
  mutating func nodes(depth: Int) -> [JinjaOutline.Node]? {
    guard depth < 32 else { return nil }
    var nodes: [JinjaOutline.Node] = []
    while position < tokens.count {
      let token = tokens[position]
      switch token {
      case .text(let text): Self.append([.text(text)], to: &nodes)
      case .output(let pieces): Self.append(pieces, to: &nodes)
      case .statement(let keyword, let rest):
        if ["elif", "else", "endif", "endfor"].contains(keyword) { return nodes }
        position += 1
        guard let node = statement(keyword, rest, depth: depth) else { return nil }
        nodes.append(node)
        continue
      }
      position += 1
    }
    return nodes
  }

  private mutating func statement(
    _ keyword: String, _ rest: String, depth: Int
  ) -> JinjaOutline.Node? {
    switch keyword {
    case "if": return branch(rest, depth: depth)
    case "for":
      guard let body = nodes(depth: depth + 1), close()?.keyword == "endfor" else { return nil }
      return .loop(rest, body)
    default: return .statement("\(keyword) \(rest)")
    }
  }

  private mutating func branch(_ first: String, depth: Int) -> JinjaOutline.Node? {
    var arms: [JinjaOutline.Arm] = []
    var condition = first
    while true {
      guard let body = nodes(depth: depth + 1), let next = close() else { return nil }
      arms.append(.init(condition: condition, body: body))
      switch next.keyword {
      case "endif": return .branch(arms)
      case "else": condition = "true"
      case "elif": condition = next.rest
      default: return nil
      }
    }
  }

  private mutating func close() -> (keyword: String, rest: String)? {
    guard position < tokens.count, case .statement(let keyword, let rest) = tokens[position] else {
      return nil
    }
    position += 1
    return (keyword, rest)
  }

  /// Adds output, joined with the output before it.
  private static func append(_ pieces: [JinjaOutline.Piece], to nodes: inout [JinjaOutline.Node]) {
    var joined: [JinjaOutline.Piece] = []
    if case .output(let before)? = nodes.last {
      joined = before
      nodes.removeLast()
    }
    for piece in pieces {
      if case .text(let text) = piece, case .text(let before)? = joined.last {
        joined[joined.count - 1] = .text(before + text)
      } else if piece != .text("") {
        joined.append(piece)
      }
    }
    if !joined.isEmpty { nodes.append(.output(joined)) }
  }
}
