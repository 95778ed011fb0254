import Datasets
import Tasks
import Trace

/// A completion to score: the input of rewards, and its row.
struct JudgedSample: Sendable {
  var sample: RewardSample
  var row: Row
}

extension Rollout {
  /// The input of judges.
  func judgedSample(maxTokens: Int) -> JudgedSample {
    JudgedSample(sample: rewardSample(maxTokens: maxTokens), row: prompt.row.row)
  }
}

/// A reward, a program or a model that scores completions, several at a time.
///
/// The completions of a call depend on when they ended, so an outcome may depend only on its own
/// sample. A failure is an error outcome with a reason.
protocol Judge {
  /// One outcome per sample.
  ///
  /// - Throws: `StageStopped`; `TrainingError` if it cannot give any more outcomes.
  func judge(_ samples: [JudgedSample], in context: JudgingContext) throws -> [RewardOutcome]
}

/// A built-in reward as a judge.
struct RewardJudge: Judge {
  let reward: any Reward

  func judge(_ samples: [JudgedSample], in context: JudgingContext) -> [RewardOutcome] {
    samples.map { reward.score($0.sample) }
  }
}

extension RewardOutcome {
  /// The largest score, without its sign, that training can work with: gradients are 32-bit floats.
  static let largestScore = Double(Float.greatestFiniteMagnitude)

  /// An error in place of a score that cannot be used.
  var usable: RewardOutcome {
    guard let score, !(abs(score) <= Self.largestScore) else { return self }
    return .error(
      "the score \(score) is beyond ±3.4e38, the range of 32-bit floats")
  }
}
