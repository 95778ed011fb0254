import Randomness
import Statistics
import Tasks
import Trace

/// The results of an evaluation so far, in the order of the rows.
struct EvaluationResults: Codable, Equatable {
  let rewards: [String]
  /// Accuracy of each sample of each row that could be graded.
  private(set) var scores: [[Double]] = []
  /// The answers read from them, each by the name of those of the row that are equal to it; nil where
  /// there is none.
  private(set) var answers: [[String?]] = []
  /// Sum and count of the scores of each reward, by its place in `rewards`.
  private(set) var rewardSums: [Double]
  private(set) var rewardCounts: [Int]
  private(set) var tokens = 0
  private(set) var samples = 0
  private(set) var truncated = 0
  /// Sums and counts of measures that need no reward to be named.
  private(set) var extras: [String: MeanOf] = [:]
  /// Of each row the mean score of its replies against an opponent's, and how many replies no judge
  /// could compare; nil without an opponent.
  private(set) var wins: [Double]?
  private(set) var unjudgedWins: Int?
  /// Replies that a judge could compare.
  private(set) var judgedWins: Int?
  /// Rows that accuracy could not grade: no score includes them, but they are counted.
  private(set) var unjudged = 0

  init(rewards: [String]) {
    self.rewards = rewards
    rewardSums = [Double](repeating: 0, count: rewards.count)
    rewardCounts = [Int](repeating: 0, count: rewards.count)
  }

  var judged: Int { scores.count }

  var accuracyIndex: Int {
    guard let index = rewards.firstIndex(of: "accuracy") else {
      preconditionFailure("an evaluation has accuracy; its configuration checks this")
    }
    return index
  }

  /// Adds rows of `samples` rollouts each.
  ///
  /// - Parameter set: the rewards that judged them, which tell languages apart as measures here do.
  mutating func add(
    _ rollouts: [Rollout], samples: Int, rewards set: RewardSet, wins: [Double?]? = nil
  ) {
    if let wins { add(wins: wins, samples: samples) }
    for start in stride(from: 0, to: rollouts.count, by: samples) {
      let row = rollouts[start..<start + samples]
      let accuracy = row.compactMap { $0.scores[accuracyIndex] }
      if accuracy.count == samples {
        scores.append(accuracy)
        answers.append(AnswerClasses.names(row.map(\.statedAnswer)))
      } else {
        unjudged += 1
      }
    }
    for rollout in rollouts {
      addExtras(rollout, set.languageReward(for: rollout.prompt.row.type))
      self.samples += 1
      tokens += rollout.tokens.count
      truncated += rollout.finished ? 0 : 1
      for (index, score) in rollout.scores.enumerated() {
        guard let score else { continue }
        rewardSums[index] += score
        rewardCounts[index] += 1
      }
    }
  }

  private mutating func add(wins: [Double?], samples: Int) {
    for start in stride(from: 0, to: wins.count, by: samples) {
      let judged = wins[start..<start + samples].compactMap(\.self)
      unjudgedWins = (unjudgedWins ?? 0) + samples - judged.count
      judgedWins = (judgedWins ?? 0) + judged.count
      guard let mean = Moments(judged).mean else { continue }
      self.wins = (self.wins ?? []) + [mean]
    }
  }

  /// The sum and the number of the measured values.
  struct MeanOf: Codable, Equatable {
    var sum = 0.0
    var count = 0
  }

  private mutating func addExtras(_ rollout: Rollout, _ language: LanguageConsistencyReward) {
    let sample = rollout.rewardSample(maxTokens: 0)
    let measures: [(String, Double?)] = [
      ("accuracy/strict", GradingMargins.strict(sample)),
      ("accuracy/lenient", GradingMargins.lenient(sample)),
      ("format_rate", RewardCatalog.named("format")?.score(sample).score),
      ("language_consistency", language.score(sample).score),
      ("refusal_rate", Refusal.isRefusal(sample.text) ? 1 : 0),
    ]
    for case (let name, let value?) in measures {
      extras[name, default: MeanOf()].sum += value
      extras[name, default: MeanOf()].count += 1
    }
  }

  /// pass@1 with its interval, pass@k and maj@k, mean rewards and lengths.
  func metrics(k: [Int], stream: RandomStream) -> [String: Double] {
    var values: [String: Double] = [
      "items": Double(judged), "items_not_judged": Double(unjudged),
      "completions/mean_length": Double(tokens) / Double(max(samples, 1)),
      "completions/clipped_ratio": Double(truncated) / Double(max(samples, 1)),
    ]
    for (index, name) in rewards.enumerated() where rewardCounts[index] > 0 {
      values["rewards/\(name)/mean"] = rewardSums[index] / Double(rewardCounts[index])
    }
    for (name, mean) in extras { values[name] = mean.sum / Double(mean.count) }
    let perItem = scores.map { $0.reduce(0, +) / Double($0.count) }
    let count = scores.reduce(0) { $0 + $1.count }
    if let estimate = Estimate(itemScores: perItem, samples: count, stream: stream) {
      values["pass@1"] = estimate.value
      values["pass@1/low"] = estimate.low
      values["pass@1/high"] = estimate.high
    }
    if let unjudgedWins { values["win_rate/not_judged"] = Double(unjudgedWins) }
    if let estimate = Estimate(
      itemScores: wins ?? [], samples: judgedWins, stream: stream.at(Draw.Evaluated.winRate))
    {
      values["win_rate"] = estimate.value
      values["win_rate/low"] = estimate.low
      values["win_rate/high"] = estimate.high
    }
    for k in k where k > 1 {
      values["pass@\(k)"] =
        Moments(
          scores.compactMap { item in
            passAtK(n: item.count, correct: item.count { $0 == 1 }, k: k)
          }
        ).mean
      values["maj@\(k)"] =
        Moments(
          zip(scores, answers).compactMap { majorityAtK(answers: $1, scores: $0, k: k) }
        ).mean
    }
    return values
  }
}
