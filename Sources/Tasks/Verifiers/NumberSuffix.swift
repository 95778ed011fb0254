import BigInt

/// What may stand behind the digits of a number: powers, constants, units.
extension NumberParser {
  /// `\times 10^{n}` in its many spellings.
  func timesPowerOfTen(_ mantissa: Piece) -> Piece? {
    let sign = text.skipSpaces(from: mantissa.end)
    guard [0x5C, 0x78, 0x58, 0x2A].contains(text.byte(sign)) || text.byte(sign) >= 0x80 else {
      return nil
    }
    let spellings: [StaticString] = [
      "\\times", "\\cdot", "\u{D7}", "\u{B7}", "\u{22C5}", "x", "X", "*",
    ]
    guard let length = text.firstMatch(spellings, at: sign) else { return nil }
    let ten = text.skipSpaces(from: sign + length)
    guard text.matches("10", at: ten), let power = power(at: ten + 2) else { return nil }
    guard let number = mantissa.number, let exponent = power.exponent,
      self.power(at: power.end) == nil, let scale = Self.powerOfTen(exponent),
      let value = number.value.multiplied(by: scale.value)
    else { return Piece(end: endOfPowers(power.end)) }
    let isDecimal = number.isDecimal || scale.isDecimal
    return Piece(end: power.end, number: WrittenNumber(value: value, isDecimal: isDecimal))
  }

  /// `^{-3}`, `^3`, `**3`, superscript digits; not the degrees of `90^\circ`.
  func power(at start: Int) -> (exponent: Int?, end: Int)? {
    let byte = text.byte(start)
    if byte >= 0x80 { return superscript(at: start) }
    let isStars = byte == UInt8(ascii: "*") && text.byte(start + 1) == byte
    guard isStars || byte == UInt8(ascii: "^") else { return nil }
    let length = isStars ? 2 : 1
    let first = text.skipSpaces(from: start + length)
    if isStars {
      let next = text.byte(first)
      // "**42** ..." is bold type.
      guard first == start + 2, next.isDigit || next == UInt8(ascii: "(") else { return nil }
    }
    let open = text.byte(first)
    guard open == UInt8(ascii: "{") || open == UInt8(ascii: "(") else {
      if text.firstMatch(["\\circ", "\u{B0}"], at: first) != nil { return nil }
      let integer = signedInteger(at: first)
      return (integer?.value, integer?.end ?? min(first + 1, text.count))
    }
    let close = open == UInt8(ascii: "{") ? UInt8(ascii: "}") : UInt8(ascii: ")")
    let inside = text.skipSpaces(from: first + 1)
    if text.matches("\\circ", at: inside) { return nil }
    let end = text.skipGroup(from: first, open: open, close: close)
    guard let integer = signedInteger(at: inside), text.skipSpaces(from: integer.end) == end - 1
    else { return (nil, end) }
    return (integer.value, end)
  }

  /// `2 ^ 3`, but not the bold type of `Step 2 **3**`.
  func spacedPower(at start: Int) -> (exponent: Int?, end: Int)? {
    let sign = text.skipSpaces(from: start)
    return text.byte(sign) == UInt8(ascii: "^") ? power(at: sign) : nil
  }

  /// Behind all powers, so that `99**98**97` is one piece without a value.
  func endOfPowers(_ start: Int) -> Int {
    var end = start
    while let power = power(at: end) { end = power.end }
    return end
  }

  private func superscript(at start: Int) -> (exponent: Int?, end: Int)? {
    var i = start
    var value = 0
    var isNegative = false
    while let (scalar, length) = text.scalar(i),
      scalar.properties.numericType == .digit
        || (i == start && scalar == "\u{207B}"), !scalar.isASCII
    {
      isNegative = isNegative || scalar == "\u{207B}"
      value = min(value * 10 + Int(scalar.properties.numericValue ?? 0), 10_000)
      i += length
    }
    guard i > start else { return nil }
    return (isNegative ? -value : value, i)
  }

  /// Units are passed over; what makes the digits a part of something else takes the value away.
  func withSuffix(_ piece: Piece) -> Piece {
    let i = piece.end
    if power(at: i) != nil { return Piece(end: endOfPowers(i)) }
    if text.byte(i) == UInt8(ascii: "_"),
      text.byte(i + 1).isDigit || text.byte(i + 1) == UInt8(ascii: "{")
    {
      return Piece(end: i + 1)  // a base: 204_5
    }
    let scaled = scaled(piece)
    if scaled.end > i { return scaled }
    if let (scalar, length) = text.scalar(i), !scalar.isASCII,
      scalar.properties.numericType != nil || Self.isRaisedLetter(scalar)
    {
      return Piece(end: i + length)  // a digit of another script, an exponent
    }
    if let end = irrationalFactor(at: i) { return Piece(end: end) }
    return withUnit(piece)
  }

  /// Letters behind a number: a unit, or a variable, which takes the value away.
  private func withUnit(_ piece: Piece) -> Piece {
    let end = text.skip(from: piece.end) { $0.isLetter }
    if end == piece.end {
      let word = text.skipSpaces(from: end)
      let isFactor = Self.variables.contains(text.byte(word)) && !text.byte(word + 1).isAlphanumeric
      return isFactor ? Piece(end: end) : piece
    }
    if text.byte(end).isDigit { return Piece(end: text.skip(from: end) { $0.isAlphanumeric }) }
    let letters = text[piece.end..<end]
    let isFactor =
      letters.count == 1
      ? !Self.unitLetters.contains(text[piece.end]) : letters.allSatisfy("xyz".utf8.contains)
    return Piece(end: end, number: isFactor ? nil : piece.number)
  }

  /// Superscript and subscript letters, such as the exponent of `12\u{207F}`.
  static func isRaisedLetter(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x2B0...0x2B8, 0x2E0...0x2E4, 0x1D2C...0x1D6A, 0x1D9B...0x1DBF, 0x2071, 0x207F,
      0x2090...0x209C:
      true
    default: false
    }
  }

  /// Single letters that are units when digits stand right before them: metres, grams, hours.
  static let unitLetters = Array("mgshdlLCFVWAJN".utf8)
  /// Single letters that are factors even behind a space.
  private static let variables = Array("xyznkpqruvw".utf8)

  /// `3 million`, `2 hundred thousand`; the piece itself where no such word follows.
  private func scaled(_ piece: Piece) -> Piece {
    var scaled = piece
    for _ in 0..<3 {
      guard let scale = scale(behind: scaled.end) else { break }
      let value = scaled.number?.value.multiplied(by: scale.value)
      scaled = Piece(
        end: scale.end,
        number: value.map { WrittenNumber(value: $0, isDecimal: piece.number?.isDecimal ?? false) })
    }
    return scaled
  }

  private func scale(behind end: Int) -> (value: Rational, end: Int)? {
    var i = text.skip(from: end) { $0 == 0x20 || $0 == 0x09 || $0 == UInt8(ascii: "~") }
    i = text.skipSpaces(from: i + (text.firstMatch(["\\,", "\\;", "\\ ", "-"], at: i) ?? 0))
    let command = text.firstMatch(["\\text{", "\\mathrm{", "\\textrm{", "\\mbox{"], at: i)
    i = text.skipSpaces(from: i + (command ?? 0))
    guard let scale = SizeWord(at: i, in: text) else { return nil }
    i = scale.end
    guard command != nil else { return (scale.value, i) }
    let close = text.skipSpaces(from: i)
    return (scale.value, text.byte(close) == UInt8(ascii: "}") ? close + 1 : i)
  }

  /// `½` and its like.
  func vulgarFraction(at i: Int) -> Piece? {
    guard text.byte(i) == 0xC2 || text.byte(i) == 0xE2, let (scalar, length) = text.scalar(i),
      let (top, bottom) = Self.vulgarFractions[scalar],
      let value = Rational(BigInt(top), over: BigInt(bottom))
    else { return nil }
    return Piece(end: i + length, number: WrittenNumber(value: value, isDecimal: false))
  }

  static let vulgarFractions: [Unicode.Scalar: (UInt, UInt)] = [
    "\u{BC}": (1, 4), "\u{BD}": (1, 2), "\u{BE}": (3, 4), "\u{2150}": (1, 7), "\u{2151}": (1, 9),
    "\u{2152}": (1, 10), "\u{2153}": (1, 3), "\u{2154}": (2, 3), "\u{2155}": (1, 5),
    "\u{2156}": (2, 5), "\u{2157}": (3, 5), "\u{2158}": (4, 5), "\u{2159}": (1, 6),
    "\u{215A}": (5, 6), "\u{215B}": (1, 8), "\u{215C}": (3, 8), "\u{215D}": (5, 8),
    "\u{215E}": (7, 8),
  ]

  /// `\pi`, `* pi`, `\sqrt{3}`: the end of a factor that makes a number irrational.
  private func irrationalFactor(at start: Int) -> Int? {
    var i = text.skipSpaces(from: start)
    guard !(text.byte(i).isDigit || text.byte(i) == 0) else { return nil }
    if let times = text.firstMatch(["*", "\\cdot", "\\times", "\u{B7}", "\u{D7}"], at: i) {
      i = text.skipSpaces(from: i + times)
    }
    return irrational(at: i)
  }

  /// The end of `\pi`, `\sqrt{...}`, `sqrt(...)` and the like, standing at `i`.
  func irrational(at i: Int) -> Int? {
    let byte = text.byte(i)
    guard byte >= 0x80 || byte == 0x5C || byte | 0x20 == 0x70 || byte | 0x20 == 0x73 else {
      return nil  // quickly: not one of \ p s
    }
    if let length = text.firstMatch(["\\pi", "pi"], at: i) {
      return text.byte(i + length).isAlphanumeric ? nil : i + length
    }
    if text.matches("\u{3C0}", at: i) { return i + 2 }
    guard let length = text.firstMatch(["\\sqrt", "sqrt", "\u{221A}"], at: i) else { return nil }
    var end = text.skipSpaces(from: i + length)
    if text.byte(end) == UInt8(ascii: "[") {
      end = text.skipGroup(from: end, open: UInt8(ascii: "["), close: UInt8(ascii: "]"))
    }
    switch text.byte(end) {
    case UInt8(ascii: "{"): return text.skipGroup(from: end)
    case UInt8(ascii: "("):
      return text.skipGroup(from: end, open: UInt8(ascii: "("), close: UInt8(ascii: ")"))
    default: return text.skip(from: end) { $0.isAlphanumeric }
    }
  }
}
