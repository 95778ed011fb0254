import Foundation
import Storage

extension SampleRow {
  /// As the store keeps it.
  var record: SampleRecord {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let finite = rewards.mapValues { entry in
      var entry = entry
      if let score = entry.score, !score.isFinite { entry.score = nil }
      return entry
    }
    let json = (try? encoder.encode(finite)).map { String(decoding: $0, as: UTF8.self) }
    return SampleRecord(
      step: step, promptID: promptID, sample: sample, prompt: prompt, completion: completion,
      promptIDs: promptIDs, completionIDs: completionIDs, logProbs: logProbs,
      rewards: json ?? "{}", reward: reward, advantage: advantage, finishReason: finishReason,
      gold: gold, parsed: parsed)
  }

  init(record: SampleRecord) throws {
    self.init(
      step: record.step, promptID: record.promptID, sample: record.sample, prompt: record.prompt,
      completion: record.completion, promptIDs: record.promptIDs,
      completionIDs: record.completionIDs, logProbs: record.logProbs,
      rewards: try JSONDecoder().decode(
        [String: RewardEntry].self, from: Data(record.rewards.utf8)),
      reward: record.reward, advantage: record.advantage, finishReason: record.finishReason,
      gold: record.gold, parsed: record.parsed)
  }
}
