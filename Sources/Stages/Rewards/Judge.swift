import Datasets
import Tasks
import Trace

/// A completion to be judged: what rewards look at, and the row that it answers.
struct JudgedSample: Sendable {
  var sample: RewardSample
  var row: Row
}

extension Rollout {
  /// What judges look at.
  func judgedSample(maxTokens: Int) -> JudgedSample {
    JudgedSample(sample: rewardSample(maxTokens: maxTokens), row: prompt.row.row)
  }
}

/// Something that judges completions, several at a time: a reward, a program, a model.
///
/// Which completions come together depends on when they ended, so an outcome may depend on its own
/// sample only. What fails is an error outcome with a reason.
protocol Judge {
  /// One outcome a sample.
  ///
  /// - Throws: `StageStopped`; `TrainingError` when there is nothing more to be had of it.
  func judge(_ samples: [JudgedSample], in context: JudgingContext) throws -> [RewardOutcome]
}

/// A reward of the catalog as a judge.
struct RewardJudge: Judge {
  let reward: any Reward

  func judge(_ samples: [JudgedSample], in context: JudgingContext) -> [RewardOutcome] {
    samples.map { reward.score($0.sample) }
  }
}

extension RewardOutcome {
  /// The largest score, without its sign, that training can work with: gradients are 32-bit floats.
  static let largestScore = Double(Float.greatestFiniteMagnitude)

  /// An error in place of a score that nothing can be made of.
  var usable: RewardOutcome {
    guard let score, !(abs(score) <= Self.largestScore) else { return self }
    return .error(
      "the score \(score) is beyond ±3.4e38, the range of 32-bit floats")
  }
}
