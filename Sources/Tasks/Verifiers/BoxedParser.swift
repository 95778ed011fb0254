/// Reads LaTeX tokens as a `BoxedValue`: numbers first, structures next, text when all else fails.
enum BoxedParser {
  /// Longer contents are compared as text only.
  static let maximumTokens = 2000

  /// The value of a box's content; nil when it is empty or its braces do not match.
  static func parse(_ content: [UInt8]) -> BoxedValue? {
    guard var tokens = LaTeXReader.tokens(content) else { return nil }
    while tokens.last == .symbol(".") { tokens.removeLast() }
    guard !tokens.isEmpty else { return nil }
    guard tokens.count <= maximumTokens else { return .text(normalForm(tokens)) }
    return value(tokens, depth: 0)
  }

  private static func value(_ tokens: [LaTeXToken], depth: Int) -> BoxedValue {
    let tokens = withoutSubject(withoutOuterBraces(tokens))
    if let choice = choice(tokens) { return .choice(choice) }
    if let number = number(tokens) { return .number(number) }
    if case .text(let text)? = tokens.first, tokens.count == 1, depth < BoxedValue.maximumDepth,
      let inner = LaTeXReader.tokens(Array(text.utf8)), inner != tokens
    {
      return value(inner, depth: depth + 1)  // \\textbf{(211)}
    }
    if depth < BoxedValue.maximumDepth, let structure = structure(tokens, depth: depth + 1) {
      return structure
    }
    return .text(normalForm(tokens))
  }

  // MARK: Parts

  /// `{...}` around everything says nothing.
  private static func withoutOuterBraces(_ tokens: [LaTeXToken]) -> [LaTeXToken] {
    guard tokens.first == .symbol("{"), let partners = LaTeXReader.partners(tokens) else {
      return tokens
    }
    var (start, end) = (0, tokens.count)
    while start < end - 1, partners[start] == end - 1 {
      start += 1
      end -= 1
    }
    return Array(tokens[start..<end])
  }

  /// `x = 5` as `5`, `x \in [0,1]` as `[0,1]`.
  private static func withoutSubject(_ tokens: [LaTeXToken]) -> [LaTeXToken] {
    guard tokens.count > 2, case .symbol(let byte) = tokens[0], byte.isLetter,
      tokens[1] == .symbol("=") || tokens[1] == .command("\\in"),
      !tokens.dropFirst(2).contains(.symbol("="))
    else { return tokens }
    return Array(tokens.dropFirst(2))
  }

  /// `B`, `(B)`, `\text{(B)}`, `B.`: a letter up to J.
  private static func choice(_ tokens: [LaTeXToken]) -> UInt8? {
    guard tokens.count <= 4 else { return nil }
    var bytes = Array(tokens.map(\.spelling).joined().utf8)
    if bytes.first == UInt8(ascii: "(") { bytes.removeFirst() }
    while let last = bytes.last, ").:".utf8.contains(last) { bytes.removeLast() }
    guard bytes.count == 1, (UInt8(ascii: "A")...UInt8(ascii: "J")).contains(bytes[0]) else {
      return nil
    }
    return bytes[0]
  }

  /// A number, units behind it passed over: `\text{ cm}^2`, `^\circ`, `\%`.
  private static func number(_ tokens: [LaTeXToken]) -> SurdParser.Number? {
    var rest = tokens
    while true {
      if let number = SurdParser.parse(rest) { return number }
      guard let shorter = withoutUnit(rest), !shorter.isEmpty else { return nil }
      rest = shorter
    }
  }

  private static func withoutUnit(_ tokens: [LaTeXToken]) -> [LaTeXToken]? {
    switch tokens.last {
    case .text, .command("\\%"), .symbol(UInt8(ascii: "%")), .command("\\circ"):
      let rest = tokens.dropLast()
      return Array(rest.last == .symbol("^") ? rest.dropLast() : rest)
    case .symbol(UInt8(ascii: "}")):
      guard tokens.count > 4, let open = tokens.lastIndex(of: .symbol("{")), open >= 1,
        tokens[open - 1] == .symbol("^")
      else { return nil }
      let before = tokens[..<(open - 1)]
      if tokens[(open + 1)...] == [.command("\\circ"), .symbol("}")] { return Array(before) }
      guard case .text? = before.last else { return nil }  // a unit's exponent
      return Array(before)
    default: return nil
    }
  }

  // MARK: Structures

  private static func structure(_ tokens: [LaTeXToken], depth: Int) -> BoxedValue? {
    if let matrix = matrix(tokens, depth: depth) { return matrix }
    if let parts = split(tokens, at: { $0 == .command("\\cup") }), parts.count > 1 {
      return .unordered(kind: "\\cup", parts.map { value($0, depth: depth) })
    }
    if let inside = bracketed(tokens) {
      let (open, close) = (tokens[0].spelling, tokens[tokens.count - 1].spelling)
      guard let parts = split(inside, at: isComma) else { return nil }
      if parts.count > 1 || open == "\\{" {
        let values = parts.map { value($0, depth: depth) }
        return open == "\\{"
          ? .unordered(kind: "set", values) : .tuple(open: open, close: close, values)
      }
      return nil
    }
    guard let parts = split(tokens, at: isComma), parts.count > 1 else { return nil }
    return .unordered(kind: "list", parts.map { value($0, depth: depth) })
  }

  private static func isComma(_ token: LaTeXToken) -> Bool {
    token == .listComma || token == .symbol(",")
  }

  /// The inside when one pair of brackets holds everything; an interval may mix them.
  private static func bracketed(_ tokens: [LaTeXToken]) -> [LaTeXToken]? {
    guard let first = tokens.first, let last = tokens.last, tokens.count > 2 else { return nil }
    let isSet = first == .command("\\{") && last == .command("\\}")
    guard isSet || (opening.contains(first) && closing.contains(last)) else { return nil }
    var depth = 0
    for (i, token) in tokens.enumerated() {
      if isOpening(token) { depth += 1 }
      if isClosing(token) { depth -= 1 }
      if depth == 0, i < tokens.count - 1 { return nil }
    }
    return Array(tokens.dropFirst().dropLast())
  }

  /// Parts between separators outside all brackets; nil when there are too many.
  private static func split(
    _ tokens: [LaTeXToken], at isSeparator: (LaTeXToken) -> Bool
  ) -> [[LaTeXToken]]? {
    var parts: [[LaTeXToken]] = [[]]
    var depth = 0
    for token in tokens {
      if isOpening(token) { depth += 1 }
      if isClosing(token) { depth -= 1 }
      if depth == 0, isSeparator(token) {
        parts.append([])
      } else {
        parts[parts.count - 1].append(token)
      }
    }
    let isUsable = parts.count <= BoxedValue.maximumParts && !parts.contains { $0.isEmpty }
    return isUsable ? parts : nil
  }

  private static let opening: [LaTeXToken] = [.symbol("("), .symbol("[")]
  private static let closing: [LaTeXToken] = [.symbol(")"), .symbol("]")]
  private static func isOpening(_ token: LaTeXToken) -> Bool {
    opening.contains(token) || token == .symbol("{") || token == .command("\\{")
  }
  private static func isClosing(_ token: LaTeXToken) -> Bool {
    closing.contains(token) || token == .symbol("}") || token == .command("\\}")
  }

  /// `\begin{pmatrix} a & b \\ c & d \end{pmatrix}` as a tuple of rows.
  private static func matrix(_ tokens: [LaTeXToken], depth: Int) -> BoxedValue? {
    guard tokens.first == .command("\\begin"), tokens.count > 4,
      let begin = tokens.firstIndex(of: .symbol("}")),
      let end = tokens.lastIndex(of: .command("\\end")), begin < end
    else { return nil }
    let name = tokens[2..<begin].map(\.spelling).joined()
    guard name.hasSuffix("matrix"), tokens[(end + 1)...].elementsEqual(tokens[1...begin]) else {
      return nil
    }
    var body = Array(tokens[(begin + 1)..<end])
    if body.last == .command("\\\\") { body.removeLast() }
    guard let rows = split(body, at: { $0 == .command("\\\\") }) else { return nil }
    let values = rows.map { row -> BoxedValue in
      let cells = split(row, at: { $0 == .symbol("&") }) ?? [row]
      return .tuple(open: "", close: "", cells.map { value($0, depth: depth) })
    }
    return .tuple(open: "matrix(", close: ")", values)
  }

  // MARK: Text

  /// Spelling without spaces and layout; words without regard to case.
  private static func normalForm(_ tokens: [LaTeXToken]) -> String {
    let text = tokens.map(\.spelling).joined()
    let isWord = text.utf8.count > 2 && text.utf8.allSatisfy { $0.isLetter }
    return isWord ? text.lowercased() : text
  }
}
