/// A number that a stage kind reports, declared with the kind: what it means and how its values
/// compare.
public struct MetricDescription: Sendable, Hashable {
  public enum Better: String, Sendable, Hashable {
    case higher, lower
    /// More is neither better nor worse, or that depends on the rows.
    case neither
  }

  /// What else must be equal for two values to measure the same thing.
  public enum Basis: Sendable, Hashable {
    /// Nothing: a clock, a counter, a setting.
    case nothing
    /// Every setting, and every input but these.
    case everything(but: [String])
    /// These settings and inputs.
    case only(settings: [String], inputs: [String])
    /// Of `reward_funcs` the entry of one reward, by default the one in the metric's name, its reward
    /// model, and these settings and inputs.
    case reward(String? = nil, settings: [String] = [], inputs: [String])
  }

  /// How the one-line result of a stage shows a metric.
  public enum Headline: Sendable, Hashable {
    /// From the mean of its first values to that of its last.
    case trend
    /// The same of a loss, whose rounding errors around 0 are not shown.
    case loss
    /// Its last value, with the interval that `NAME/low` and `NAME/high` give where there is one.
    case last
    /// Its last value out of that of another metric.
    case outOf(String)
  }

  /// `reward`, `pass@{k}`: a word in braces stands for what differs between recipes.
  public let name: String
  public let better: Better
  /// Whether it lies within 0 and 1.
  public let isShare: Bool
  /// Whether it measures time: a cost on which no result depends.
  public let isTiming: Bool
  /// Whether the scores of single items are its terms.
  public let hasItems: Bool
  /// Whether it is also reported for each dataset, as `DATASET/name`.
  public let isPerDataset: Bool
  public let unit: String?
  public let basis: Basis
  /// nil for a metric that only tables and `metrics` show.
  public let headline: Headline?
  public let summary: String

  public init(
    _ name: String, better: Better = .neither, isShare: Bool = false, isTiming: Bool = false,
    hasItems: Bool = false, isPerDataset: Bool = false, unit: String? = nil,
    basis: Basis = .nothing, headline: Headline? = nil, _ summary: String
  ) {
    self.name = name
    self.better = better
    self.isShare = isShare
    self.isTiming = isTiming
    self.hasItems = hasItems
    self.isPerDataset = isPerDataset
    self.unit = unit
    self.basis = basis
    self.headline = headline
    self.summary = summary
  }

  /// Whether a recorded name is one of those that this declares.
  public func matches(_ recorded: String) -> Bool { words(in: recorded) != nil }

  /// The values in a recorded name of the declared name's words in braces; nil for a name that this
  /// does not declare.
  public func words(in recorded: String) -> [String: String]? {
    if let words = Self.words(in: recorded[...], pattern: name[...]) { return words }
    guard isPerDataset, let slash = recorded.firstIndex(of: "/") else { return nil }
    let dataset = recorded[..<slash]
    guard Self.isWord(dataset, "dataset") else { return nil }
    return Self.words(in: recorded[recorded.index(after: slash)...], pattern: name[...])
  }

  /// The same metric as one of another phase: `eval_reward`.
  public func prefixed(
    _ prefix: String, basis: Basis, headline: Headline? = nil, _ where: String
  ) -> MetricDescription {
    MetricDescription(
      prefix + name, better: better, isShare: isShare, isTiming: isTiming, unit: unit,
      basis: basis, headline: headline,
      summary.dropLast(summary.hasSuffix(".") ? 1 : 0) + ", \(`where`).")
  }

  private static func words(
    in text: Substring, pattern: Substring
  ) -> [String: String]? {
    guard let open = pattern.firstIndex(of: "{"),
      let close = pattern[open...].firstIndex(of: "}")
    else { return text == pattern ? [:] : nil }
    let before = pattern[..<open]
    guard text.hasPrefix(before) else { return nil }
    let word = String(pattern[pattern.index(after: open)..<close])
    let rest = pattern[pattern.index(after: close)...]
    let start = text.index(text.startIndex, offsetBy: before.count)
    var end = text.endIndex
    // The longest first: the value of a word may contain a slash.
    while end > start {
      if isWord(text[start..<end], word), var words = words(in: text[end...], pattern: rest) {
        words[word] = String(text[start..<end])
        return words
      }
      end = text.index(before: end)
    }
    return nil
  }

  private static func isWord(_ text: Substring, _ word: String) -> Bool {
    switch word {
    case "k": text.allSatisfy { $0.isASCII && $0.isNumber }
    case "dataset": !text.isEmpty && !text.contains("@") && !text.contains("/")
    default: !text.isEmpty
    }
  }
}

extension MetricDescription {
  /// The names that it declares, as far as the values of the words in braces are known.
  public func names(_ words: [String: [String]]) -> [String] {
    words.sorted { $0.key < $1.key }.reduce([name]) { names, word in
      names.flatMap { name in
        name.contains("{\(word.key)}")
          ? word.value.map { name.replacing("{\(word.key)}", with: $0) } : [name]
      }
    }.filter { !$0.contains("{") }
  }
}

/// Metrics that a word was probably meant to be: the one with the most similar name, else those that
/// have it as a part, as `rewards/format/mean` has `format`; at most three.
public func nearestMetrics(to word: String, among names: [String]) -> [String] {
  if let nearest = nearestName(to: word, among: names) { return [nearest] }
  let parts = names.filter { $0.split(separator: "/").contains { $0 == word } }
  let begins = names.filter { word.count > 2 && $0.hasPrefix(word) }
  return Array((parts + begins.filter { !parts.contains($0) }).prefix(3))
}
