/// All numbers of a text from left to right, in one pass.
struct NumberScanner {
  /// A number, or what looks like one and has no value.
  struct Token {
    let range: Range<Int>
    /// The number that is stated.
    let number: WrittenNumber?
    /// What is written, whether it is stated or denied.
    let written: WrittenNumber?
  }

  private var parser: NumberParser
  private var position = 0
  private let isProse: Bool
  private var text: [UInt8] { parser.text }

  private let end: Int

  init(_ text: [UInt8]) {
    parser = NumberParser(text)
    end = text.count
    isProse = false
  }

  /// For the last numbers of a text that is written around them, and not the content of a mark: "It
  /// is 42!" then has no factorial. What lies far before the last number is not read.
  init(lastOf text: [UInt8]) {
    parser = NumberParser(text)
    isProse = true
    end = text.indices.last { Self.mayBeNumber(text, at: $0) }.map { $0 + 1 } ?? 0
    position = text.skip(from: max(0, end - Self.reach)) { $0 & 0xC0 == 0x80 }
  }

  private static let reach = 4096

  /// Quickly: whether a number may have its last letter, digit or sign here, or a root or pi begin.
  private static func mayBeNumber(_ text: [UInt8], at i: Int) -> Bool {
    switch text[i] {
    case 0x30...0x39: true
    case 0..<0x70, 0x80..<0xC0: false
    case UInt8(ascii: "p"): text[i...].starts(with: "pi".utf8)
    case UInt8(ascii: "s"): text.matches("sqrt", at: i)
    case 0x80...:
      text.scalar(i).map { scalar, _ in
        scalar.properties.numericType == .decimal || scalar == "\u{3C0}" || scalar == "\u{221A}"
          || NumberParser.vulgarFractions[scalar] != nil
      } ?? false
    default: false
    }
  }

  static func all(_ text: [UInt8]) -> [Token] {
    var scanner = NumberScanner(text)
    var tokens: [Token] = []
    while let token = scanner.next() { tokens.append(token) }
    return tokens
  }

  mutating func next() -> Token? {
    while position < end {
      let start = position
      if let piece = parser.signedNumber(at: start) {
        position = max(piece.end, start + 1)
        let context = NumberContext(text, start..<position, isProse: isProse)
        return Token(
          range: start..<position, number: context.stated(piece.number), written: piece.number)
      }
      if let end = valueless(at: start) {
        position = max(end, start + 1)
        return Token(range: start..<position, number: nil, written: nil)
      }
      position = endOfOther(start)
    }
    return nil
  }

  /// The end of a number that this reader cannot value: `\sqrt{2}`, `\pi`, digits of other scripts.
  private func valueless(at start: Int) -> Int? {
    if !(text[start].isLetter && text.byte(start - 1).isLetter),
      let end = parser.irrational(at: start)
    {
      return end
    }
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
}
