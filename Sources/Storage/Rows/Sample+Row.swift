import Foundation
import GRDB
import Trace

/// A sample as columns.
extension Sample {
  init(row: Row) throws {
    self.init(
      step: row["step"], promptID: row["prompt_id"], sample: row["sample"],
      prompt: .prompt(row["prompt"], tokens: Columns.ints(row["prompt_ids"])),
      completion: .completion(
        row["completion"], tokens: Columns.ints(row["completion_ids"]),
        logProbs: Columns.floats(row["logprobs"])),
      rewards: try Columns.decode([String: RewardOutcome].self, row["rewards"]),
      reward: row["reward"], advantage: row["advantage"], finishReason: row["finish_reason"],
      gold: row["gold"], parsed: row["parsed"])
  }
}
