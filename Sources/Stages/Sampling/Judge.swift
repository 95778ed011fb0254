import Tasks

/// Something that judges completions, several at a time: a reward, a program, a model.
///
/// Which completions come together depends on when they ended, so an outcome may depend on its own
/// sample only. What fails is an error outcome with a reason.
protocol Judge {
  /// One outcome a sample.
  func judge(_ samples: [RewardSample]) -> [RewardOutcome]
}

/// A reward of the catalog as a judge.
struct RewardJudge: Judge {
  let reward: any Reward

  func judge(_ samples: [RewardSample]) -> [RewardOutcome] { samples.map(reward.score) }
}
