extension String {
  /// Whether a text says anything: a letter, a digit or a sign such as `∞` or an emoji, besides
  /// tags
  /// (`<answer>`), marks (`\boxed{}`), LaTeX of layout and the words "the final answer is".
  ///
  /// Punctuation and ASCII signs alone say nothing: `####`, `**`, `...`.
  var saysSomething: Bool {
    let text = Array(utf8)
    var i = 0
    while i < text.count {
      let byte = text[i]
      if byte == UInt8(ascii: "<"), let end = text.endOfTag(at: i) {
        i = end
        continue
      }
      if byte >= 0x80 {
        guard let (scalar, length) = text.scalar(i), !scalar.isContent else { return true }
        i += length
        continue
      }
      let isCommand = byte == UInt8(ascii: "\\")
      let start = isCommand ? i + 1 : i
      let end = text.skip(from: start) { $0.isLetter }
      let known = isCommand ? layoutCommands : answerLabels
      if byte.isDigit || (end > start && !text.isOne(of: known, start..<end)) { return true }
      i = Swift.max(end, i + 1)
    }
    return false
  }
}

private let answerLabels: [StaticString] = ["the", "my", "final", "answer", "is"]
private let layoutCommands: [StaticString] = [
  "boxed", "fbox", "text", "textbf", "textit", "textrm", "mbox", "mathrm", "mathbf", "mathit",
  "left", "right", "quad", "qquad", "displaystyle",
]

extension [UInt8] {
  /// Behind `<name>`, `</name>` or `<|name|>`.
  fileprivate func endOfTag(at start: Int) -> Int? {
    let name = self[(start + 1)...].prefix(40).prefix {
      $0.isAlphanumeric || "/|_".utf8.contains($0)
    }
    let isTag = !name.isEmpty && byte(name.endIndex) == UInt8(ascii: ">")
    return isTag ? name.endIndex + 1 : nil
  }

  fileprivate func isOne(of words: [StaticString], _ range: Range<Int>) -> Bool {
    words.contains {
      $0.utf8CodeUnitCount == range.count && matchesIgnoringCase($0, at: range.lowerBound)
    }
  }
}

extension Unicode.Scalar {
  fileprivate var isContent: Bool {
    switch properties.generalCategory {
    case .mathSymbol, .otherSymbol, .currencySymbol: true
    default: properties.isAlphabetic || properties.numericType != nil
    }
  }
}
