/// Reads LaTeX tokens as a `BoxedValue`: numbers first, structures next, text when all else fails.
enum BoxedParser {
  /// Longer contents are compared as text only.
  static let maximumTokens = 2000

  /// The value of a box's content; nil when it is empty or its braces do not match.
  static func parse(_ content: [UInt8]) -> BoxedValue? {
    guard var tokens = LaTeXReader.tokens(content) else { return nil }
    while tokens.last == .symbol(".") { tokens.removeLast() }
    guard tokens.contains(where: { !$0.spelling.isEmpty }) else { return nil }
    guard tokens.count <= maximumTokens else { return .text(normalForm(tokens)) }
    return value(tokens, depth: 0)
  }

  /// The parts of a content in which every comma separates: `100,200` as 100 and 200.
  static func commaParts(_ content: [UInt8]) -> [BoxedValue]? {
    guard let tokens = LaTeXReader.tokens(content), tokens.count <= maximumTokens else {
      return nil
    }
    return split(withoutOuterBraces(tokens), at: isComma)?.map { value($0, depth: 1) }
  }

  private static func value(_ tokens: [LaTeXToken], depth: Int) -> BoxedValue {
    var tokens = withoutSubject(withoutOuterBraces(tokens))
    if tokens.count > 1, tokens.first == .symbol("+") { tokens.removeFirst() }
    if let choice = choice(tokens) { return .choice(choice) }
    if let number = number(tokens) { return .number(number) }
    if let based = BasedNumber(tokens) { return .based(based) }
    if let inequality = inequality(tokens) { return inequality }
    if let both = bothSigns(tokens) { return .unordered(kind: .list, both) }
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

  /// `1 \pm \sqrt{2}` as the two numbers that it means.
  private static func bothSigns(_ tokens: [LaTeXToken]) -> [BoxedValue]? {
    guard tokens.contains(.command("\\pm")) else { return nil }
    let (plus, minus) = (LaTeXToken.symbol("+"), LaTeXToken.symbol("-"))
    let values = [(plus, minus), (minus, plus)].compactMap { upper, lower in
      number(
        tokens.map { $0 == .command("\\pm") ? upper : $0 == .command("\\mp") ? lower : $0 })
    }
    return values.count == 2 ? values.map(BoxedValue.number) : nil
  }

  // MARK: Inequalities

  private static let less: Set<LaTeXToken> = [
    .symbol("<"), .command("\\lt"), .command("\\leq"), .command("\\leqslant"),
  ]
  private static let greater: Set<LaTeXToken> = [
    .symbol(">"), .command("\\gt"), .command("\\geq"), .command("\\geqslant"),
  ]
  private static let strict: Set<LaTeXToken> = [
    .symbol("<"), .command("\\lt"), .symbol(">"), .command("\\gt"),
  ]

  /// `x < 3`, `3 > x` and `0 \leq x \leq 1` as the interval of a letter.
  private static func inequality(_ tokens: [LaTeXToken]) -> BoxedValue? {
    let sides = tokens.split(omittingEmptySubsequences: false) {
      less.contains($0) || greater.contains($0)
    }.map(Array.init)
    var signs = tokens.filter { less.contains($0) || greater.contains($0) }
    guard (2...3).contains(sides.count), let letterPlace = sides.firstIndex(where: isLetter),
      case .symbol(let letter) = sides[letterPlace][0], sides.count == 2 || letterPlace == 1,
      signs.allSatisfy({ less.contains($0) == less.contains(signs[0]) })
    else { return nil }
    // From the least to the greatest.
    var ordered = sides
    if greater.contains(signs[0]) { (ordered, signs) = (ordered.reversed(), signs.reversed()) }
    let hasLower = ordered.count == 3 || !isLetter(ordered[0])
    let hasUpper = ordered.count == 3 || !hasLower
    let low = hasLower ? number(ordered[0]).map(BoxedValue.number) : .text("-\\infty")
    let high =
      hasUpper ? number(ordered[ordered.count - 1]).map(BoxedValue.number) : .text("\\infty")
    guard let low, let high else { return nil }
    let open = hasLower && !strict.contains(signs[0]) ? "[" : "("
    let close = hasUpper && !strict.contains(signs[signs.count - 1]) ? "]" : ")"
    return .inequality(of: letter, .tuple(open: open, close: close, [low, high]))
  }

  private static func isLetter(_ tokens: [LaTeXToken]) -> Bool {
    guard tokens.count == 1, case .symbol(let byte) = tokens[0] else { return false }
    return byte.isLetter
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

  /// `x = 5` as `5`, `x \in [0,1]` as `[0,1]`, `(x,y) = (1,2)` as `(1,2)`.
  private static func withoutSubject(_ tokens: [LaTeXToken]) -> [LaTeXToken] {
    if subject(tokens) != nil { return Array(tokens.dropFirst(2)) }
    return pointSubject(tokens).map { Array(tokens[$0...]) } ?? tokens
  }

  /// Behind `(x,y) =`, the letters in the order of the alphabet: another order says another point.
  private static func pointSubject(_ tokens: [LaTeXToken]) -> Int? {
    guard tokens.first == .symbol("("), let equals = tokens.firstIndex(of: .symbol("=")),
      equals > 3, equals < tokens.count - 1, tokens[equals - 1] == .symbol(")"),
      let names = split(Array(tokens[1..<(equals - 1)]), at: isComma), names.count > 1,
      names.allSatisfy({ $0.count == 1 }),
      let parts = bracketed(Array(tokens[(equals + 1)...])).flatMap({ split($0, at: isComma) }),
      parts.count == names.count
    else { return nil }
    let letters = names.map { $0[0].spelling }
    let areNames = zip(names, letters).allSatisfy { name, letter in
      if case .command = name[0] { return true }
      return letter.utf8.allSatisfy(\.isLetter)
    }
    let plain = letters.filter { $0.utf8.count == 1 }
    return areNames && plain == plain.sorted() && Set(letters).count == letters.count
      ? equals + 1 : nil
  }

  /// The letter that an equation says something of.
  private static func subject(_ tokens: [LaTeXToken]) -> UInt8? {
    guard tokens.count > 2, case .symbol(let byte) = tokens[0], byte.isLetter,
      tokens[1] == .symbol("=") || tokens[1] == .command("\\in"),
      !tokens.dropFirst(2).contains(.symbol("="))
    else { return nil }
    return byte
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

  // MARK: Structures

  private static func structure(_ tokens: [LaTeXToken], depth: Int) -> BoxedValue? {
    if let matrix = matrix(tokens, depth: depth) { return matrix }
    if let parts = split(tokens, at: { $0 == .command("\\cup") }), parts.count > 1 {
      return .unordered(kind: .union, parts.map { value($0, depth: depth) })
    }
    let tokens = withRoundEnds(tokens)
    if let inside = bracketed(tokens) {
      let (open, close) = (tokens[0].spelling, tokens[tokens.count - 1].spelling)
      guard let parts = split(inside, at: isComma) else { return nil }
      if open == "\\{" { return .unordered(kind: .set, solutions(parts, depth: depth)) }
      guard parts.count > 1 else { return nil }
      return .tuple(open: open, close: close, parts.map { value($0, depth: depth) })
    }
    return list(tokens, depth: depth)
  }

  /// `3, 5` and `3 \text{ and } 5`; words that "and" joins stay a text.
  private static func list(_ tokens: [LaTeXToken], depth: Int) -> BoxedValue? {
    var separated: [LaTeXToken] = []
    for token in tokens {
      guard connectives.contains(token.spelling) else {
        separated.append(token)
        continue
      }
      if separated.last.map(isComma) != true { separated.append(.listComma) }
    }
    guard let parts = split(separated, at: isComma), parts.count > 1 else { return nil }
    let values = solutions(parts, depth: depth)
    let hasWords = values.contains { if case .text = $0 { true } else { false } }
    return separated != tokens && hasWords ? nil : .unordered(kind: .list, values)
  }

  private static let connectives: Set<String> = ["and", "or", ",and", ",or", "and,", "or,"]

  /// The parts of a set or list; `\pm` makes two of one. Values of different letters keep them.
  private static func solutions(_ parts: [[LaTeXToken]], depth: Int) -> [BoxedValue] {
    let subjects = Set(parts.compactMap(subject))
    return parts.flatMap { part -> [BoxedValue] in
      let value = value(part, depth: depth)
      if subjects.count > 1, let subject = subject(part) {
        return [.tuple(open: "\(UnicodeScalar(subject))=", close: "", [value])]
      }
      if case .unordered(.list, let values) = value { return values }
      return [value]
    }
  }

  /// `]0,1[` as `(0,1)` (ISO 80000-2).
  private static func withRoundEnds(_ tokens: [LaTeXToken]) -> [LaTeXToken] {
    guard tokens.count > 4, let first = tokens.first, let last = tokens.last,
      first == .symbol("]") || last == .symbol("["), brackets.contains(first),
      brackets.contains(last), !tokens.dropFirst().dropLast().contains(where: brackets.contains)
    else { return tokens }
    let open: LaTeXToken = first == .symbol("]") ? .symbol("(") : first
    let close: LaTeXToken = last == .symbol("[") ? .symbol(")") : last
    return [open] + tokens.dropFirst().dropLast() + [close]
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
  private static let brackets = opening + closing
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
    // Bars make a determinant or a norm of it.
    let kind = name.lowercased().hasPrefix("v") ? name : "matrix"
    return .tuple(open: "\(kind)(", close: ")", values)
  }

  // MARK: Text

  /// Spelling without spaces and layout; words without regard to case.
  private static func normalForm(_ tokens: [LaTeXToken]) -> String {
    let text = tokens.map(\.spelling).joined()
    let isWord = text.utf8.count > 2 && text.utf8.allSatisfy { $0.isLetter }
    return isWord ? text.lowercased() : text
  }
}
