/// The parts of a tokenizer's regular expression; a subset of Oniguruma's language.
indirect enum PatternNode {
  case set(CharacterSetPattern)
  case sequence([PatternNode])
  case either([PatternNode])
  case repeated(PatternNode, ClosedRange<Int>)
  /// The next character is (or is not) one of the set; at the end there is none.
  case ahead(CharacterSetPattern, isWanted: Bool)
  /// The end of the text or of a line.
  case lineEnd
}

/// Reads a tokenizer's regular expression; whatever it does not know is an error.
struct PatternParser {
  struct Failure: Error {
    let reason: String
  }

  private let scalars: [Unicode.Scalar]
  private var position = 0
  private var ignoresCase = false

  static func parse(_ text: String) throws -> PatternNode {
    var parser = PatternParser(scalars: Array(text.unicodeScalars))
    let node = try parser.alternatives(depth: 0)
    guard parser.position == parser.scalars.count else { throw Failure(reason: "')' without '('") }
    return node
  }

  private init(scalars: [Unicode.Scalar]) { self.scalars = scalars }

  private var next: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

  private mutating func takes(_ text: String) -> Bool {
    let wanted = Array(text.unicodeScalars)
    guard position + wanted.count <= scalars.count,
      scalars[position..<position + wanted.count].elementsEqual(wanted)
    else { return false }
    position += wanted.count
    return true
  }

  private mutating func alternatives(depth: Int) throws -> PatternNode {
    guard depth < 16 else { throw Failure(reason: "it is nested too deep") }
    var arms: [PatternNode] = []
    repeat {
      var parts: [PatternNode] = []
      while let next, next != "|", next != ")" {
        parts.append(try repetition(of: try atom(depth: depth)))
      }
      arms.append(parts.count == 1 ? parts[0] : .sequence(parts))
    } while takes("|")
    return arms.count == 1 ? arms[0] : .either(arms)
  }

  private mutating func atom(depth: Int) throws -> PatternNode {
    if takes("(?!") { return try ahead(isWanted: false) }
    if takes("(?=") { return try ahead(isWanted: true) }
    if takes("(?i:") { return try group(depth: depth, ignoringCase: true) }
    if takes("(?:") || takes("(") {
      guard next != "?" else { throw Failure(reason: "a group that begins with '(?'") }
      return try group(depth: depth, ignoringCase: ignoresCase)
    }
    if takes("$") { return .lineEnd }
    return .set(try single())
  }

  private mutating func group(depth: Int, ignoringCase: Bool) throws -> PatternNode {
    let outer = ignoresCase
    ignoresCase = ignoringCase
    defer { ignoresCase = outer }
    let node = try alternatives(depth: depth + 1)
    guard takes(")") else { throw Failure(reason: "a group does not end") }
    return node
  }

  private mutating func ahead(isWanted: Bool) throws -> PatternNode {
    let set = try single()
    guard takes(")") else { throw Failure(reason: "a look-ahead at more than one character") }
    return .ahead(set, isWanted: isWanted)
  }

  private mutating func repetition(of node: PatternNode) throws -> PatternNode {
    var range: ClosedRange<Int>
    if takes("?") {
      range = 0...1
    } else if takes("*") {
      range = 0...Int.max
    } else if takes("+") {
      range = 1...Int.max
    } else if takes("{") {
      range = try bounds()
    } else {
      return node
    }
    guard next != "?", next != "+", next != "*" else {
      throw Failure(reason: "a lazy or possessive repetition")
    }
    return .repeated(node, range)
  }

  private mutating func bounds() throws -> ClosedRange<Int> {
    let low = number()
    var high = low
    if takes(",") { high = number() ?? Int.max }
    guard let low, let high, low <= high, takes("}") else { throw Failure(reason: "a repetition") }
    return low...high
  }

  private mutating func number() -> Int? {
    var value: Int?
    while let next, let digit = Int(String(next)), (value ?? 0) < 10_000 {
      value = (value ?? 0) * 10 + digit
      position += 1
    }
    return value
  }

  /// One character: itself, an escape or a class in brackets.
  private mutating func single() throws -> CharacterSetPattern {
    guard let first = next else { throw Failure(reason: "it ends too early") }
    position += 1
    switch first {
    case "[": return try brackets()
    case "\\": return CharacterSetPattern([try escape()])
    case ".": return CharacterSetPattern([.range(0x0A...0x0A)], isNegated: true)
    case "*", "+", "?", "{", "^", ")", "|":
      throw Failure(reason: "'\(first)' instead of a character")
    default: return try literal(first)
    }
  }

  private func literal(_ scalar: Unicode.Scalar) throws -> CharacterSetPattern {
    guard ignoresCase else { return CharacterSetPattern([.range(scalar.value...scalar.value)]) }
    guard scalar.isASCII else { throw Failure(reason: "'\(scalar)' in any case") }
    let text = String(scalar)
    // Long s and the Kelvin sign are an s and a k when case is ignored.
    let more = ["s": "\u{17F}", "k": "\u{212A}"][text.lowercased()] ?? ""
    let forms = (text.lowercased() + text.uppercased() + more).unicodeScalars
    return CharacterSetPattern(forms.map { .range($0.value...$0.value) })
  }

  private mutating func brackets() throws -> CharacterSetPattern {
    let isNegated = takes("^")
    var items: [CharacterSetPattern.Item] = []
    while !takes("]") {
      guard let first = next else { throw Failure(reason: "a class does not end") }
      guard first != "[", !(first == "&" && takes("&&")) else {
        throw Failure(reason: "a class in a class")
      }
      let item = try classItem()
      guard case .range(let low) = item, next == "-", position + 1 < scalars.count,
        scalars[position + 1] != "]"
      else {
        items.append(item)
        continue
      }
      position += 1
      guard case .range(let high) = try classItem(), low.lowerBound <= high.upperBound else {
        throw Failure(reason: "a range of characters")
      }
      items.append(.range(low.lowerBound...high.upperBound))
    }
    guard !ignoresCase else { throw Failure(reason: "a class in any case") }
    return CharacterSetPattern(items, isNegated: isNegated)
  }

  private mutating func classItem() throws -> CharacterSetPattern.Item {
    guard let scalar = next else { throw Failure(reason: "a class does not end") }
    position += 1
    return scalar == "\\" ? try escape() : .range(scalar.value...scalar.value)
  }

  private mutating func escape() throws -> CharacterSetPattern.Item {
    guard let scalar = next else { throw Failure(reason: "it ends with a backslash") }
    position += 1
    switch scalar {
    case "s": return .space(isWanted: true)
    case "S": return .space(isWanted: false)
    case "d": return .category(1 << Unicode.GeneralCategory.decimalNumber.bit, isWanted: true)
    case "n": return .range(0x0A...0x0A)
    case "r": return .range(0x0D...0x0D)
    case "t": return .range(0x09...0x09)
    case "p", "P":
      guard takes("{"), let end = scalars[position...].firstIndex(of: "}") else {
        throw Failure(reason: "'\\p' without a name")
      }
      var view = String.UnicodeScalarView()
      view.append(contentsOf: scalars[position..<end])
      position = end + 1
      guard let mask = Unicode.GeneralCategory.mask(String(view)) else {
        throw Failure(reason: "'\\p{\(String(view))}'")
      }
      return .category(mask, isWanted: scalar == "p")
    case _ where scalar.properties.isAlphabetic || ("0"..."9").contains(scalar):
      throw Failure(reason: "'\\\(scalar)'")
    default: return .range(scalar.value...scalar.value)
    }
  }
}
