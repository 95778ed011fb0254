import Datasets
import Recipes
import Settings
import Tasks
import Trace
import Workflow

/// How many completions each reward of a stage was for, and how many it judged: one that judges little is
/// told once, and one that judges nothing ends the stage, whatever the others gave.
struct RewardWatch: Codable, Equatable {
  struct Count: Codable, Equatable {
    /// Completions of rows that it applies to.
    var asked = 0
    var abstained = 0
    var failed = 0
    /// The first reason for no score.
    var reason: String?
    var isTold = false
    /// Completions when it was told.
    var toldOf: Int?

    var missing: Int { abstained + failed }
    var judged: Int { asked - missing }
    /// The share of completions that it judged.
    var share: Double { Double(judged) / Double(max(asked, 1)) }
  }

  /// By the rewards' names.
  private(set) var counts: [String: Count] = [:]

  /// A reward that leaves a larger share of a step's completions without a score is told.
  static let toldShare = 0.25

  /// The share that `leastShare` gives, as it is recorded at a stage's end.
  static let metric = "rewards_judged"

  static func metricDescription(basis: MetricDescription.Basis) -> MetricDescription {
    MetricDescription(
      metric, better: .higher, isShare: true, basis: basis, headline: .last,
      "Share of its completions that the reward that judged the fewest gave a score, where one left many without."
    )
  }

  /// Takes in what rewards made of a step's completions.
  ///
  /// - Parameter isLast: whether no further step follows: then a reward that judged nothing is left to
  ///   `requireJudged`.
  /// - Returns: what to tell of it.
  mutating func note(
    _ rollouts: [Rollout], names: [String], step: Int, isLast: Bool
  ) -> [String] {
    names.enumerated().compactMap { index, name in
      var own = Count()
      for rollout in rollouts {
        guard let outcome = rollout.rewards[index] else { continue }
        own.add(outcome, of: rollout.prompt.row)
      }
      guard own.asked > 0 else { return nil }
      let told = counts[name]?.isTold ?? false
      counts[name, default: Count()].add(own)
      guard !told, Double(own.missing) > Self.toldShare * Double(own.asked) else { return nil }
      counts[name]?.isTold = true
      let all = counts[name] ?? own
      counts[name]?.toldOf = all.asked
      if isLast, all.judged == 0 { return nil }
      return "reward '\(name)' judged \(own.words) of step \(step). \(own.remedy)"
    }
  }

  /// The share of completions that the least of the told rewards judged; nil where none was told.
  var leastShare: Double? { counts.values.filter(\.isTold).map(\.share).min() }

  /// A line for each told reward, on the whole stage, where that is more than was told; of one that
  /// judged nothing `requireJudged` tells.
  var summary: [String] {
    counts.sorted { $0.key < $1.key }.filter { _, count in
      count.isTold && count.toldOf != count.asked && count.judged > 0
    }.map { name, count in
      "reward '\(name)' judged \(count.words) in all"
    }
  }

  /// Throws when a reward applied to completions and judged none of them.
  func requireJudged() throws {
    guard
      let (name, count) = counts.sorted(by: { $0.key < $1.key }).first(where: { $1.judged == 0 })
    else { return }
    throw TrainingError(
      count.lacksGold ? .data : .reward,
      """
      reward '\(name)' judged \(count.words): what it was to teach or to measure is in no result. \
      \(count.remedy); or leave it out of reward_funcs, or give it `types`
      """)
  }
}

extension RewardWatch.Count {
  fileprivate mutating func add(_ outcome: RewardOutcome, of row: PromptRow) {
    asked += 1
    switch outcome {
    case .score: return
    case .abstain: abstained += 1
    case .error: failed += 1
    }
    reason = reason ?? "\(outcome.reason ?? ""), for \(row.place), which has \(row.row.keys)"
  }

  fileprivate mutating func add(_ other: Self) {
    asked += other.asked
    abstained += other.abstained
    failed += other.failed
    reason = reason ?? other.reason
  }

  /// Whether rows without a right answer are at fault.
  fileprivate var lacksGold: Bool { reason?.contains("gold answer") == true }

  /// What to do about it.
  fileprivate var remedy: String {
    let samples = "`regimen samples` shows the reasons one by one"
    guard lacksGold else { return samples }
    return samples + "; " + RewardSet.goldRemedy
  }

  /// `0 of 4 completions (4 abstained, 0 failed; first: ...)`.
  fileprivate var words: String {
    "\(judged) of \(asked) completions (\(abstained) abstained, \(failed) failed; first: "
      + "\(reason ?? "no reason"))"
  }
}

extension PromptRow {
  /// `row 12 of dataset 'problems' (problems.jsonl:12)`.
  var place: String { "row \(row.id) of dataset '\(dataset)'" + source.file(row) }
}

extension Row {
  /// What it has, for messages: `prompt, answer, level`.
  var keys: String {
    let own: [(String, Bool)] = [
      ("prompt", true), ("completion", completion != nil), ("rejected", rejected != nil),
      ("label", label != nil), ("solution", solution != nil), ("answer", answer != nil),
      ("gold", gold != nil && gold != answer),
    ]
    return (own.filter(\.1).map(\.0) + fields.keys.sorted().prefix(12)).joined(separator: ", ")
  }
}

extension RewardSet {
  fileprivate static let goldRemedy = """
    a gold answer is read from a row's `answer`, `gold` or `solution` (there in \\boxed{}, behind ####, in \
    $...$ at the end, or as a short text), `fields: { answer: KEY }` of the dataset names another key, \
    and `verifier` says how answers are compared
    """

  /// Throws when a reward that needs gold answers is for rows none of which has one that its verifier
  /// can read: no completion would change that.
  func requireGold(_ prompts: PromptFacts) throws {
    for entry in entries where entry.spec.needsGold {
      let types = prompts.types.filter {
        entry.spec.applies(to: $0.key, step: entry.spec.fromStep)
      }.values
      guard let first = types.map(\.first).min(by: { $0.id < $1.id }),
        !types.contains(where: \.isJudged)
      else { continue }
      throw TrainingError(
        .data,
        """
        reward '\(entry.spec.label)' can judge none of the \(types.reduce(0) { $0 + $1.count }) rows that it is for: \
        \(first.goldProblem ?? ""), for \(first.place), which has \(first.row.keys); \
        \(Self.goldRemedy)
        """)
    }
  }
}

extension RewardSpec {
  /// Whether it is a reward of the catalog that compares with the gold answer.
  var needsGold: Bool {
    guard command == nil, rewardModel == nil, let name else { return false }
    return RewardCatalog.type(named: name)?.needsGold ?? false
  }
}
