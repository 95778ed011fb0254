/// Cuts a Jinja template into text, outputs and statements, with white space treated as transformers
/// sets Jinja up: `trim_blocks`, `lstrip_blocks`, no trailing newline.
struct JinjaLexer {
  enum Token: Equatable {
    case text(String)
    case output([Word])
    case statement([Word])
  }

  /// A part of an expression.
  enum Word: Equatable {
    case name(String)
    case string(String)
    case integer(Int)
    case mark(String)
  }

  private let scalars: [Unicode.Scalar]
  private var position = 0
  private var tokens: [Token] = []
  /// What comes next begins a line.
  private var beginsLine = true

  /// The tokens of a template; throws `JinjaError` where a tag or a string does not end.
  static func tokens(_ template: String) throws -> [Token] {
    var scalars: [Unicode.Scalar] = []
    for scalar in template.unicodeScalars {
      if scalar == "\n", scalars.last == "\r" { scalars.removeLast() }
      scalars.append(scalar)
    }
    scalars = scalars.map { $0 == "\r" ? "\n" : $0 }
    if scalars.last == "\n" { scalars.removeLast() }
    var lexer = JinjaLexer(scalars: scalars)
    try lexer.run()
    return lexer.tokens
  }

  private init(scalars: [Unicode.Scalar]) { self.scalars = scalars }

  private mutating func run() throws {
    var text: [Unicode.Scalar] = []
    while position < scalars.count {
      guard let kind = tagKind() else {
        text.append(scalars[position])
        position += 1
        continue
      }
      position += 2
      let sign = position < scalars.count ? scalars[position] : " "
      trimEnd(&text, kind, sign)
      addText(text)
      text = []
      if sign == "-" || sign == "+" { position += 1 }
      try tag(kind)
    }
    addText(text)
  }

  private mutating func addText(_ text: [Unicode.Scalar]) {
    if !text.isEmpty { tokens.append(.text(Self.string(text[...]))) }
  }

  private static func string(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
    var view = String.UnicodeScalarView()
    view.append(contentsOf: scalars)
    return String(view)
  }

  /// `{`, `%` or `#` if a tag of that kind begins here.
  private func tagKind() -> Unicode.Scalar? {
    guard scalars[position] == "{", position + 1 < scalars.count else { return nil }
    let next = scalars[position + 1]
    return next == "{" || next == "%" || next == "#" ? next : nil
  }

  private func trimEnd(
    _ text: inout [Unicode.Scalar], _ kind: Unicode.Scalar, _ sign: Unicode.Scalar
  ) {
    if sign == "-" {
      while text.last?.properties.isWhitespace == true { text.removeLast() }
    } else if kind != "{", sign != "+" {
      // lstrip_blocks: a statement or comment alone on its line so far takes the indent with it.
      let kept = text.lastIndex { $0 == "\n" }.map { $0 + 1 } ?? 0
      if kept > 0 || beginsLine, text[kept...].allSatisfy({ $0 == " " || $0 == "\t" }) {
        text.removeSubrange(kept...)
      }
    }
  }

  /// Reads a tag up to its end and adds its token.
  private mutating func tag(_ kind: Unicode.Scalar) throws {
    let closing: Unicode.Scalar = kind == "{" ? "}" : kind
    let words = kind == "#" ? try comment() : try expression(until: closing)
    let stripped = scalars[position - 1] == "-"
    position += 2
    if stripped {
      while position < scalars.count, scalars[position].properties.isWhitespace { position += 1 }
    } else if kind != "{", position < scalars.count, scalars[position] == "\n" {
      position += 1  // trim_blocks
    }
    beginsLine = scalars[position - 1] == "\n"
    if kind == "{" { tokens.append(.output(words)) }
    if kind == "%" { tokens.append(.statement(words)) }
  }

  private mutating func comment() throws -> [Word] {
    while position + 1 < scalars.count {
      if scalars[position] == "#", scalars[position + 1] == "}" { return [] }
      position += 1
    }
    throw JinjaError("a comment does not end")
  }

  /// The words of an expression, up to its closing mark and without a `-` before that.
  private mutating func expression(until closing: Unicode.Scalar) throws -> [Word] {
    var words: [Word] = []
    var depth = 0
    while position + 1 < scalars.count {
      let scalar = scalars[position]
      if scalar == closing, scalars[position + 1] == "}", depth == 0 {
        if words.last == .mark("-") || words.last == .mark("+") { words.removeLast() }
        return words
      }
      if scalar == "{" { depth += 1 }
      if scalar == "}" { depth -= 1 }
      if let word = try word() { words.append(word) }
    }
    throw JinjaError("a tag does not end")
  }

  /// The next word; nil for white space.
  private mutating func word() throws -> Word? {
    let scalar = scalars[position]
    if scalar == "'" || scalar == "\"" { return .string(try quoted(scalar)) }
    if Self.isNamePart(scalar) {
      let start = position
      while position < scalars.count, Self.isNamePart(scalars[position]) { position += 1 }
      let text = Self.string(scalars[start..<position])
      if ("0"..."9").contains(scalar) {
        guard let value = Int(text) else { throw JinjaError("the number '\(text)'") }
        return .integer(value)
      }
      return .name(text)
    }
    position += 1
    if scalar.properties.isWhitespace { return nil }
    let pair = Self.string([scalar, position < scalars.count ? scalars[position] : " "])
    if ["==", "!=", "<=", ">=", "//", "**"].contains(pair) {
      position += 1
      return .mark(pair)
    }
    return .mark(String(scalar))
  }

  private static func isNamePart(_ scalar: Unicode.Scalar) -> Bool {
    scalar == "_" || scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
  }

  private mutating func quoted(_ quote: Unicode.Scalar) throws -> String {
    position += 1
    var text: [Unicode.Scalar] = []
    while position < scalars.count {
      let scalar = scalars[position]
      position += 1
      if scalar == quote { return Self.string(text[...]) }
      guard scalar == "\\", position < scalars.count else {
        text.append(scalar)
        continue
      }
      let escapes: [Unicode.Scalar: Unicode.Scalar] = ["n": "\n", "t": "\t", "r": "\r"]
      let next = scalars[position]
      // As Python: a backslash before anything else stays.
      if let escape = escapes[next] {
        text.append(escape)
      } else {
        if !["\\", "'", "\""].contains(next) { text.append(scalar) }
        text.append(next)
      }
      position += 1
    }
    throw JinjaError("a string does not end")
  }
}

/// Why a template cannot be read or rendered.
struct JinjaError: Error, Equatable {
  let reason: String
  init(_ reason: String) { self.reason = reason }
}
