import Testing
import Trace

@testable import Tasks

@Suite("Languages of one script")
struct LanguageIdentifierTests {
  private static let table = LanguageSentences.table

  /// Pairs of a language of the table and another in its script.
  private static let rivals = table.flatMap { own in
    table.filter { $0.language.scripts == own.language.scripts && $0.language != own.language }
      .map { (own.language, $0.language, $0.sentences) }
  }

  @Test("of single sentences at most two in a hundred are taken for another language's")
  func sentences() {
    let shares = Self.table.flatMap { language, sentences in
      sentences.map { language.share(of: $0, identify: true) }
    }
    #expect(shares.count == 146 && shares.allSatisfy { $0 == 0 || $0 == 1 })
    #expect(shares.count { $0 == 0 } <= 2)
  }

  @Test("of single sentences in other languages at most one in twenty passes")
  func foreignSentences() {
    let shares = Self.rivals.flatMap { language, _, sentences in
      sentences.map { language.share(of: $0, identify: true) }
    }
    #expect(shares.count == 12 * (8 * 7 + 3 * 2) + 7 * 2 && !shares.contains(nil))
    #expect(shares.count { $0 == 1 } * 20 <= shares.count)
  }

  @Test("of a chain of thought all words are in its language, and few in another", arguments: table)
  func texts(language: Language, sentences: [String]) {
    let text = sentences.joined(separator: " ")
    #expect(language.share(of: text, identify: true) ?? 0 > 0.93)
    for (other, _) in Self.table
    where other != language && other.scripts == language.scripts {
      #expect(other.share(of: text, identify: true) ?? 1 < 0.15, "\(other)")
    }
  }

  @Test("every language that a row may name is told", arguments: LanguageSentences.identified)
  func identified(language: Language, sentence: String) {
    #expect(language.isIdentified)
    #expect(language.share(of: sentence) == 1)
    let byScript = Language.byScript.first { $0.scripts == language.scripts }
    #expect(byScript?.share(of: sentence) == 1)
    #expect(byScript?.share(of: sentence, identify: true) == 0)
    // As the language of a prompt, too. Croatian and Bosnian are hardly two.
    let likeliest = Language.likeliest(of: sentence, identify: true)
    #expect(likeliest == (language == .hr ? .bs : language))
    #expect(Language.likeliest(of: sentence) == byScript)
  }

  @Test("all languages are told one way or the other")
  func complete() {
    #expect(
      Set(Language.byScript + LanguageSentences.identified.map(\.language))
        == Set(Language.allCases))
    for language in [Language.en, .ru, .ar, .de, .uk, .fa] { #expect(language.hasRivals) }
    for language in [Language.zh, .ja, .ko, .el, .hi] { #expect(!language.hasRivals) }
  }

  @Test("a foreign sentence among others counts with its words")
  func mixed() {
    let english = "First we add the two numbers, then we divide by three."
    let german = "Zuerst addieren wir die beiden Zahlen, dann teilen wir durch drei."
    let text = "\(english) \(german) \(english)\n\(german)"
    #expect(Language.en.share(of: text, identify: true) == 0.5)
    #expect(Language.de.share(of: text) == 0.5)
    #expect(Language.en.share(of: text) == 1)
    #expect(Language.words(in: text, target: .de) == ["en": 22, "de": 22])
    // Without full stops as well, in pieces.
    let block = String(
      repeating: "zuerst addieren wir beide Zahlen und teilen durch drei ", count: 8)
    let long = String(repeating: "first we add both numbers and divide by three ", count: 8) + block
    #expect(abs((Language.en.share(of: long, identify: true) ?? 0) - 0.5) < 0.15)
  }

  @Test("foreign words on lines of their own are judged together")
  func linewise() {
    let lines = "Zuerst\naddieren\nwir\ndie\nbeiden\nZahlen\ndann\nteilen\nwir\ndurch\ndrei"
    #expect(Language.en.share(of: lines, identify: true) == 0)
    #expect(Language.de.share(of: lines) == 1)
  }

  @Test("what cannot be told is the expected language's; sums and signs are no words")
  func doubt() {
    for language in [Language.en, .de, .fr, .pl] {
      #expect(language.share(of: "3 + 4 = 7", identify: true) == nil)
      #expect(language.share(of: "x = y, \\frac{1}{2}, <think></think>", identify: true) == nil)
      #expect(language.share(of: "kg 3.5. cm", identify: true) == 1)
    }
    #expect(Language.likeliest(of: "Tom 3 + 4 = ?", identify: true) == .en)
    #expect(Language.likeliest(of: "3 + 4", identify: true) == nil)
  }

  @Test("other scripts are told by the script, whatever the language of the rest")
  func otherScripts() {
    #expect(Language.de.share(of: "Also ist die Antwort zweiundvierzig 所以答案是四") == 5.0 / 8)
    #expect(Language.de.share(of: "所以答案是四") == 0)
    #expect(Language.uk.share(of: "So the answer is 42.") == 0)
    #expect(Language.zh.share(of: "所以 also die Antwort", identify: true) == 0.25)
    #expect(
      Language.words(in: "Also ist die Antwort sicher richtig, да, 所以", target: .de)
        == ["de": 6, "ru": 1, "zh": 1])
  }

  @Test("language_consistency identifies languages of rows, and others where it is asked to")
  func reward() throws {
    let german = "<think>Zuerst addieren wir die beiden Zahlen. Also ist die Antwort 42.</think>42"
    func score(_ prompt: String, _ language: String?, _ parameters: [String: Double]) throws
      -> RewardOutcome
    {
      try RewardCatalog.make("language_consistency", parameters).score(
        RewardSample(
          completion: german, prompt: prompt, fields: language.map { ["language": $0] } ?? [:]))
    }
    #expect(try score("", "de", [:]) == .score(1))
    #expect(try score("", "nl", [:]) == .score(0))
    #expect(try score("", "en", [:]) == .score(1))
    #expect(try score("", "en", ["identify": 1]) == .score(0))
    #expect(try score("Wie viele Äpfel hat sie jetzt noch?", nil, ["identify": 1]) == .score(1))
    #expect(try score("How many apples does she have left?", nil, ["identify": 1]) == .score(0))
    #expect(try score("How many apples does she have left?", nil, [:]) == .score(1))
    #expect(throws: ParameterError.self) { try score("", "en", ["identify": 2]) }
  }

  @Test("megabytes of anything take time that is linear in them")
  func adversarial() {
    let texts = [
      String(repeating: "a", count: 4_000_000), String(repeating: "ab ", count: 1_000_000),
      String(repeating: "ы. ", count: 1_000_000), String(repeating: "é\u{301}", count: 1_000_000),
      String(repeating: "\n", count: 1_000_000) + "Straße",
    ]
    for text in texts {
      let took = ContinuousClock().measure {
        _ = Language.de.share(of: text)
        _ = Language.uk.share(of: text)
        _ = Language.likeliest(of: text, identify: true)
      }
      #expect(took < .seconds(20), "\(text.prefix(5))")
    }
  }
}
