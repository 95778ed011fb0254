/// Signs in front of a number and brackets around it: `-5`, `-(1/3)`, `+\left(7\right)`, `-|-3|`.
extension NumberParser {
  /// The number at `start` with its signs, which must be no operators; nil where there is none.
  mutating func signedNumber(at start: Int) -> Piece? {
    let sign = isPartOfNumber(start) ? signs(at: start) : nil
    let first = sign?.end ?? start
    guard var piece = unsignedNumber(at: first) else { return nil }
    if sign?.isNegative == true {
      piece.number = piece.number.map { WrittenNumber(value: -$0.value, isDecimal: $0.isDecimal) }
    }
    return piece
  }

  private mutating func unsignedNumber(at i: Int) -> Piece? {
    if startsNumber(i) { return isPartOfWord(i) ? nil : number(at: i) }
    return group(at: i).map { withQuotient($0) }
  }

  /// ".5" behind a letter or a dot is no decimal point ("Rs.50", "...5").
  private func isPartOfWord(_ i: Int) -> Bool {
    let previous = text.byte(i - 1)
    return text[i] == UInt8(ascii: ".")
      && (previous.isAlphanumeric || previous == UInt8(ascii: "."))
  }

  // MARK: Brackets

  /// An opening bracket, its name included, and what closes it.
  struct Opening {
    let end: Int
    let close: [StaticString]
    let isAbsolute: Bool
  }

  /// `(`, `[`, `{`, `|` and their LaTeX spellings, and commands that only change how a number looks.
  func opening(at start: Int) -> Opening? {
    guard text.byte(start) == 0x5C else { return bracket(at: start) }
    if let bar = text.firstMatch(["\\lvert", "\\left|", "\\left\\lvert", "\\vert"], at: start) {
      return Opening(end: start + bar, close: ["\\rvert", "|", "\\vert"], isAbsolute: true)
    }
    if let size = text.firstMatch(Self.sizes, at: start) {
      return bracket(at: text.skipSpaces(from: start + size))
    }
    guard let name = text.firstMatch(Self.looks, at: start) else { return bracket(at: start) }
    return Opening(end: start + name, close: ["}"], isAbsolute: false)
  }

  private func bracket(at start: Int) -> Opening? {
    switch text.byte(start) {
    case UInt8(ascii: "("): return Opening(end: start + 1, close: [")"], isAbsolute: false)
    case UInt8(ascii: "["): return Opening(end: start + 1, close: ["]"], isAbsolute: false)
    case UInt8(ascii: "{"): return Opening(end: start + 1, close: ["}"], isAbsolute: false)
    case 0x5C where text.byte(start + 1) == UInt8(ascii: "{"):
      return Opening(end: start + 2, close: ["\\}"], isAbsolute: false)
    case 0x5C where text.byte(start + 1) == UInt8(ascii: "("):
      return Opening(end: start + 2, close: ["\\)"], isAbsolute: false)
    case UInt8(ascii: "|"):
      // Bars with spaces inside are those of a table.
      let isTight = !text.byte(start + 1).isWhitespace && text.byte(start + 1) != UInt8(ascii: "|")
      return isTight && !text.byte(start - 1).isAlphanumeric
        ? Opening(end: start + 1, close: ["|"], isAbsolute: true) : nil
    default: return nil
    }
  }

  private static let sizes: [StaticString] = [
    "\\left", "\\right", "\\bigl", "\\Bigl", "\\biggl", "\\bigr", "\\Bigr", "\\biggr", "\\big",
    "\\Big",
  ]
  private static let looks: [StaticString] = [
    "\\boxed{", "\\fbox{", "\\text{", "\\textbf{", "\\mathbf{", "\\mathrm{", "\\mathit{",
  ]

  /// Brackets with one number in them, and its unit at most.
  mutating func group(at start: Int) -> Piece? {
    guard let opening = opening(at: start), !otherBrackets.contains(start) else { return nil }
    guard depth < Self.maximumDepth, let piece = piece(in: opening) else {
      otherBrackets.insert(start)
      return nil
    }
    return piece
  }

  private mutating func piece(in opening: Opening) -> Piece? {
    depth += 1
    defer { depth -= 1 }
    var first = text.skip(from: opening.end) { $0 == 0x20 || $0 == UInt8(ascii: "$") }
    first += text.firstMatch(Self.currencies, at: first) ?? 0
    guard let inside = signedNumber(at: first) else { return nil }
    var end = endOfUnit(inside.end)
    let isTight = !text.byte(end - 1).isWhitespace
    end = text.skipSpaces(from: end + (text.firstMatch(Self.sizes, at: end) ?? 0))
    guard let close = text.firstMatch(opening.close, at: end) else { return nil }
    if opening.close.count == 1, opening.isAbsolute, !isTight { return nil }
    // \text{42 is wrong}: its words are no unit.
    let behind = ClauseWords(behind: inside.end, in: text)
    if endOfUnit(inside.end) > inside.end, NumberWords.refuse(behind: behind) { return nil }
    let number = inside.number.map { number in
      WrittenNumber(
        value: opening.isAbsolute && number.value.isNegative ? -number.value : number.value,
        isDecimal: number.isDecimal)
    }
    return Piece(end: end + close, number: number)
  }

  /// Behind a unit in a few words: `7 cm`, `7\text{ cm}^2`, `7\%`.
  private func endOfUnit(_ start: Int) -> Int {
    var end = start
    for _ in 0..<4 {
      let i = text.skip(from: end) { $0 == 0x20 || $0 == UInt8(ascii: "$") }
      let name = text.firstMatch(
        ["\\text{", "\\mathrm{", "\\%", "%", "^\\circ", "^{\\circ}", "\u{B0}", "^2", "^3"], at: i)
      let word = text[min(i, text.count)...].prefix(20).prefix { $0.isLetter }.count
      if let name, text.byte(i + name - 1) == UInt8(ascii: "{") {
        let content = text[(i + name)...].prefix(20).prefix { $0 != UInt8(ascii: "}") }
        guard text.byte(content.endIndex) == UInt8(ascii: "}") else { return i }
        end = content.endIndex + 1
      } else if name != nil || word > 0 {
        end = i + (name ?? word)
      } else {
        return i
      }
    }
    return text.skipSpaces(from: end)
  }

  // MARK: Signs

  /// Signs that belong to the number behind them, currency between them allowed.
  private func signs(at start: Int) -> (isNegative: Bool, end: Int)? {
    var (i, isNegative) = (start, false)
    for _ in 0..<8 {
      guard let sign = signLength(at: i) else { break }
      isNegative = isNegative != (text[i] != UInt8(ascii: "+"))
      i = text.skipSpaces(from: i + sign)
    }
    guard i > start, signLength(at: i) == nil else { return nil }
    let isSpaced = text.byte(start + (signLength(at: start) ?? 1)).isWhitespace
    i = text.skip(from: i) { "*_`".utf8.contains($0) }  // -**42**
    if let currency = text.firstMatch(Self.currencies, at: i) {
      i = text.skipSpaces(from: i + currency)
    }
    guard isUnary(start, isSpaced: isSpaced) else { return nil }
    return (isNegative, i)
  }

  private static let currencies: [StaticString] = ["\\$", "$", "\u{20AC}", "\u{A3}", "\u{A5}"]

  private func signLength(at i: Int) -> Int? {
    switch text.byte(i) {
    case UInt8(ascii: "+"), UInt8(ascii: "-"): 1
    case 0xE2: text.firstMatch(["\u{2212}", "\u{2013}"], at: i)
    default: nil
    }
  }

  /// Quickly: most bytes are no signs.
  private func isPartOfNumber(_ i: Int) -> Bool { signLength(at: i) != nil }

  /// Whether a sign stands alone: "10-5", "10 - 5" and a bullet "- 5" have none.
  private func isUnary(_ i: Int, isSpaced: Bool) -> Bool {
    let previous = text.byte(i - 1)
    if i == 0 || depth > 0 { return true }
    if previous.isAlphanumeric || Self.closing.contains(previous) { return false }
    if text.firstMatch(["\u{2212}", "\u{2013}"], at: i - 3) != nil { return false }
    guard previous.isWhitespace else { return true }
    var before = i - 1
    while before >= 0, text[before] == 0x20 || text[before] == 0x09 { before -= 1 }
    if before < 0 { return true }
    if "+-".utf8.contains(text[before]) { return !isSpaced }
    if text[before].isDigit || Self.closing.contains(text[before]) { return false }
    if !isSpaced { return true }
    return text[before].isLetter ? text.endsInEquality(before) : !text[before].isWhitespace
  }

  private static let closing: [UInt8] = Array(")}]%-+".utf8)
}
