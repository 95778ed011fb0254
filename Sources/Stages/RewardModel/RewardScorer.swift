import Datasets
import Foundation
import Neural
import Tasks
import Workflow

/// What a reward model's artifact says beside the weights.
struct RewardDescription: Codable, Equatable {
  static let file = "reward.json"

  let lossType: String
  /// What of a reply it reads.
  let text: RewardText.Part
  /// Of its scores of held-out replies (of the training replies, without such).
  let mean: Double
  let std: Double

  init(lossType: String, text: RewardText.Part, scores: [Float]) {
    let moments = Moments(scores.map { Double($0) })
    self.lossType = lossType
    self.text = text
    mean = moments.mean ?? 0
    std = moments.standardDeviation ?? 0
  }
}

/// A reward model at work: scores of replies to the rows of a dataset.
///
/// Replies to one prompt share its rows; in 32-bit floats a score depends on nothing else that is
/// scored with it.
struct RewardScorer {
  let name: String
  let description: RewardDescription
  private let text: RewardText
  private let scorer: Scorer

  /// The reward model at an input port.
  init(_ input: StageInput, precision: Precision) throws {
    guard case .artifact(_, let read) = input.content else {
      preconditionFailure("only stages make reward models; the loader checks this")
    }
    name = input.name
    description = try JSONDecoder().decode(
      RewardDescription.self, from: read(RewardDescription.file))
    let model = try loadModel(input, head: .score)
    model.precision = precision
    text = RewardText(model: model, name: input.name, part: description.text)
    scorer = Scorer(model: model)
  }

  /// The score of each reply, in order.
  ///
  /// - Parameter budget: tokens computed at a time.
  func scores(_ replies: [(row: Row, completion: String)], budget: Int = 4096) throws -> [Double] {
    var items: [RewardItem] = []
    for (row, completion) in replies {
      let tokens = try text.tokens(row, reply: completion)
      if let last = items.last, last.id == row.id, last.prompt == tokens.prompt,
        last.tokens + tokens.reply.count <= budget
      {
        items[items.count - 1] = RewardItem(
          id: row.id, prompt: last.prompt, replies: last.replies + [tokens.reply])
      } else {
        items.append(RewardItem(id: row.id, prompt: tokens.prompt, replies: [tokens.reply]))
      }
    }
    return microBatches(rows: items.map(\.tokens), budget: budget).flatMap { range in
      scorer.scoreTexts(PackedBatch.texts(items[range].map { ($0.prompt, $0.replies) }))
        .map { Double($0) }
    }
  }

  /// A score in standard deviations from the mean of held-out scores.
  func normalized(_ score: Double) -> Double {
    (score - description.mean) / (description.std > 0 ? description.std : 1)
  }
}
