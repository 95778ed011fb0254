/// What the expressions ask of a character.
enum ScalarClass: UInt8 {
  case letter, number, space, newline, other

  /// `\s` of the expressions: White_Space.
  var isSpace: Bool { self == .space || self == .newline }
}

/// A text's characters: their classes, and where each begins in its UTF-8.
struct ScalarClasses {
  private let classes: [ScalarClass]
  private let allTraits: [UInt32]
  private let values: [UInt32]
  /// Where each character begins in the text's UTF-8, and at last where the text ends.
  let offsets: [Int]

  var count: Int { classes.count }

  init(_ utf8: ArraySlice<UInt8>) {
    var classes: [ScalarClass] = []
    var values: [UInt32] = []
    var traits: [UInt32] = []
    var offsets: [Int] = []
    classes.reserveCapacity(utf8.count)
    values.reserveCapacity(utf8.count)
    traits.reserveCapacity(utf8.count)
    offsets.reserveCapacity(utf8.count + 1)
    var offset = utf8.startIndex
    for scalar in String(decoding: utf8, as: UTF8.self).unicodeScalars {
      offsets.append(offset)
      values.append(scalar.value)
      let own = Self.traits(scalar)
      traits.append(own)
      classes.append(Self.classify(scalar.value, own))
      offset += UTF8.width(scalar)
    }
    offsets.append(offset)
    self.classes = classes
    self.values = values
    allTraits = traits
    self.offsets = offsets
  }

  subscript(index: Int) -> ScalarClass { classes[index] }

  /// The code point at `index`.
  func value(_ index: Int) -> UInt32 { values[index] }

  /// The bit of the character's general category at `index`, and `space` where it is white space.
  func traits(_ index: Int) -> UInt32 { allTraits[index] }

  /// `\s` of the expressions, White_Space, among the traits; categories have the bits below.
  static let space: UInt32 = 1 << 31

  static func traits(_ scalar: Unicode.Scalar) -> UInt32 {
    scalar.value < 128 ? ascii[Int(scalar.value)] : search(scalar)
  }

  /// Looked up once: most text is ASCII.
  private static let ascii = (0..<UInt8(128)).map { search(Unicode.Scalar($0)) }

  private static func search(_ scalar: Unicode.Scalar) -> UInt32 {
    1 << scalar.properties.generalCategory.bit | (scalar.properties.isWhitespace ? space : 0)
  }

  private static let letters = Unicode.GeneralCategory.mask("L") ?? 0
  private static let numbers = Unicode.GeneralCategory.mask("N") ?? 0

  private static func classify(_ value: UInt32, _ traits: UInt32) -> ScalarClass {
    if value == 0x0A || value == 0x0D { return .newline }
    if traits & space != 0 { return .space }
    if traits & letters != 0 { return .letter }
    return traits & numbers != 0 ? .number : .other
  }
}
