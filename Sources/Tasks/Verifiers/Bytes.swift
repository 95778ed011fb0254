/// Looking at UTF-8 text byte by byte: 0 stands for what lies outside.
extension [UInt8] {
  func byte(_ index: Int) -> UInt8 { index >= 0 && index < count ? self[index] : 0 }

  func matches(_ pattern: StaticString, at index: Int) -> Bool {
    guard index >= 0, index + pattern.utf8CodeUnitCount <= count else { return false }
    return pattern.withUTF8Buffer { bytes in
      bytes.indices.allSatisfy { self[index + $0] == bytes[$0] }
    }
  }

  /// The same for a pattern of small letters, whatever the case of the text.
  func matchesIgnoringCase(_ pattern: StaticString, at index: Int) -> Bool {
    guard index >= 0, index + pattern.utf8CodeUnitCount <= count else { return false }
    return pattern.withUTF8Buffer { bytes in
      bytes.indices.allSatisfy { place in
        let byte = self[index + place]
        return byte == bytes[place] || (byte.isLetter && byte | 0x20 == bytes[place])
      }
    }
  }

  /// The first of the patterns that stands at the index.
  func firstMatch(_ patterns: [StaticString], at index: Int) -> Int? {
    patterns.first { matches($0, at: index) }?.utf8CodeUnitCount
  }

  /// The first index from `start` on whose byte is not accepted.
  func skip(from start: Int, while accepted: (UInt8) -> Bool) -> Int {
    var i = start
    while i < count, accepted(self[i]) { i += 1 }
    return i
  }

  func skipSpaces(from start: Int) -> Int { skip(from: start) { $0 == 0x20 || $0 == 0x09 } }

  /// Behind the bracket that closes the one at `start`, or the end of the text. `\{` counts as none.
  func skipGroup(from start: Int, open: UInt8 = UInt8(ascii: "{"), close: UInt8 = UInt8(ascii: "}"))
    -> Int
  {
    var depth = 0
    var i = start
    while i < count {
      switch self[i] {
      case UInt8(ascii: "\\"): i += 1
      case open: depth += 1
      case close: depth -= 1
      default: break
      }
      i += 1
      if depth == 0 { return Swift.min(i, count) }
    }
    return count
  }

  /// The name of the LaTeX command whose last letter is at `last`.
  func command(endingAt last: Int) -> String? {
    var start = last
    while start > 0, last - start < 16, self[start].isLetter { start -= 1 }
    return self[start] == 0x5C && start < last
      ? String(decoding: self[(start + 1)...last], as: UTF8.self) : nil
  }

  /// Whether the word or command whose last letter is at `last` says what something is, so that a
  /// minus behind it is a sign: "the answer is - 5", `\implies - 5`.
  func endsInEquality(_ last: Int) -> Bool {
    let commands: Set<String> = [
      "approx", "sim", "simeq", "cong", "equiv", "implies", "Rightarrow", "rightarrow", "to", "iff",
      "Leftrightarrow", "Longrightarrow", "therefore",
    ]
    if let command = command(endingAt: last) { return commands.contains(command) }
    var start = last + 1
    while start > 0, last - start < 16, self[start - 1].isLetter { start -= 1 }
    let word = String(decoding: self[start...last], as: UTF8.self).lowercased()
    return ["is", "are", "was", "be", "equals", "equal", "to", "gives", "get", "becomes", "yields"]
      .contains(word)
  }

  /// The scalar that starts at the index, and how many bytes it takes.
  func scalar(_ index: Int) -> (scalar: Unicode.Scalar, length: Int)? {
    let lead = byte(index)
    let length = lead < 0x80 ? 1 : lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2
    guard index + length <= count else { return nil }
    guard length > 1 else { return (Unicode.Scalar(lead), 1) }
    var value = UInt32(lead) & (0x7F >> UInt32(length))
    for i in 1..<length { value = value << 6 | UInt32(self[index + i] & 0x3F) }
    return Unicode.Scalar(value).map { ($0, length) }
  }
}

extension UInt8 {
  var isDigit: Bool { self >= UInt8(ascii: "0") && self <= UInt8(ascii: "9") }
  var isLetter: Bool {
    let lower = self | 0x20
    return lower >= UInt8(ascii: "a") && lower <= UInt8(ascii: "z")
  }
  var isAlphanumeric: Bool { isDigit || isLetter }
  var isWhitespace: Bool { self == 0x20 || (self >= 0x09 && self <= 0x0D) }
}
