/// A part of a template.
struct JinjaToken {
  enum Kind: Equatable {
    case data(String)
    case beginOutput, endOutput, beginStatement, endStatement
    case name(String)
    case string(String)
    case integer(Int)
    case float(Double)
    case mark(String)
    case end
  }

  let kind: Kind
  let place: JinjaPlace

  /// What it is, for messages.
  var description: String {
    switch kind {
    case .data: "text"
    case .beginOutput: "'{{'"
    case .endOutput: "'}}'"
    case .beginStatement: "'{%'"
    case .endStatement: "'%}'"
    case .name(let name): "'\(name)'"
    case .string: "a string"
    case .integer, .float: "a number"
    case .mark(let mark): "'\(mark)'"
    case .end: "the end of the template"
    }
  }
}

/// Cuts a Jinja template into tokens, with white space treated as transformers sets Jinja up:
/// `trim_blocks`, `lstrip_blocks`, no trailing newline.
struct JinjaLexer {
  let scalars: [Unicode.Scalar]
  var position = 0
  private var tokens: [JinjaToken] = []
  /// What comes next begins a line.
  private var beginsLine = true
  /// Where `locate` has got to.
  private var located = (index: 0, line: 1, lineStart: 0)

  /// The tokens of a template, `end` last; throws `JinjaError` where a tag or a string does not end.
  static func tokens(_ template: String) throws -> [JinjaToken] {
    guard template.utf8.count <= 4 * JinjaLimits.template,
      template.unicodeScalars.count <= JinjaLimits.template
    else { throw JinjaError("it is longer than \(JinjaLimits.template) characters") }
    var lexer = JinjaLexer(scalars: normalized(template))
    try lexer.run()
    return lexer.tokens
  }

  /// The characters with every newline as `\n`, without a newline at the end.
  private static func normalized(_ template: String) -> [Unicode.Scalar] {
    var scalars: [Unicode.Scalar] = []
    for scalar in template.unicodeScalars {
      if scalar == "\n", scalars.last == "\r" { scalars.removeLast() }
      scalars.append(scalar)
    }
    scalars = scalars.map { $0 == "\r" ? "\n" : $0 }
    if scalars.last == "\n" { scalars.removeLast() }
    return scalars
  }

  private init(scalars: [Unicode.Scalar]) { self.scalars = scalars }

  private mutating func run() throws {
    while position < scalars.count {
      let start = position
      while position < scalars.count, tagKind() == nil { position += 1 }
      guard position < scalars.count, let kind = tagKind() else {
        addText(scalars[start...], at: start)
        break
      }
      let text = trimmedEnd(scalars[start..<position], kind)
      addText(text, at: start)
      if kind == "%", let body = rawBody(at: position) {
        try raw(from: body)
      } else {
        try tag(kind)
      }
    }
    add(.end, at: scalars.count)
  }

  mutating func add(_ kind: JinjaToken.Kind, at index: Int) {
    tokens.append(JinjaToken(kind: kind, place: locate(index)))
  }

  private mutating func addText(_ text: ArraySlice<Unicode.Scalar>, at index: Int) {
    if !text.isEmpty { add(.data(String(scalars: text)), at: index) }
  }

  /// The place of a character; later ones are asked for later.
  mutating func locate(_ index: Int) -> JinjaPlace {
    while located.index < index {
      if scalars[located.index] == "\n" {
        located.line += 1
        located.lineStart = located.index + 1
      }
      located.index += 1
    }
    return JinjaPlace(line: located.line, column: index - located.lineStart + 1)
  }

  func scalar(_ index: Int) -> Unicode.Scalar? { index < scalars.count ? scalars[index] : nil }

  /// Whether `text` stands at `index`.
  func has(_ text: String, at index: Int) -> Bool {
    index <= scalars.count && scalars[index...].starts(with: text.unicodeScalars)
  }

  /// The first index from `index` on that holds no white space.
  private func skipSpace(_ index: Int) -> Int {
    var index = index
    while let scalar = scalar(index), scalar.isPythonSpace { index += 1 }
    return index
  }

  /// `{`, `%` or `#` if a tag of that kind begins here.
  private func tagKind() -> Unicode.Scalar? {
    guard scalars[position] == "{", let next = scalar(position + 1) else { return nil }
    return next == "{" || next == "%" || next == "#" ? next : nil
  }

  /// The text before the tag that begins at `position`, as far as the tag leaves it.
  private func trimmedEnd(
    _ text: ArraySlice<Unicode.Scalar>, _ kind: Unicode.Scalar
  ) -> ArraySlice<Unicode.Scalar> {
    let sign = scalar(position + 2)
    if sign == "-" {
      return text.prefix(
        upTo: text.lastIndex { !$0.isPythonSpace }.map { $0 + 1 } ?? text.startIndex)
    }
    guard kind != "{", sign != "+" else { return text }
    // lstrip_blocks: a statement or comment alone on its line so far takes the indent with it.
    let newline = text.lastIndex { $0 == "\n" }
    guard newline != nil || beginsLine else { return text }
    let line = newline.map { $0 + 1 } ?? text.startIndex
    return text[line...].allSatisfy(\.isPythonSpace) ? text[..<line] : text
  }
}

// Tags.
extension JinjaLexer {
  private mutating func tag(_ kind: Unicode.Scalar) throws {
    let start = position
    position += 2
    if let sign = scalar(position), sign == "-" || sign == "+" { position += 1 }
    switch kind {
    case "#": try comment(from: start)
    case "{":
      add(.beginOutput, at: start)
      try words(from: start, closing: "}}", isBlock: false)
    default:
      add(.beginStatement, at: start)
      try words(from: start, closing: "%}", isBlock: true)
    }
    beginsLine = scalars[position - 1] == "\n"
  }

  private mutating func comment(from start: Int) throws {
    while position < scalars.count {
      if let end = tagEnd("#}", isBlock: true) {
        position = end
        return
      }
      position += 1
    }
    throw JinjaError("a comment does not end", at: locate(start))
  }

  /// The index after a tag's end with what it swallows, if the end stands at `position`.
  private func tagEnd(_ closing: String, isBlock: Bool) -> Int? {
    if has("-" + closing, at: position) { return skipSpace(position + 3) }
    if isBlock, has("+" + closing, at: position) { return position + 3 }
    guard has(closing, at: position) else { return nil }
    // trim_blocks
    return isBlock && scalar(position + 2) == "\n" ? position + 3 : position + 2
  }

  private mutating func words(from start: Int, closing: String, isBlock: Bool) throws {
    var open: [String] = []
    while position < scalars.count {
      if open.isEmpty, let end = tagEnd(closing, isBlock: isBlock) {
        add(isBlock ? .endStatement : .endOutput, at: position)
        position = end
        return
      }
      try word(&open)
    }
    throw JinjaError("a tag does not end", at: locate(start))
  }

  private mutating func word(_ open: inout [String]) throws {
    let scalar = scalars[position]
    if scalar.isPythonSpace {
      position += 1
    } else if ("0"..."9").contains(scalar) {
      try number()
    } else if scalar == "_" || scalar.properties.isXIDStart {
      let start = position
      while let next = self.scalar(position), next == "_" || next.properties.isXIDContinue {
        position += 1
      }
      add(.name(String(scalars: scalars[start..<position])), at: start)
    } else if scalar == "'" || scalar == "\"" {
      try quoted(scalar)
    } else {
      try mark(&open)
    }
  }

  private static let pairs = ["//", "**", "==", "!=", ">=", "<="]

  private mutating func mark(_ open: inout [String]) throws {
    let mark = Self.pairs.first { has($0, at: position) } ?? String(scalars[position])
    guard mark.count == 2 || "+-/*%~[](){}><=.:|,;".contains(mark) else {
      throw JinjaError("unexpected character '\(mark)'", at: locate(position))
    }
    switch mark {
    case "(": open.append(")")
    case "[": open.append("]")
    case "{": open.append("}")
    case ")", "]", "}":
      guard let expected = open.popLast() else {
        throw JinjaError("unexpected '\(mark)'", at: locate(position))
      }
      guard mark == expected else {
        throw JinjaError("unexpected '\(mark)', expected '\(expected)'", at: locate(position))
      }
    default: break
    }
    add(.mark(mark), at: position)
    position += mark.count
  }
}

// Raw blocks.
extension JinjaLexer {
  /// Where the text of a raw block begins, if one begins at `index`.
  private func rawBody(at index: Int) -> Int? {
    guard let end = tagName("raw", at: index) else { return nil }
    if has("-%}", at: end) { return skipSpace(end + 3) }
    return has("%}", at: end) ? end + 2 : nil
  }

  /// The index after `{% NAME` and white space.
  private func tagName(_ name: String, at index: Int) -> Int? {
    guard has("{%", at: index) else { return nil }
    let isSigned = scalar(index + 2) == "-" || scalar(index + 2) == "+"
    let start = skipSpace(index + (isSigned ? 3 : 2))
    return has(name, at: start) ? skipSpace(start + name.unicodeScalars.count) : nil
  }

  private mutating func raw(from start: Int) throws {
    let opening = position
    position = start
    beginsLine = scalars[start - 1] == "\n"
    while position < scalars.count {
      if let name = tagName("endraw", at: position) {
        let text = trimmedEnd(scalars[start..<position], "%")
        let begin = position
        position = name
        if let end = tagEnd("%}", isBlock: true) {
          addText(text, at: start)
          position = end
          beginsLine = scalars[position - 1] == "\n"
          return
        }
        position = begin
      }
      position += 1
    }
    throw JinjaError("a raw block does not end", at: locate(opening))
  }
}

extension String {
  init(scalars: some Sequence<Unicode.Scalar>) {
    var view = String.UnicodeScalarView()
    view.append(contentsOf: scalars)
    self.init(view)
  }
}

extension Unicode.Scalar {
  /// White space to Python, which counts the four information separators too.
  var isPythonSpace: Bool { properties.isWhitespace || (0x1C...0x1F).contains(value) }
}
