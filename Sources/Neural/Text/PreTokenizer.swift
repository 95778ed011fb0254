/// Cuts text into the words that byte-pair merges never cross.
enum PreTokenizer: String, Sendable, CaseIterable {
  /// GPT-2's regular expression:
  /// `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`
  case gpt2
  /// Every digit by itself, then GPT-2's expression on what is between (SmolLM2).
  case smollm
  /// `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|`
  /// `\s*[\r\n]+|\s+(?!\S)|\s+`
  case qwen2

  /// The end of each word of `scalars`, as indexes into it, in order; together they cover it.
  func wordEnds(_ scalars: ScalarClasses) -> [Int] {
    switch self {
    case .gpt2: words(scalars, 0..<scalars.count)
    case .smollm: digitsApart(scalars)
    case .qwen2: words(scalars, 0..<scalars.count)
    }
  }

  private func digitsApart(_ scalars: ScalarClasses) -> [Int] {
    var ends: [Int] = []
    var start = 0
    for index in 0..<scalars.count where scalars[index] == .number {
      // GPT-2's expression sees the pieces one by one: for its look-ahead a piece ends the text.
      if start < index { ends += words(scalars, start..<index) }
      ends.append(index + 1)
      start = index + 1
    }
    if start < scalars.count { ends += words(scalars, start..<scalars.count) }
    return ends
  }

  private func words(_ scalars: ScalarClasses, _ range: Range<Int>) -> [Int] {
    var ends: [Int] = []
    var position = range.lowerBound
    while position < range.upperBound {
      position =
        self == .qwen2
        ? QwenScanner(scalars: scalars, end: range.upperBound).wordEnd(position)
        : GPT2Scanner(scalars: scalars, end: range.upperBound).wordEnd(position)
      ends.append(position)
    }
    return ends
  }
}

/// What the expressions ask of a character.
enum ScalarClass: UInt8 {
  case letter, number, space, newline, other

  /// `\s` of the expressions: White_Space.
  var isSpace: Bool { self == .space || self == .newline }
}

/// A text's characters: their classes, and where each begins in its UTF-8.
struct ScalarClasses {
  private let classes: [ScalarClass]
  private let values: [UInt32]
  /// Where each character begins in the text's UTF-8, and at last where the text ends.
  let offsets: [Int]

  var count: Int { classes.count }

  init(_ utf8: ArraySlice<UInt8>) {
    var classes: [ScalarClass] = []
    var values: [UInt32] = []
    var offsets: [Int] = []
    classes.reserveCapacity(utf8.count)
    values.reserveCapacity(utf8.count)
    offsets.reserveCapacity(utf8.count + 1)
    var offset = utf8.startIndex
    for scalar in String(decoding: utf8, as: UTF8.self).unicodeScalars {
      offsets.append(offset)
      values.append(scalar.value)
      classes.append(Self.classify(scalar))
      offset += UTF8.width(scalar)
    }
    offsets.append(offset)
    self.classes = classes
    self.values = values
    self.offsets = offsets
  }

  subscript(index: Int) -> ScalarClass { classes[index] }

  /// The code point at `index`.
  func value(_ index: Int) -> UInt32 { values[index] }

  static func classify(_ scalar: Unicode.Scalar) -> ScalarClass {
    switch scalar.value {
    case 0x0A, 0x0D: return .newline
    case 0x20, 0x09, 0x0B, 0x0C: return .space
    case 0x30...0x39: return .number
    case 0x41...0x5A, 0x61...0x7A: return .letter
    case 0..<0x80: return .other
    default: break
    }
    if scalar.properties.isWhitespace { return .space }
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter:
      return .letter
    case .decimalNumber, .letterNumber, .otherNumber: return .number
    default: return .other
    }
  }
}
