/// Cuts a Jinja template into text, outputs and statements, with white space treated as transformers
/// sets Jinja up: `trim_blocks`, `lstrip_blocks`, no trailing newline.
struct JinjaLexer {
  enum Token: Equatable {
    case text(String)
    case output([JinjaOutline.Piece])
    case statement(keyword: String, rest: String)
  }

  private let characters: [Character]
  private var position = 0
  private var tokens: [Token] = []
  /// What comes next begins a line.
  private var beginsLine = true

  /// The tokens of a template; nil where a tag or a string does not end.
  static func tokens(_ template: String) -> [Token]? {
    let text = template.replacing("\r\n", with: "\n").replacing("\r", with: "\n")
    var characters = Array(text)
    if characters.last == "\n" { characters.removeLast() }
    var lexer = JinjaLexer(characters: characters)
    return lexer.run() ? lexer.tokens : nil
  }

  private init(characters: [Character]) { self.characters = characters }

  private mutating func run() -> Bool {
    var text = ""
    while position < characters.count {
      guard let kind = tagKind() else {
        text.append(characters[position])
        position += 1
        continue
      }
      position += 2
      let sign = position < characters.count ? characters[position] : " "
      trimEnd(&text, kind, sign)
      if !text.isEmpty { tokens.append(.text(text)) }
      text = ""
      if sign == "-" || sign == "+" { position += 1 }
      guard tag(kind) else { return false }
    }
    if !text.isEmpty { tokens.append(.text(text)) }
    return true
  }

  /// `{`, `%` or `#` if a tag of that kind begins here.
  private func tagKind() -> Character? {
    guard characters[position] == "{", position + 1 < characters.count else { return nil }
    let next = characters[position + 1]
    return next == "{" || next == "%" || next == "#" ? next : nil
  }

  private func trimEnd(_ text: inout String, _ kind: Character, _ sign: Character) {
    if sign == "-" {
      while text.last?.isWhitespace == true { text.removeLast() }
    } else if kind != "{", sign != "+" {
      // lstrip_blocks: a statement or comment alone on its line so far takes the indent with it.
      let kept = text.lastIndex { $0 == "\n" }.map { text.index(after: $0) } ?? text.startIndex
      if kept > text.startIndex || beginsLine, text[kept...].allSatisfy({ $0 == " " || $0 == "\t" })
      {
        text.removeSubrange(kept...)
      }
    }
  }

  /// Reads a tag up to its end and adds its token; false if it does not end.
  private mutating func tag(_ kind: Character) -> Bool {
    let closing: Character = kind == "{" ? "}" : kind
    guard let words = kind == "#" ? comment() : expression(until: closing) else { return false }
    let sign = position > 0 ? characters[position - 1] : " "
    let stripped = sign == "-"
    position += 2
    if stripped {
      while position < characters.count, characters[position].isWhitespace { position += 1 }
    } else if kind != "{", position < characters.count, characters[position] == "\n" {
      position += 1  // trim_blocks
    }
    beginsLine = characters[position - 1] == "\n"
    switch kind {
    case "{": tokens.append(.output(JinjaExpression.pieces(words)))
    case "%":
      guard let keyword = words.first else { return false }
      tokens.append(
        .statement(keyword: keyword, rest: JinjaExpression.canonical(words.dropFirst())))
    default: break
    }
    return true
  }

  private mutating func comment() -> [String]? {
    while position + 1 < characters.count {
      if characters[position] == "#", characters[position + 1] == "}" { return [] }
      position += 1
    }
    return nil
  }

  /// The words of an expression, up to its closing mark and without a `-` before that.
  private mutating func expression(until closing: Character) -> [String]? {
    var words: [String] = []
    while position + 1 < characters.count {
      let character = characters[position]
      if character == closing, characters[position + 1] == "}" {
        if words.last == "-" || words.last == "+" { words.removeLast() }
        return words
      }
      if character == "'" || character == "\"" {
        guard let text = string(quote: character) else { return nil }
        words.append("'" + text)
      } else if character.isLetter || character.isNumber || character == "_" {
        words.append(word())
      } else {
        position += 1
        if !character.isWhitespace { words.append(String(character)) }
      }
    }
    return nil
  }

  private mutating func word() -> String {
    let start = position
    while position < characters.count,
      characters[position].isLetter
        || characters[position].isNumber || characters[position] == "_"
    {
      position += 1
    }
    return String(characters[start..<position])
  }

  private mutating func string(quote: Character) -> String? {
    position += 1
    var text = ""
    while position < characters.count {
      let character = characters[position]
      position += 1
      if character == quote { return text }
      guard character == "\\", position < characters.count else {
        text.append(character)
        continue
      }
      let escapes: [Character: Character] = ["n": "\n", "t": "\t", "r": "\r"]
      text.append(escapes[characters[position]] ?? characters[position])
      position += 1
    }
    return nil
  }
}

/// Expressions as words: a word that begins with a quote is a string, without the closing quote.
enum JinjaExpression {
  /// One spelling of an expression: `x['key']` as `x.key`, spaces only between words.
  static func canonical(_ words: some Sequence<String>) -> String {
    var result: [String] = []
    for word in words {
      result.append(word)
      let tail = result.suffix(3)
      if word == "]", tail.count == 3, let key = tail.dropFirst().first, key.hasPrefix("'"),
        tail.first == "["
      {
        result.removeLast(3)
        result += [".", String(key.dropFirst())]
      }
    }
    return result.reduce("") { text, word in
      let joins = text.last.map(isWordCharacter) == true && word.first.map(isWordCharacter) == true
      return text + (joins ? " " : "") + (word.hasPrefix("'") ? word + "'" : word)
    }
  }

  /// The parts that a sum of strings and values writes.
  static func pieces(_ words: [String]) -> [JinjaOutline.Piece] {
    var pieces: [JinjaOutline.Piece] = []
    var current: [String] = []
    var depth = 0
    for word in words + ["+"] {
      if ["(", "[", "{"].contains(word) { depth += 1 }
      if [")", "]", "}"].contains(word) { depth -= 1 }
      guard depth == 0, word == "+" || word == "~" else {
        current.append(word)
        continue
      }
      if current.count == 1, current[0].hasPrefix("'") {
        pieces.append(.text(String(current[0].dropFirst())))
      } else {
        pieces.append(.value(canonical(current)))
      }
      current = []
    }
    return pieces
  }

  private static func isWordCharacter(_ character: Character) -> Bool {
    character.isLetter || character.isNumber || character == "_"
  }
}
