/// A language that its script tells apart, by its ISO 639-1 code; `en` stands for every language
/// written in Latin letters, `ru` for Cyrillic ones, `ar` for Arabic ones.
public enum Language: String, Sendable, CaseIterable {
  case en, el, ru, hy, he, ar, hi, bn, pa, gu, ta, te, kn, ml, si, th, lo, bo, my, ka, am, km
  case ko, ja, zh

  private var scripts: [Script] {
    switch self {
    case .en: [.latin]
    case .el: [.greek]
    case .ru: [.cyrillic]
    case .hy: [.armenian]
    case .he: [.hebrew]
    case .ar: [.arabic]
    case .hi: [.devanagari]
    case .bn: [.bengali]
    case .pa: [.gurmukhi]
    case .gu: [.gujarati]
    case .ta: [.tamil]
    case .te: [.telugu]
    case .kn: [.kannada]
    case .ml: [.malayalam]
    case .si: [.sinhala]
    case .th: [.thai]
    case .lo: [.lao]
    case .bo: [.tibetan]
    case .my: [.burmese]
    case .ka: [.georgian]
    case .am: [.ethiopic]
    case .km: [.khmer]
    case .ko: [.hangul]
    case .ja: [.kana, .han]
    case .zh: [.han]
    }
  }

  /// The share of a text's words that are in this language, from 0 to 1; nil without words.
  public func share(of text: String) -> Double? { share(ScriptCounts(text)) }

  private func share(_ counts: ScriptCounts) -> Double? {
    let total = counts.total
    return total > 0 ? Double(words(counts)) / Double(total) : nil
  }

  /// Words in this language. Chinese characters are Japanese where kana make up a tenth of the
  /// words around them or more, which running Japanese text always has, and Chinese elsewhere.
  private func words(_ counts: ScriptCounts) -> Int {
    let (han, kana) = (counts[.han], counts[.kana])
    let isJapanese = kana > 0 && kana * 10 >= han + kana
    switch self {
    case .zh: return isJapanese ? 0 : han
    case .ja: return kana + (isJapanese ? han : 0)
    default: return scripts.reduce(0) { $0 + counts[$1] }
    }
  }

  /// The words of a text by language, those of no language left out.
  public static func words(in text: String) -> [Language: Int] {
    let counts = ScriptCounts(text)
    var words: [Language: Int] = [:]
    for language in allCases {
      let number = language.words(counts)
      if number > 0 { words[language] = number }
    }
    return words
  }

  /// The language that most words of a text are in, the first of equals; nil without words.
  public static func likeliest(of text: String) -> Language? {
    let counts = ScriptCounts(text)
    guard counts.total > 0 else { return nil }
    var best: (language: Language, words: Int)?
    for language in allCases {
      let words = language.words(counts)
      if words > best?.words ?? 0 { best = (language, words) }
    }
    return best?.language
  }
}
