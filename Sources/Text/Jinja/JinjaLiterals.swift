// Numbers and strings of a template, as Python writes them.
extension JinjaLexer {
  mutating func number() throws {
    let start = position
    let isAfterDot = start > 0 && scalars[start - 1] == "."
    if !isAfterDot, let end = floatEnd(start) {
      position = end
      let text = String(scalars: scalars[start..<end].filter { $0 != "_" })
      add(.float(Double(text) ?? .infinity), at: start)
      return
    }
    let (digits, radix) = integerDigits()
    guard let value = Int(digits, radix: radix) else {
      throw JinjaError("a number is too large", at: locate(start))
    }
    add(.integer(value), at: start)
  }

  /// Passes a whole number; gives its digits and their base.
  private mutating func integerDigits() -> (String, Int) {
    let bases: [Unicode.Scalar: Int] = ["b": 2, "B": 2, "o": 8, "O": 8, "x": 16, "X": 16]
    if scalars[position] == "0", let base = scalar(position + 1).flatMap({ bases[$0] }) {
      let start = position + 2
      let end = digitsEnd(scalar(start) == "_" ? start + 1 : start, base)
      if let end {
        position = end
        return (String(scalars: scalars[start..<end].filter { $0 != "_" }), base)
      }
    }
    let start = position
    // A number that begins with 0 is nothing but zeros.
    while let digit = scalar(position), ("0"..."9").contains(digit) || digit == "_" {
      guard scalars[start] != "0" || digit == "0" || digit == "_" else { break }
      guard digit != "_" || scalar(position + 1).map({ ("0"..."9").contains($0) }) == true else {
        break
      }
      position += 1
    }
    return (String(scalars: scalars[start..<position].filter { $0 != "_" }), 10)
  }

  /// The index after digits with single underscores between them; nil without a digit.
  private func digitsEnd(_ start: Int, _ base: Int) -> Int? {
    func isDigit(_ index: Int) -> Bool {
      scalar(index).flatMap { Int(String($0), radix: base) } != nil
    }
    var index = start
    guard isDigit(index) else { return nil }
    while isDigit(index) || scalar(index) == "_" && isDigit(index + 1) { index += 1 }
    return index
  }

  /// The index after a number with a fraction or an exponent.
  private func floatEnd(_ start: Int) -> Int? {
    guard let whole = digitsEnd(start, 10) else { return nil }
    let fraction = scalar(whole) == "." ? digitsEnd(whole + 1, 10) : nil
    let mantissa = fraction ?? whole
    if let mark = scalar(mantissa), mark == "e" || mark == "E" {
      let sign = scalar(mantissa + 1)
      let digits = sign == "+" || sign == "-" ? mantissa + 2 : mantissa + 1
      if let end = digitsEnd(digits, 10) { return end }
    }
    return fraction
  }

  mutating func quoted(_ quote: Unicode.Scalar) throws {
    let start = position
    position += 1
    var text: [Unicode.Scalar] = []
    while let scalar = scalar(position) {
      position += 1
      if scalar == quote {
        add(.string(String(scalars: text)), at: start)
        return
      }
      if scalar == "\\", position < scalars.count {
        try escape(into: &text)
      } else {
        text.append(scalar)
      }
    }
    throw JinjaError("a string does not end", at: locate(start))
  }

  private static let escapes: [Unicode.Scalar: Unicode.Scalar] = [
    "n": "\n", "t": "\t", "r": "\r", "\\": "\\", "'": "'", "\"": "\"", "a": "\u{7}", "b": "\u{8}",
    "f": "\u{C}", "v": "\u{B}",
  ]

  /// What stands after a backslash.
  private mutating func escape(into text: inout [Unicode.Scalar]) throws {
    let start = position
    let mark = scalars[start]
    position += 1
    switch mark {
    case "\n": break
    case "x": text.append(try hex(2, from: start))
    case "u": text.append(try hex(4, from: start))
    case "U": text.append(try hex(8, from: start))
    case "N": throw JinjaError("the escape '\\N' is not supported", at: locate(start - 1))
    case "0"..."7":
      while position < min(start + 3, scalars.count), ("0"..."7").contains(scalars[position]) {
        position += 1
      }
      let value = UInt32(String(scalars: scalars[start..<position]), radix: 8) ?? 0
      text.append(Unicode.Scalar(value) ?? "\0")
    default: text += Self.escapes[mark].map { [$0] } ?? Self.kept(mark)
    }
  }

  private mutating func hex(_ count: Int, from start: Int) throws -> Unicode.Scalar {
    let digits = scalars[position...].prefix(count)
    position += digits.count
    guard digits.count == count, digits.allSatisfy({ $0.properties.isASCIIHexDigit }),
      let value = UInt32(String(scalars: digits), radix: 16), let scalar = Unicode.Scalar(value)
    else { throw JinjaError("a broken escape in a string", at: locate(start - 1)) }
    return scalar
  }

  /// As Python has it, a backslash before anything else stays. Jinja spells characters beyond ASCII
  /// out before it looks for escapes, and then takes the backslash of the spelling for escaped.
  private static func kept(_ mark: Unicode.Scalar) -> [Unicode.Scalar] {
    guard !mark.isASCII else { return ["\\", mark] }
    let (letter, width) = mark.value < 0x100 ? ("x", 2) : mark.value < 0x10000 ? ("u", 4) : ("U", 8)
    let digits = String(mark.value, radix: 16)
    let padding = String(repeating: "0", count: width - digits.count)
    return Array("\\\(letter)\(padding)\(digits)".unicodeScalars)
  }
}
