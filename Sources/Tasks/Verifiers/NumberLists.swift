/// Several numbers of which a text names no one: `[1, 42]`, "one of 40, 41, 42".
enum NumberLists {
  /// Whether the last number is one of such a list.
  static func endsInOne(_ tokens: [NumberScanner.Token], _ text: [UInt8]) -> Bool {
    var first = tokens.count - 1
    while first > 0,
      separates(text[tokens[first - 1].range.upperBound..<tokens[first].range.lowerBound])
    { first -= 1 }
    guard first < tokens.count - 1 else { return false }
    let (start, end) = (tokens[first].range.lowerBound, tokens[tokens.count - 1].range.upperBound)
    return isBracketed(start, end, text) || isChoice(ClauseWords(before: start, in: text).words)
  }

  private static let separators = [",", ";", "and", "or", ",and", ",or", "\u{3001}", "\u{FF0C}"]
    .map { Array($0.utf8) }

  private static func separates(_ gap: ArraySlice<UInt8>) -> Bool {
    guard gap.count <= 16 else { return false }
    let bare = gap.filter { !$0.isWhitespace && $0 != UInt8(ascii: "$") }
    return separators.contains(bare)
  }

  private static func isBracketed(_ start: Int, _ end: Int, _ text: [UInt8]) -> Bool {
    let before = text[..<start].suffix(8).last { !$0.isWhitespace && $0 != UInt8(ascii: "$") }
    let behind = text[end...].prefix(8).first {
      !$0.isWhitespace && $0 != UInt8(ascii: "$") && $0 != UInt8(ascii: "\\")
    }
    guard let before, let behind else { return false }
    return "([{".utf8.contains(before) && ")]}".utf8.contains(behind)
  }

  /// "one of", "either", "among", the nearer word first.
  private static func isChoice(_ words: [String]) -> Bool {
    guard let first = words.first else { return false }
    if ["either", "neither", "among", "between", "both"].contains(first) { return true }
    let quantities = ["one", "any", "some", "all", "each", "none", "either"]
    return first == "of" && words.count > 1 && quantities.contains(words[1])
  }
}
