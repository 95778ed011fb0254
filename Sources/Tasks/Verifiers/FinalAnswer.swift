import Trace

/// The final answer of a data set's row: bare, or at the end of a worked
/// solution, as TRL's `solution`, verl's `ground_truth` and NuminaMath's `solution` have it.
///
/// It is what the last `\boxed{}` holds; without one, what follows `####`, what the last `$...$`
/// holds, or the whole text. A worked solution may come to no answer, as a proof does: `isStated`.
public struct FinalAnswer: Sendable, Hashable {
  public let text: String
  /// Whether the text says more than the answer.
  public let isWorked: Bool
  /// Whether the text gives an answer: in a box, behind `####`, in the `$...$` that ends it, or because
  /// it is no more than a short answer. Any other text is prose.
  public let isStated: Bool

  public init(_ whole: String) {
    let bytes = Array(whole.utf8)
    let mark = Self.boxed(bytes) ?? AnswerMarks.hashed(bytes).marks.last?.content
    let formula = mark == nil ? Self.formula(bytes) : nil
    let range = mark ?? formula ?? bytes.indices
    text = Self.trimmed(bytes[range])
    isStated =
      mark != nil || formula.map { !Self.says(bytes[$0.upperBound...]) } ?? false
      || ShortAnswer.isOne(Self.trimmed(bytes[...]))
    isWorked = Self.says(bytes[..<range.lowerBound]) || Self.says(bytes[range.upperBound...])
  }

  /// The answer in the last box of a text; nil without one that holds anything.
  public static func boxed(in text: String) -> String? {
    let bytes = Array(text.utf8)
    return boxed(bytes).map { trimmed(bytes[$0]) }
  }

  /// What the last box that holds anything holds.
  private static func boxed(_ text: [UInt8]) -> Range<Int>? {
    AnswerMarks.boxed(text).marks.last { text[$0.content].contains { !$0.isWhitespace } }?.content
  }

  /// The verifier that compares with it: `numeric` for a number that is written without letters and
  /// LaTeX, else `boxed`.
  public var verifier: String {
    let isPlain = !text.utf8.contains { $0.isLetter || $0 >= 0x80 || $0 == UInt8(ascii: "\\") }
    let isNumber = isPlain && NumericVerifier.verify(gold: text, answer: "").outcome.score != nil
    return isNumber ? "numeric" : "boxed"
  }

  /// The content of the last `$...$` or `$$...$$`.
  private static func formula(_ text: [UInt8]) -> Range<Int>? {
    let dollar = UInt8(ascii: "$")
    let signs = text.indices.filter { place in
      text[place] == dollar && (place == 0 || text[place - 1] != UInt8(ascii: "\\"))
    }
    var runs: [Range<Int>] = []
    for sign in signs {
      if let last = runs.last, last.upperBound == sign {
        runs[runs.count - 1] = last.lowerBound..<sign + 1
      } else {
        runs.append(sign..<sign + 1)
      }
    }
    guard runs.count >= 2, runs.count.isMultiple(of: 2) else { return nil }
    return runs[runs.count - 2].upperBound..<runs[runs.count - 1].lowerBound
  }

  private static func trimmed(_ bytes: ArraySlice<UInt8>) -> String {
    let start = bytes.drop { $0.isWhitespace }
    let end = start.lastIndex { !$0.isWhitespace }.map { $0 + 1 } ?? start.startIndex
    return String(decoding: start[..<end], as: UTF8.self)
  }

  /// Whether there is a letter or digit beside the name of the mark.
  private static func says(_ bytes: ArraySlice<UInt8>) -> Bool {
    var rest = bytes
    for name in ["\\boxed{", "\\fbox{"] where rest.count >= name.utf8.count {
      if rest.suffix(name.utf8.count).elementsEqual(name.utf8) {
        rest = rest.dropLast(name.utf8.count)
      }
    }
    return rest.contains { $0.isAlphanumeric || $0 >= 0x80 }
  }
}
