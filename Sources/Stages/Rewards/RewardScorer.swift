import Foundation
import Neural
import Statistics
import Tasks
import Workflow

/// The data of a reward model's artifact other than the weights.
struct RewardDescription: Codable, Equatable {
  static let file = "reward.json"

  let lossType: String
  /// The part of a reply that it reads.
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

/// A loaded reward model that scores completions.
///
/// Completions of one prompt share its rows; in 32-bit floats a score does not depend on other
/// texts of the batch.
struct RewardScorer {
  let name: String
  let description: RewardDescription
  private let text: RewardText
  private let scorer: Scorer

  /// The reward model at an input port.
  init(_ input: StageInput, precision: Precision) throws {
    name = input.name
    description = try JSONDecoder().decode(
      RewardDescription.self, from: input.file(RewardDescription.file))
    let model = try loadModel(input, head: .score)
    model.precision = precision
    text = RewardText(model: model, part: description.text)
    scorer = Scorer(model: model)
  }

  /// The score of each completion, in order, given the prompt as its sample has it; nil where there
  /// is nothing to read. Throws for a text that the model's tokenizer cannot write.
  ///
  /// - Parameter budget: tokens computed at a time.
  func scores(_ samples: [RewardSample], budget: Int = 4096) throws -> [Double?] {
    var scores = [Double?](repeating: nil, count: samples.count)
    var groups: [(prompt: [Int32], replies: [[Int32]], places: [Int])] = []
    for (prompt, places) in Self.byPrompt(samples) {
      for place in places {
        let sample = samples[place]
        guard
          let tokens = try text.tokens(
            prompt: prompt, prefix: sample.prefix, reply: sample.completion,
            end: text.end(after: prompt))
        else { continue }
        if let last = groups.indices.last, groups[last].prompt == tokens.prompt,
          groups[last].replies.reduce(tokens.prompt.count + tokens.reply.count, { $0 + $1.count })
            <= budget
        {
          groups[last].replies.append(tokens.reply)
          groups[last].places.append(place)
        } else {
          groups.append((tokens.prompt, [tokens.reply], [place]))
        }
      }
    }
    let rows = groups.map { $0.replies.reduce($0.prompt.count) { $0 + $1.count } }
    for range in microBatches(rows: rows, budget: budget) {
      let part = groups[range]
      let values = scorer.values(
        PackedBatch.texts(part.map { ($0.prompt, $0.replies) }), ScoreHead())
      for (place, value) in zip(part.flatMap(\.places), values) { scores[place] = Double(value) }
    }
    return scores
  }

  /// The places of samples by their prompts, in the order in which these first come.
  private static func byPrompt(_ samples: [RewardSample]) -> [(prompt: String, places: [Int])] {
    let places = Dictionary(grouping: samples.indices) { samples[$0].prompt }
    return places.sorted { $0.value[0] < $1.value[0] }.map { ($0.key, $0.value) }
  }

  /// A score in standard deviations from the mean of held-out scores.
  func normalized(_ score: Double) -> Double {
    (score - description.mean) / (description.std > 0 ? description.std : 1)
  }
}
