/// A writing system, as far as it distinguishes languages.
enum Script: UInt8, Sendable, CaseIterable {
  case latin, greek, cyrillic, armenian, hebrew, arabic, devanagari, bengali, gurmukhi, gujarati
  case tamil, telugu, kannada, malayalam, sinhala, thai, lao, tibetan, burmese, georgian, ethiopic
  case khmer, hangul, kana, han

  /// Whether words are written without spaces between them.
  var isUnspaced: Bool {
    switch self {
    case .han, .kana, .thai, .lao, .burmese, .khmer, .tibetan: true
    default: false
    }
  }

  /// The script of a letter; nil for digits, signs and scripts that are not distinguished.
  init?(_ scalar: Unicode.Scalar) {
    let value = scalar.value
    if value < 0x80 {
      guard (0x41...0x5A).contains(value & ~0x20) else { return nil }
      self = .latin
      return
    }
    // The last block that begins at or before the letter.
    var (low, high) = (0, Self.blocks.count)
    while low < high {
      let middle = (low + high) / 2
      if Self.blocks[middle].first <= value { low = middle + 1 } else { high = middle }
    }
    guard low > 0, value <= Self.blocks[low - 1].last else { return nil }
    self = Self.blocks[low - 1].script
  }

  /// Blocks of the Unicode standard that hold letters, in order; the multiplication and division
  /// signs and the ordinal marks of Latin-1 are left out.
  private static let blocks: [(first: UInt32, last: UInt32, script: Script)] = [
    (0x00C0, 0x00D6, .latin), (0x00D8, 0x00F6, .latin), (0x00F8, 0x024F, .latin),
    (0x0250, 0x02AF, .latin), (0x0370, 0x03FF, .greek), (0x0400, 0x052F, .cyrillic),
    (0x0531, 0x058A, .armenian), (0x0591, 0x05F4, .hebrew), (0x0610, 0x061A, .arabic),
    (0x0620, 0x065F, .arabic), (0x066E, 0x06EF, .arabic), (0x06FA, 0x06FF, .arabic),
    (0x0750, 0x077F, .arabic), (0x08A0, 0x08FF, .arabic), (0x0900, 0x0963, .devanagari),
    (0x0971, 0x097F, .devanagari), (0x0980, 0x09E3, .bengali), (0x0A00, 0x0A5F, .gurmukhi),
    (0x0A70, 0x0A7F, .gurmukhi), (0x0A80, 0x0AE3, .gujarati), (0x0B80, 0x0BE5, .tamil),
    (0x0C00, 0x0C63, .telugu), (0x0C80, 0x0CE3, .kannada), (0x0D00, 0x0D63, .malayalam),
    (0x0D80, 0x0DE5, .sinhala), (0x0E01, 0x0E4E, .thai), (0x0E80, 0x0ECF, .lao),
    (0x0F40, 0x0FBC, .tibetan), (0x1000, 0x103F, .burmese), (0x10A0, 0x10FF, .georgian),
    (0x1100, 0x11FF, .hangul), (0x1200, 0x137F, .ethiopic), (0x1780, 0x17D3, .khmer),
    (0x1C80, 0x1C8F, .cyrillic), (0x1C90, 0x1CBF, .georgian), (0x1E00, 0x1EFF, .latin),
    (0x1F00, 0x1FFF, .greek), (0x2DE0, 0x2DFF, .cyrillic), (0x3005, 0x3007, .han),
    (0x3041, 0x309F, .kana), (0x30A1, 0x30FA, .kana), (0x30FC, 0x30FF, .kana),
    (0x3131, 0x318E, .hangul), (0x31F0, 0x31FF, .kana), (0x3400, 0x4DBF, .han),
    (0x4E00, 0x9FFF, .han), (0xA640, 0xA69F, .cyrillic), (0xA722, 0xA787, .latin),
    (0xA78B, 0xA7FF, .latin), (0xA960, 0xA97C, .hangul), (0xAC00, 0xD7FB, .hangul),
    (0xF900, 0xFAFF, .han), (0xFB00, 0xFB06, .latin), (0xFB1D, 0xFB4F, .hebrew),
    (0xFB50, 0xFDFF, .arabic), (0xFE70, 0xFEFC, .arabic), (0xFF21, 0xFF3A, .latin),
    (0xFF41, 0xFF5A, .latin), (0xFF66, 0xFF9F, .kana), (0xFFA0, 0xFFDC, .hangul),
    (0x20000, 0x323AF, .han),
  ]
}

extension Unicode.Scalar {
  /// Whether it is a letter of a script in which words stand without spaces between them.
  public var isOfUnspacedScript: Bool { Script(self)?.isUnspaced ?? false }
}
