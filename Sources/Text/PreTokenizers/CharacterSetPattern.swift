/// A set of characters as an expression writes it: ranges, categories and white space.
struct CharacterSetPattern: Sendable {
  enum Item: Sendable {
    case range(ClosedRange<UInt32>)
    /// Bits of general categories.
    case category(UInt32, isWanted: Bool)
    case space(isWanted: Bool)
  }

  private let ranges: [ClosedRange<UInt32>]
  private let others: [Item]
  private let isNegated: Bool
  /// Whether each of the first 128 characters is in the set.
  private var ascii: (low: UInt64, high: UInt64) = (0, 0)

  init(_ items: [Item], isNegated: Bool = false) {
    var ranges: [ClosedRange<UInt32>] = []
    var others: [Item] = []
    for item in items {
      if case .range(let range) = item { ranges.append(range) } else { others.append(item) }
    }
    self.ranges = ranges
    self.others = others
    self.isNegated = isNegated
    for value in 0..<UInt32(128) {
      let traits = ScalarClasses.traits(Unicode.Scalar(UInt8(value)))
      guard search(value, traits) else { continue }
      if value < 64 { ascii.low |= 1 << value } else { ascii.high |= 1 << (value - 64) }
    }
  }

  /// Whether the character `value`, which has `traits`, is in the set.
  func contains(_ value: UInt32, _ traits: UInt32) -> Bool {
    if value < 64 { return ascii.low >> value & 1 == 1 }
    if value < 128 { return ascii.high >> (value - 64) & 1 == 1 }
    return search(value, traits)
  }

  private func search(_ value: UInt32, _ traits: UInt32) -> Bool {
    let isListed =
      ranges.contains { $0.contains(value) }
      || others.contains { item in
        switch item {
        case .range: false
        case .category(let mask, let isWanted): (traits & mask != 0) == isWanted
        case .space(let isWanted): (traits & ScalarClasses.space != 0) == isWanted
        }
      }
    return isListed != isNegated
  }
}

extension Unicode.GeneralCategory {
  /// The bits of a property's name: `L`, `Lu`, `P` ...; nil for one that is no general category.
  static func mask(_ name: String) -> UInt32? {
    let found = names.indices.filter {
      names[$0].1 == name || names[$0].1.hasPrefix(name) && name.count == 1
    }
    return found.isEmpty ? nil : found.reduce(0) { $0 | 1 << UInt32($1) }
  }

  /// The place of the category's bit.
  var bit: UInt32 { UInt32(Self.names.firstIndex { $0.0 == self } ?? 0) }

  private static let names: [(Unicode.GeneralCategory, String)] = [
    (.uppercaseLetter, "Lu"), (.lowercaseLetter, "Ll"), (.titlecaseLetter, "Lt"),
    (.modifierLetter, "Lm"), (.otherLetter, "Lo"), (.nonspacingMark, "Mn"), (.spacingMark, "Mc"),
    (.enclosingMark, "Me"), (.decimalNumber, "Nd"), (.letterNumber, "Nl"), (.otherNumber, "No"),
    (.connectorPunctuation, "Pc"), (.dashPunctuation, "Pd"), (.openPunctuation, "Ps"),
    (.closePunctuation, "Pe"), (.initialPunctuation, "Pi"), (.finalPunctuation, "Pf"),
    (.otherPunctuation, "Po"), (.mathSymbol, "Sm"), (.currencySymbol, "Sc"),
    (.modifierSymbol, "Sk"), (.otherSymbol, "So"), (.spaceSeparator, "Zs"),
    (.lineSeparator, "Zl"), (.paragraphSeparator, "Zp"), (.control, "Cc"), (.format, "Cf"),
    (.surrogate, "Cs"), (.privateUse, "Co"), (.unassigned, "Cn"),
  ]
}
