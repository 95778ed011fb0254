import Datasets
import Tasks

/// A completion to be judged: what rewards look at, and the row that it answers.
struct JudgedSample: Sendable {
  var sample: RewardSample
  var row: Row
}

/// Something that judges completions, several at a time: a reward, a program, a model.
///
/// Which completions come together depends on when they ended, so an outcome may depend on its own
/// sample only. What fails is an error outcome with a reason.
protocol Judge {
  /// One outcome a sample.
  func judge(_ samples: [JudgedSample]) -> [RewardOutcome]
}

/// A reward of the catalog as a judge.
struct RewardJudge: Judge {
  let reward: any Reward

  func judge(_ samples: [JudgedSample]) -> [RewardOutcome] {
    samples.map { reward.score($0.sample) }
  }
}
