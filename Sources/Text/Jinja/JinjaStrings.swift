/// Python's string functions.
///
/// Text is compared and cut by its characters' codes, as Python does it: Swift's own search takes
/// canonically equivalent text for equal.
enum JinjaStrings {
  static func strip(
    _ text: String, _ set: String?, start: Bool = true, end: Bool = true
  ) -> String {
    let dropped = set.map { Set($0.unicodeScalars) }
    func drops(_ scalar: Unicode.Scalar) -> Bool {
      dropped?.contains(scalar) ?? scalar.isPythonSpace
    }
    var scalars = text.unicodeScalars[...]
    if start { scalars = scalars.drop(while: drops) }
    if end { while let last = scalars.last, drops(last) { scalars.removeLast() } }
    return String(scalars)
  }

  /// The parts of `text` between `separator`s, or between stretches of white space: at most `limit`
  /// cuts, from the end if `fromEnd`.
  static func split(
    _ text: String, _ separator: String?, limit: Int = -1, fromEnd: Bool = false
  ) -> [String] {
    let limit = limit < 0 ? Int.max : limit
    guard let separator else { return words(text, limit: limit, fromEnd: fromEnd) }
    let bytes = Array(text.utf8)
    var cuts = places(of: Array(separator.utf8), in: bytes, fromEnd: fromEnd)
    if cuts.count > limit { cuts = fromEnd ? cuts.suffix(limit) : Array(cuts.prefix(limit)) }
    var parts: [String] = []
    var start = 0
    for cut in cuts {
      parts.append(String(decoding: bytes[start..<cut], as: UTF8.self))
      start = cut + separator.utf8.count
    }
    return parts + [String(decoding: bytes[start...], as: UTF8.self)]
  }

  private static func words(_ text: String, limit: Int, fromEnd: Bool) -> [String] {
    var words: [String] = []
    var rest = text.unicodeScalars[...]
    func trim() {
      if fromEnd {
        while let last = rest.last, last.isPythonSpace { rest.removeLast() }
      } else {
        rest = rest.drop(while: \.isPythonSpace)
      }
    }
    trim()
    while !rest.isEmpty {
      let cut =
        fromEnd ? rest.lastIndex(where: \.isPythonSpace) : rest.firstIndex(where: \.isPythonSpace)
      guard words.count < limit, let cut else {
        words.append(String(rest))
        break
      }
      words.append(String(fromEnd ? rest[rest.index(after: cut)...] : rest[..<cut]))
      rest = fromEnd ? rest[..<cut] : rest[cut...]
      trim()
    }
    return fromEnd ? words.reversed() : words
  }

  /// Where `part` stands in `bytes`, without overlaps, in order. Takes time in proportion to both
  /// (Knuth, Morris and Pratt).
  static func places(of part: [UInt8], in bytes: [UInt8], fromEnd: Bool = false) -> [Int] {
    guard !part.isEmpty, part.count <= bytes.count else { return [] }
    if fromEnd {
      let mirrored = places(of: part.reversed(), in: bytes.reversed())
      return mirrored.reversed().map { bytes.count - $0 - part.count }
    }
    var borders = [0]
    var matched = 0
    for byte in part.dropFirst() {
      while matched > 0, part[matched] != byte { matched = borders[matched - 1] }
      if part[matched] == byte { matched += 1 }
      borders.append(matched)
    }
    var places: [Int] = []
    matched = 0
    for (index, byte) in bytes.enumerated() {
      while matched > 0, part[matched] != byte { matched = borders[matched - 1] }
      if part[matched] == byte { matched += 1 }
      if matched == part.count {
        places.append(index + 1 - matched)
        matched = 0
      }
    }
    return places
  }

  static func contains(_ text: String, _ part: String) -> Bool {
    part.isEmpty || !places(of: Array(part.utf8), in: Array(text.utf8)).isEmpty
  }

  /// Replaces the first `limit` of `old`, all if it is negative; an empty `old` stands between all
  /// characters.
  static func replace(_ text: String, _ old: String, _ new: String, limit: Int) -> String {
    guard old.isEmpty else {
      return split(text, old, limit: limit).joined(separator: new)
    }
    var result = ""
    var left = limit < 0 ? Int.max : limit
    for scalar in text.unicodeScalars {
      if left > 0 {
        result += new
        left -= 1
      }
      result.unicodeScalars.append(scalar)
    }
    return left > 0 ? result + new : result
  }

  static func capitalized(_ text: String) -> String {
    guard let first = text.unicodeScalars.first else { return text }
    return first.properties.titlecaseMapping + lower(String(text.unicodeScalars.dropFirst()))
  }

  static func upper(_ text: String) -> String { text.uppercased() }

  /// A capital sigma at the end of a word becomes the letter for that, as in Python.
  static func lower(_ text: String) -> String {
    guard text.unicodeScalars.contains("\u{3A3}") else { return text.lowercased() }
    let scalars = Array(text.unicodeScalars)
    func isCased(_ scalar: Unicode.Scalar?) -> Bool { scalar?.properties.isCased ?? false }
    func isSeen(_ scalar: Unicode.Scalar) -> Bool { !scalar.properties.isCaseIgnorable }
    return scalars.enumerated().map { index, scalar in
      guard scalar == "\u{3A3}" else { return scalar.properties.lowercaseMapping }
      let isFinal =
        isCased(scalars[..<index].last(where: isSeen))
        && !isCased(scalars[(index + 1)...].first(where: isSeen))
      return isFinal ? "\u{3C2}" : "\u{3C3}"
    }.joined()
  }

  /// `str.title`: letters after others are small.
  static func title(_ text: String) -> String {
    var result = ""
    var isInside = false
    for scalar in text.unicodeScalars {
      let properties = scalar.properties
      result += isInside ? properties.lowercaseMapping : properties.titlecaseMapping
      isInside = properties.isCased
    }
    return result
  }

  /// `str.splitlines`, without the line ends unless `keeps`.
  static func lines(_ text: String, keeps: Bool = false) -> [String] {
    var lines: [String] = []
    var line = String.UnicodeScalarView()
    let scalars = Array(text.unicodeScalars)
    var index = 0
    while index < scalars.count {
      let scalar = scalars[index]
      index += 1
      guard isLineEnd(scalar) else {
        line.append(scalar)
        continue
      }
      if keeps { line.append(scalar) }
      if scalar == "\r", index < scalars.count, scalars[index] == "\n" {
        if keeps { line.append("\n") }
        index += 1
      }
      lines.append(String(line))
      line = String.UnicodeScalarView()
    }
    return line.isEmpty ? lines : lines + [String(line)]
  }

  private static func isLineEnd(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0xA...0xD, 0x1C...0x1E, 0x85, 0x2028, 0x2029: true
    default: false
    }
  }

  /// Whether letters are all small or all capital, and there is one.
  static func isCase(_ text: String, upper: Bool) -> Bool {
    var isAny = false
    for scalar in text.unicodeScalars {
      let properties = scalar.properties
      if upper ? properties.isLowercase : properties.isUppercase { return false }
      if properties.generalCategory == .titlecaseLetter { return false }
      if upper ? properties.isUppercase : properties.isLowercase { isAny = true }
    }
    return isAny
  }

  static func padded(_ text: String, _ width: Int, _ fill: String, _ side: Side) -> String {
    let count = text.unicodeScalars.count
    guard width > count else { return text }
    let missing = width - count
    let left =
      switch side {
      case .left: 0
      case .right: missing
      // As Python divides an odd number.
      case .center: missing / 2 + (missing & width & 1)
      }
    return String(repeating: fill, count: left) + text
      + String(repeating: fill, count: missing - left)
  }

  /// Where the text stands in a wider field.
  enum Side { case left, right, center }
}
