public import Trace

/// A quarter for each of `<think>`, `</think>`, `<answer>` and `</answer>` that appears exactly once,
/// behind those before it: a smoother `format`, as open-r1's `tag_count_reward`.
///
/// open-r1 counts a tag only with certain line breaks around it and wherever it stands; here white
/// space is free and order counts.
public struct TagCountReward: Reward {
  public static let name = "tag_count"
  public static let summary =
    "A quarter for each of the four tags of format that appears exactly once and in order."

  public init(_ parameters: Parameters<Double>) {}

  public func score(_ sample: RewardSample) -> RewardOutcome {
    let text = Array(sample.text.utf8)
    let tags: [StaticString] = ["<think>", "</think>", "<answer>", "</answer>"]
    var places: [[Int]] = [[], [], [], []]
    for i in text.indices where text[i] == UInt8(ascii: "<") {
      for (tag, name) in tags.enumerated() where text.matches(name, at: i) { places[tag].append(i) }
    }
    var (count, end) = (0, 0)
    for place in places {
      guard place.count == 1, place[0] >= end else { continue }
      count += 1
      end = place[0]
    }
    return .score(Double(count) / 4)
  }
}
