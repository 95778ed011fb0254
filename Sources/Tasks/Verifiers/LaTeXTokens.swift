/// A piece of LaTeX after everything that only changes its looks is gone.
enum LaTeXToken: Hashable, Sendable {
  case symbol(UInt8)
  /// A comma with a space behind it: it separates a list, never thousands.
  case listComma
  /// With its backslash: `\frac`; row ends are `\\`.
  case command(String)
  /// The content of `\text{...}`; its spaces part words and do not count otherwise.
  case text(String)

  static func symbol(_ character: Unicode.Scalar) -> LaTeXToken {
    .symbol(UInt8(ascii: character))
  }

  var spelling: String {
    switch self {
    case .symbol(let byte): String(UnicodeScalar(byte))
    case .listComma: ","
    case .command(let name): name
    case .text(let text): text.filter { $0 != " " }
    }
  }
}

/// Reads LaTeX into tokens, one pass, and gives arguments their braces.
struct LaTeXReader {
  private let text: [UInt8]
  private var position = 0
  private var tokens: [LaTeXToken] = []

  /// The tokens of a formula, every argument of `\frac`, `\sqrt`, `^` and `_` in braces; nil when
  /// braces do not match.
  static func tokens(_ text: [UInt8]) -> [LaTeXToken]? {
    var reader = LaTeXReader(text: text)
    while reader.position < text.count { reader.step() }
    return withBraces(reader.tokens)
  }

  private init(text: [UInt8]) { self.text = text }

  private mutating func step() {
    let byte = text[position]
    if byte == UInt8(ascii: "\\") { return command() }
    if byte >= 0x80 { return foreign() }
    if let thousands = text.firstMatch([",\\!", "{,}"], at: position) {
      position = text.skipSpaces(from: position + thousands)
      return tokens.append(.symbol(","))
    }
    if byte.isWhitespace { return space() }
    if byte.isLetter, let word = connective() {
      position += word.utf8.count
      return tokens.append(.text(word))
    }
    position += 1
    switch byte {
    case UInt8(ascii: "$"), UInt8(ascii: "~"): break
    case UInt8(ascii: ","):
      let next = text.byte(position)
      let isList = next.isWhitespace || next == UInt8(ascii: "\\")
      tokens.append(isList ? .listComma : .symbol(","))
    default: tokens.append(.symbol(byte))
    }
  }

  /// A space says something between digits only: `1 1/2`.
  private mutating func space() {
    position = text.skip(from: position) { $0.isWhitespace }
    if case .symbol(let before)? = tokens.last, before.isDigit, text.byte(position).isDigit {
      tokens.append(.symbol(" "))
    }
  }

  /// "and" or "or" as a word of its own.
  private func connective() -> String? {
    guard !text.byte(position - 1).isLetter, text.byte(position - 1) != 0x5C else { return nil }
    let length = text.firstMatch(["and", "or"], at: position) ?? 0
    guard length > 0, !text.byte(position + length).isLetter else { return nil }
    return length == 3 ? "and" : "or"
  }

  private mutating func command() {
    let start = position
    position = text.skip(from: start + 1) { $0.isLetter }
    if position == start + 1 { position = min(start + 2, text.count) }
    let name = String(decoding: text[start..<position], as: UTF8.self)
    if Self.invisible.contains(name) { return }
    if Self.textual.contains(name), text.byte(text.skipSpaces(from: position)) == 0x7B {
      return textGroup()
    }
    tokens.append(.command(Self.synonyms[name] ?? name))
  }

  private mutating func textGroup() {
    let open = text.skipSpaces(from: position)
    position = text.skipGroup(from: open)
    let end = text[position - 1] == 0x7D && position > open + 1 ? position - 1 : position
    let words = text[(open + 1)..<max(open + 1, end)].filter { $0 != 0x24 }
      .split { $0.isWhitespace || $0 == UInt8(ascii: "~") }
    tokens.append(.text(String(decoding: Array(words.joined(separator: [0x20])), as: UTF8.self)))
  }

  private mutating func foreign() {
    guard let (scalar, length) = text.scalar(position) else {
      position = text.count
      return
    }
    if let exponent = superscript() {
      tokens += [.symbol("^"), .symbol("{")] + exponent + [.symbol("}")]
      return
    }
    if let fraction = NumberParser.vulgarFractions[scalar] {
      position += length
      let (top, bottom) = (Array("{\(fraction.0)}".utf8), Array("{\(fraction.1)}".utf8))
      tokens += [.command("\\frac")] + (top + bottom).map { .symbol($0) }
      return
    }
    position += length
    if let replacement = Self.foreign[scalar] {
      tokens += replacement
    } else if !scalar.properties.isWhitespace {
      tokens.append(.text(String(scalar)))
    }
  }

  /// `x\u{B2}` as `x^{2}`.
  private mutating func superscript() -> [LaTeXToken]? {
    var exponent: [LaTeXToken] = []
    while text.byte(position) >= 0x80, let (scalar, length) = text.scalar(position),
      let digit = Self.superscripts.firstIndex(of: scalar)
    {
      exponent.append(digit == 10 ? .symbol("-") : .symbol(UInt8(ascii: "0") + UInt8(digit)))
      position += length
    }
    return exponent.isEmpty ? nil : exponent
  }

  private static let superscripts = Array(
    "\u{2070}\u{B9}\u{B2}\u{B3}\u{2074}\u{2075}\u{2076}\u{2077}\u{2078}\u{2079}\u{207B}"
      .unicodeScalars)

  private static let invisible: Set<String> = [
    "\\left", "\\right", "\\big", "\\Big", "\\bigl", "\\bigr", "\\Bigl", "\\Bigr", "\\!", "\\,",
    "\\;", "\\:", "\\ ", "\\quad", "\\qquad", "\\displaystyle", "\\(", "\\)", "\\[", "\\]",
    "\\limits", "\\$", "\\boldsymbol", "\\boxed", "\\fbox",
  ]
  private static let textual: Set<String> = [
    "\\text", "\\textbf", "\\textit", "\\textrm", "\\textnormal", "\\mbox", "\\mathrm", "\\mathbf",
    "\\operatorname", "\\mathit",
  ]
  private static let synonyms = [
    "\\dfrac": "\\frac", "\\tfrac": "\\frac", "\\cfrac": "\\frac", "\\times": "\\cdot",
    "\\le": "\\leq", "\\ge": "\\geq", "\\ne": "\\neq", "\\degree": "\\circ", "\\lbrace": "\\{",
    "\\rbrace": "\\}",
  ]
  private static let foreign: [Unicode.Scalar: [LaTeXToken]] = [
    "\u{2212}": [.symbol("-")], "\u{D7}": [.command("\\cdot")], "\u{B7}": [.command("\\cdot")],
    "\u{3C0}": [.command("\\pi")], "\u{221A}": [.command("\\sqrt")],
    "\u{221E}": [.command("\\infty")], "\u{B0}": [.symbol("^"), .command("\\circ")],
    "\u{222A}": [.command("\\cup")], "\u{2264}": [.command("\\leq")],
    "\u{2265}": [.command("\\geq")], "\u{2260}": [.command("\\neq")],
    "\u{2044}": [.symbol("/")], "\u{B1}": [.command("\\pm")], "\u{2213}": [.command("\\mp")],
  ]

  // MARK: Braces

  /// The index of each opening brace's partner; nil when braces do not match.
  static func partners(_ tokens: [LaTeXToken]) -> [Int: Int]? {
    var open: [Int] = []
    var partners: [Int: Int] = [:]
    for (i, token) in tokens.enumerated() {
      if token == .symbol("{") {
        open.append(i)
      } else if token == .symbol("}") {
        guard let start = open.popLast() else { return nil }
        partners[start] = i
      }
    }
    return open.isEmpty ? partners : nil
  }

  /// `\frac12` as `\frac{1}{2}`, `x^2` as `x^{2}`.
  private static func withBraces(_ tokens: [LaTeXToken]) -> [LaTeXToken]? {
    guard let partners = partners(tokens) else { return nil }
    var bare = Set<Int>()
    var spaces = Set<Int>()
    func markArgument(_ start: Int) -> Int {
      var start = start
      if tokens.indices.contains(start), tokens[start] == .symbol(" ") {  // \frac 1 2
        spaces.insert(start)
        start += 1
      }
      if tokens.indices.contains(start), tokens[start] != .symbol("{") { bare.insert(start) }
      return (partners[start] ?? start) + 1
    }
    for (i, token) in tokens.enumerated() {
      switch token {
      case .command("\\frac"): _ = markArgument(markArgument(i + 1))
      case .symbol(UInt8(ascii: "^")), .symbol(UInt8(ascii: "_")): _ = markArgument(i + 1)
      case .command("\\sqrt"):
        _ = markArgument(endOfIndex(tokens, from: i + 1))
      default: break
      }
    }
    return tokens.enumerated().flatMap { i, token in
      if spaces.contains(i) { return [LaTeXToken]() }
      return bare.contains(i) ? [.symbol("{"), token, .symbol("}")] : [token]
    }
  }

  /// Behind the index of a root, `[3]`, where there is one.
  private static func endOfIndex(_ tokens: [LaTeXToken], from start: Int) -> Int {
    guard start < tokens.count, tokens[start] == .symbol("[") else { return start }
    let end = tokens[start...].prefix(8).firstIndex(of: .symbol("]"))
    return end.map { $0 + 1 } ?? start
  }
}
