/// The words next to a place in a text, up to the end of their clause: in small letters, without
/// layout and brackets. It reads only a few words.
struct ClauseWords {
  /// The nearest first.
  private(set) var words: [String] = []
  /// What ends the clause; nil at the end of the text or of the part that is read.
  private(set) var end: Unicode.Scalar?

  private static let reach = 64

  init(before place: Int, in text: [UInt8]) {
    let start = max(0, place - Self.reach)
    read(text[start..<place], stopsAtEnd: false)
    // What the reach cuts is no word.
    if start > 0, end == nil, text[start - 1].isLetter, text[start].isLetter { words.removeFirst() }
    words.reverse()
  }

  init(behind place: Int, in text: [UInt8]) {
    let start = min(place, text.count)
    read(text[start...].prefix(Self.reach), stopsAtEnd: true)
  }

  private mutating func read(_ bytes: ArraySlice<UInt8>, stopsAtEnd: Bool) {
    let scalars = Array(String(decoding: bytes, as: UTF8.self).unicodeScalars)
    var i = 0
    while i < scalars.count {
      let start = i
      i += 1
      switch Self.kind(scalars[start]) {
      case .word:
        i = Self.endOfWord(scalars, from: i)
        take(scalars[start..<i])
      case .command:
        while i < scalars.count, scalars[i].isASCII, Self.kind(scalars[i]) == .word { i += 1 }
        if i == start + 1 { i += 1 }  // \, and the like
        take(scalars[start..<min(i, scalars.count)])
      case .layout: break
      case .comma where stopsAtEnd: words.append(",")
      case .dash where !(stopsAtEnd && i < scalars.count && scalars[i] == " "): break
      case .end, .comma, .dash:
        end = scalars[start]
        if stopsAtEnd { return }
        words = []
      }
    }
  }

  /// A hyphen between letters joins them: `non-negative` is one word.
  private static func endOfWord(_ scalars: [Unicode.Scalar], from start: Int) -> Int {
    var i = start
    while i < scalars.count {
      let isJoined =
        hyphens.contains(scalars[i]) && i + 1 < scalars.count
        && scalars[i + 1].properties.isAlphabetic
      guard isJoined || kind(scalars[i]) == .word else { break }
      i += 1
    }
    return i
  }

  private static let hyphens: Set<Unicode.Scalar> = ["-", "\u{2010}", "\u{2011}"]

  private mutating func take(_ scalars: ArraySlice<Unicode.Scalar>) {
    let word = String(String.UnicodeScalarView(scalars)).lowercased()
      .replacing("\u{2019}", with: "'")
    if scalars.first == "%" { return words.append("percent") }
    if scalars.first == "\\", Self.layout.contains(word) || scalars.count < 3 { return }
    words.append(word)
  }

  private enum Kind { case word, command, layout, comma, dash, end }

  private static func kind(_ scalar: Unicode.Scalar) -> Kind {
    switch scalar {
    case "\\": .command
    case "'", "\u{2019}", "%": .word
    case " ", "\t", "$", "*", "(", ")", "[", "]", "{", "}", "\"", "`", "~", "_", "/", "\u{A0}":
      .layout
    case ",", "\u{FF0C}": .comma
    case "-", "\u{2010}", "\u{2011}", "\u{2013}", "\u{2014}", "\u{2212}": .dash
    default: scalar.properties.isAlphabetic ? .word : .end
    }
  }

  private static let layout: Set<String> = [
    "\\text", "\\textbf", "\\textit", "\\textrm", "\\mathrm", "\\mathbf", "\\mathit", "\\mbox",
    "\\left", "\\right", "\\quad", "\\qquad", "\\boxed", "\\fbox", "\\displaystyle",
  ]
}
