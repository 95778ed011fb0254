import Datasets
import Recipes
import Settings
import Tasks
import Trace
import Workflow

/// How many completions each reward of a stage applied to, and how many it scored: a reward that
/// scores few is reported once, and one that scores none fails the stage, whatever the others gave.
struct RewardWatch: Codable, Equatable {
  struct Count: Codable, Equatable {
    /// Completions of rows that it applies to.
    var asked = 0
    var abstained = 0
    var failed = 0
    /// The first reason for no score.
    var reason: String?
    var isTold = false
    /// Completions when it was reported.
    var toldOf: Int?

    var missing: Int { abstained + failed }
    var judged: Int { asked - missing }
    /// The share of completions that it scored.
    var share: Double { Double(judged) / Double(max(asked, 1)) }
  }

  /// By the rewards' names.
  private(set) var counts: [String: Count] = [:]

  /// A reward that leaves a larger share of a step's completions without a score is reported.
  static let toldShare = 0.25

  /// The share that `leastShare` gives, as it is recorded at a stage's end.
  static let metric = "rewards_judged"

  static func metricDescription(basis: MetricDescription.Basis) -> MetricDescription {
    MetricDescription(
      metric, better: .higher, isShare: true, basis: basis, headline: .last,
      "The share of completions that a reward scored, if it left many without a score; the "
        + "smallest such share."
    )
  }

  /// Adds the outcomes of a step's completions.
  ///
  /// - Parameter isLast: whether no further step follows: a reward that scored nothing is then left
  ///   to `requireJudged`.
  /// - Returns: messages for the log.
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
      return "reward '\(name)' scored \(own.words) of step \(step). \(own.remedy)"
    }
  }

  /// The smallest share of completions scored by a reported reward; nil if none was reported.
  var leastShare: Double? { counts.values.filter(\.isTold).map(\.share).min() }

  /// A line for each reported reward, over the whole stage, if there is more to report;
  /// `requireJudged` reports one that scored nothing.
  var summary: [String] {
    counts.sorted { $0.key < $1.key }.filter { _, count in
      count.isTold && count.toldOf != count.asked && count.judged > 0
    }.map { name, count in
      "reward '\(name)' scored \(count.words) in total"
    }
  }

  /// Throws if a reward applied to completions and scored none of them.
  func requireJudged() throws {
    guard
      let (name, count) = counts.sorted(by: { $0.key < $1.key }).first(where: { $1.judged == 0 })
    else { return }
    throw TrainingError(
      count.lacksGold ? .data : .reward,
      """
      reward '\(name)' scored \(count.words), so it affected no result. \(count.remedy); or leave \
      it out of reward_funcs, or give it `types`
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
    a gold answer is read from a row's `answer`, `gold` or `solution` (there in \\boxed{}, after \
    ####, in $...$ at the end, or as a short text), `fields: { answer: KEY }` of the dataset names \
    another key, and `verifier` says how answers are compared
    """

  /// Throws if a reward that needs gold answers applies to rows none of which has one that its
  /// verifier can read: no completion would change that.
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
        reward '\(entry.spec.label)' can score none of its \(types.reduce(0) { $0 + $1.count }) \
        rows: \
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
