import Foundation
import GRDB
import Trace

/// Samples and items as columns.
extension Sample {
  init(row: Row) throws {
    self.init(
      step: row["step"], promptID: row["prompt_id"], sample: row["sample"],
      prompt: row["prompt"], completion: row["completion"],
      promptIDs: Columns.ints(row["prompt_ids"]),
      completionIDs: Columns.ints(row["completion_ids"]),
      logProbs: Columns.floats(row["logprobs"]),
      rewards: try Columns.decode([String: RewardOutcome].self, row["rewards"]),
      reward: row["reward"], advantage: row["advantage"], finishReason: row["finish_reason"],
      gold: row["gold"], parsed: row["parsed"])
  }
}

extension Item {
  init(row: Row) {
    self.init(
      evaluation: row["evaluation"], item: row["item"], sample: row["sample"],
      score: row["score"])
  }
}
