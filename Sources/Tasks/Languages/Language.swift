/// A language by its ISO 639-1 code, as rows and datasets name it.
public enum Language: String, Sendable, CaseIterable {
  // Identified only by script: `en` means every language in Latin letters, `ru` those in Cyrillic
  // and `ar` those in Arabic letters, unless they are to be identified.
  case en, el, ru, hy, he, ar, hi, bn, pa, gu, ta, te, kn, ml, si, th, lo, bo, my, ka, am, km
  case ko, ja, zh
  // Those of a script that others share: always identified.
  case af, bs, ca, cs, cy, da, de, es, et, eu, fi, fr, ga, gl, hr, hu, id, `is`, it, lt, lv, ms, mt
  case nl, no, pl, pt, ro, sk, sl, sq, sv, sw, tl, tr, vi
  case be, bg, mk, sr, uk
  case fa, ur

  var scripts: [Script] {
    switch self {
    case .el: [.greek]
    case .ru, .be, .bg, .mk, .sr, .uk: [.cyrillic]
    case .hy: [.armenian]
    case .he: [.hebrew]
    case .ar, .fa, .ur: [.arabic]
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
    default: [.latin]
    }
  }

  /// The languages that stand for their script, one each (Japanese has two).
  static let byScript: [Language] = [
    .en, .el, .ru, .hy, .he, .ar, .hi, .bn, .pa, .gu, .ta, .te, .kn, .ml, .si, .th, .lo, .bo, .my,
    .ka, .am, .km, .ko, .ja, .zh,
  ]

  /// Whether its script does not tell it, so that CLD2 has to.
  var isIdentified: Bool { !Self.byScript.contains(self) }

  /// Whether other languages share its script.
  var hasRivals: Bool { Self.rivals.contains(self) }

  private static let rivals = Set(
    allCases.filter { language in
      allCases.contains { $0 != language && $0.isIdentified && $0.scripts == language.scripts }
    })

  /// The share of a text's words that are in this language, from 0 to 1; nil without words.
  ///
  /// - Parameter identify: whether to distinguish it from others of its script even where the
  ///   script would be enough: otherwise `en`, `ru` and `ar` mean their scripts.
  public func share(of text: String, identify: Bool = false) -> Double? {
    let words = Self.words(in: text, target: self, identify: identify)
    let total = words.values.reduce(0, +)
    return total > 0 ? Double(words[rawValue] ?? 0) / Double(total) : nil
  }

  /// The words of a text by the codes of their languages, those of no language left out.
  ///
  /// - Parameters:
  ///   - target: the language that the text should be in. Where it has to be identified, the words
  ///     in its script are of it unless CLD2 takes the sentence for another language's; the codes
  ///     may then be any of CLD2's. Words of other scripts are identified by the script.
  ///   - identify: as in `share`.
  public static func words(
    in text: String, target: Language? = nil, identify: Bool = false
  ) -> [String: Int] {
    let counts = ScriptCounts(text)
    var words: [String: Int] = [:]
    let identified = target.flatMap { target in
      target.hasRivals && (identify || target.isIdentified) ? target : nil
    }
    for language in byScript {
      let number = language.words(counts)
      if number > 0, language.scripts != identified?.scripts { words[language.rawValue] = number }
    }
    // Text without a word in the target's script needs no look.
    if let identified, counts[identified.scripts[0]] > 0 {
      words.merge(LanguageIdentifier(identified).words(in: text), uniquingKeysWith: +)
    }
    return words
  }

  /// Words in a language that stands for its script. Chinese characters are Japanese where kana make
  /// up a tenth of the words around them or more, which running Japanese text always has, and Chinese
  /// elsewhere.
  private func words(_ counts: ScriptCounts) -> Int {
    let (han, kana) = (counts[.han], counts[.kana])
    let isJapanese = kana > 0 && kana * 10 >= han + kana
    switch self {
    case .zh: return isJapanese ? 0 : han
    case .ja: return kana + (isJapanese ? han : 0)
    default: return scripts.reduce(0) { $0 + counts[$1] }
    }
  }

  /// The language that most words of a text are in, the first of equals; nil without words.
  ///
  /// - Parameter identify: whether to tell languages of one script apart; where CLD2 is not sure, the
  ///   language that stands for the script is named.
  public static func likeliest(of text: String, identify: Bool = false) -> Language? {
    let counts = ScriptCounts(text)
    guard counts.total > 0 else { return nil }
    var best: (language: Language, words: Int)?
    for language in byScript {
      let words = language.words(counts)
      if words > best?.words ?? 0 { best = (language, words) }
    }
    guard let language = best?.language, identify, language.hasRivals else { return best?.language }
    return LanguageIdentifier(language).language(of: text) ?? language
  }
}
