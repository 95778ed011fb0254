public import Trace

/// 1 when the assistant's turn is exactly `<think>...</think>` and then `<answer>...</answer>`, both
/// with content, white space around them allowed and nothing else; 0 otherwise.
///
/// Each of the four tags must appear exactly once, so that nothing nests or repeats. The turn is the
/// prompt's `prefix` with the completion, so a prompt may have opened `<think>` already.
public struct FormatReward: Reward {
  public static let name = "format"
  public static let summary =
    "1 if the reply is one <think>...</think> and one <answer>...</answer> and nothing else."

  public init(_ parameters: Parameters<Double>) {}

  public func score(_ sample: RewardSample) -> RewardOutcome {
    .score(Self.isWellFormed(Array(sample.text.utf8)) ? 1 : 0)
  }

  static func isWellFormed(_ text: [UInt8]) -> Bool {
    guard let think = only("<think>", text), let endThink = only("</think>", text),
      let answer = only("<answer>", text), let endAnswer = only("</answer>", text),
      think.upperBound <= endThink.lowerBound, endThink.upperBound <= answer.lowerBound,
      answer.upperBound <= endAnswer.lowerBound
    else { return false }
    return isBlank(text[..<think.lowerBound])
      && hasContent(text[think.upperBound..<endThink.lowerBound])
      && isBlank(text[endThink.upperBound..<answer.lowerBound])
      && hasContent(text[answer.upperBound..<endAnswer.lowerBound])
      && isBlank(text[endAnswer.upperBound...])
  }

  /// The place of a tag that appears exactly once.
  private static func only(_ tag: StaticString, _ text: [UInt8]) -> Range<Int>? {
    var found: Range<Int>?
    for i in text.indices where text[i] == UInt8(ascii: "<") && text.matches(tag, at: i) {
      guard found == nil else { return nil }
      found = i..<(i + tag.utf8CodeUnitCount)
    }
    return found
  }

  private static func isBlank(_ text: ArraySlice<UInt8>) -> Bool {
    text.allSatisfy(\.isWhitespace)
  }

  private static func hasContent(_ text: ArraySlice<UInt8>) -> Bool {
    String(decoding: text, as: UTF8.self).hasVisibleText
  }
}

extension String {
  /// Whether anything can be seen: spaces and zero-width characters are no content.
  var hasVisibleText: Bool {
    unicodeScalars.contains {
      !$0.properties.isWhitespace && !$0.properties.isDefaultIgnorableCodePoint
        && $0.properties.generalCategory != .control
    }
  }
}
