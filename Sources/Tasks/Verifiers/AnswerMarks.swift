/// Finds where a text marks its answer. Each search is one pass with a stack, so a million openings
/// cost no more than a million letters.
enum AnswerMarks {
  /// Contents of `<answer>...</answer>`, outermost only: a second answer cannot hide inside.
  static func tagged(_ text: [UInt8]) -> [Range<Int>] {
    var pairs = Pairs()
    for i in text.indices where text[i] == UInt8(ascii: "<") {
      if text.matches("<answer>", at: i) {
        pairs.open(i + 8)
      } else if text.matches("</answer>", at: i) {
        pairs.close(i)
      }
    }
    return pairs.outermost
  }

  /// Contents of `\boxed{...}` and `\fbox{...}`, outermost only, braces balanced.
  static func boxed(_ text: [UInt8]) -> [Range<Int>] {
    var pairs = Pairs()
    var boxNext = false
    var i = 0
    while i < text.count {
      switch text[i] {
      case UInt8(ascii: "\\"):
        if let name = text.firstMatch(["\\boxed", "\\fbox"], at: i) {
          boxNext = true
          i += name
          continue
        }
        i += 1  // the next byte is escaped: \{ and \} are no braces
      case UInt8(ascii: "{"): pairs.open(boxNext ? i + 1 : nil)
      case UInt8(ascii: "}"): pairs.close(i)
      default: break
      }
      boxNext = boxNext && i < text.count && text[i] == UInt8(ascii: " ")
      i += 1
    }
    return pairs.outermost
  }

  /// What follows `####`, up to the end of its line.
  static func hashed(_ text: [UInt8]) -> [Range<Int>] {
    let hash = UInt8(ascii: "#")
    var marks: [Range<Int>] = []
    var i = 0
    while i < text.count {
      guard text[i] == hash else {
        i += 1
        continue
      }
      let start = text.skip(from: i) { $0 == hash }
      if start - i == 4 {
        let end = text.skip(from: start) { $0 != hash && $0 != UInt8(ascii: "\n") }
        marks.append(start..<end)
        i = end
      } else {
        i = start
      }
    }
    return marks
  }

  /// Openings and closings matched as they come; nil opens something that is no mark.
  private struct Pairs {
    private var open: [Int?] = []
    private(set) var outermost: [Range<Int>] = []

    mutating func open(_ start: Int?) { open.append(start) }

    mutating func close(_ end: Int) {
      guard let last = open.popLast(), let start = last else { return }
      while let inner = outermost.last, inner.lowerBound > start { outermost.removeLast() }
      outermost.append(start..<end)
    }
  }
}
