/// All numbers of a text from left to right, in one pass.
struct NumberScanner {
  /// A number, or what looks like one and has no value.
  struct Token {
    let range: Range<Int>
    let number: WrittenNumber?
  }

  private var parser: NumberParser
  private var position = 0
  private var text: [UInt8] { parser.text }

  init(_ text: [UInt8]) { parser = NumberParser(text) }

  mutating func next() -> Token? {
    while position < text.count {
      let start = position
      if parser.startsNumber(start) && !isPartOfWord(start) {
        return token(from: start, at: start, isNegative: false)
      }
      if let sign = sign(at: start) {
        return token(from: start, at: sign.end, isNegative: sign.isNegative)
      }
      if let end = parser.irrational(at: start), !text.byte(start - 1).isLetter {
        position = end
        return Token(range: start..<end, number: nil)
      }
      if let end = foreignNumber(at: start) {
        position = end
        return Token(range: start..<end, number: nil)
      }
      position = endOfOther(start)
    }
    return nil
  }

  private mutating func token(from start: Int, at digits: Int, isNegative: Bool) -> Token {
    let piece = parser.number(at: digits)
    position = max(piece.end, digits + 1)
    let number = piece.number.map {
      WrittenNumber(value: isNegative ? -$0.value : $0.value, isDecimal: $0.isDecimal)
    }
    return Token(range: start..<position, number: number)
  }

  /// ".5" behind a letter or a dot is no decimal point ("Rs.50", "...5").
  private func isPartOfWord(_ i: Int) -> Bool {
    let previous = text.byte(i - 1)
    return text[i] == UInt8(ascii: ".")
      && (previous.isAlphanumeric || previous == UInt8(ascii: "."))
  }

  /// Digits of other scripts are numbers that this reader does not know.
  private func foreignNumber(at start: Int) -> Int? {
    var i = start
    while text.byte(i) >= 0x80, let (scalar, length) = text.scalar(i),
      scalar.properties.numericType == .decimal
    {
      i += length
    }
    return i > start ? text.skip(from: i) { $0.isDigit } : nil
  }

  /// Behind a word with its digits and exponent (`x1`, `cm^2`, `H2O`), or one step on.
  private func endOfOther(_ start: Int) -> Int {
    let byte = text[start]
    if byte.isLetter {
      let end = text.skip(from: start) { $0.isAlphanumeric || $0 == UInt8(ascii: "_") }
      return parser.power(at: end)?.end ?? end
    }
    if byte == UInt8(ascii: "^") { return parser.power(at: start)?.end ?? start + 1 }
    if byte == UInt8(ascii: "\\") {
      let end = text.skip(from: start + 1) { $0.isLetter }
      return end > start + 1 ? end : start + 2
    }
    return start + 1
  }

  // MARK: Signs

  /// A sign that belongs to the number behind it, currency between them allowed.
  private func sign(at start: Int) -> (isNegative: Bool, end: Int)? {
    let length: Int
    switch text[start] {
    case UInt8(ascii: "+"), UInt8(ascii: "-"): length = 1
    case 0xE2 where text.firstMatch(["\u{2212}", "\u{2013}"], at: start) != nil: length = 3
    default: return nil
    }
    var i = text.skipSpaces(from: start + length)
    let isSpaced = i > start + length
    if let currency = text.firstMatch(["\\$", "$", "\u{20AC}", "\u{A3}", "\u{A5}"], at: i) {
      i = text.skipSpaces(from: i + currency)
    }
    guard parser.startsNumber(i), isUnary(start, isSpaced: isSpaced) else { return nil }
    return (text[start] != UInt8(ascii: "+"), i)
  }

  /// Whether a sign stands alone: "10-5", "10 - 5", "--5" and a bullet "- 5" have none.
  private func isUnary(_ i: Int, isSpaced: Bool) -> Bool {
    let previous = text.byte(i - 1)
    if i == 0 { return true }
    if previous.isAlphanumeric || Self.closing.contains(previous) { return false }
    if text.firstMatch(["\u{2212}", "\u{2013}"], at: i - 3) != nil { return false }
    guard previous.isWhitespace else { return true }
    var before = i - 1
    while before >= 0, text[before] == 0x20 || text[before] == 0x09 { before -= 1 }
    if before < 0 { return true }
    if text[before].isDigit || Self.closing.contains(text[before]) { return false }
    return !isSpaced || !(text[before].isLetter || text[before].isWhitespace)
  }

  private static let closing: [UInt8] = Array(")}]%-+".utf8)
}
