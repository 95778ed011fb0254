import Datasets
import Foundation
import Neural
import Randomness
import Recipes
import Settings
import Tasks
import Text
import Workflow

/// How a model is asked in words, shared by all judges that are models.
struct AskingConfiguration: Configuration, Hashable {
  var chat = false
  var temperature = 0.0
  var topP = 1.0
  var maxCompletionLength = 512

  static let fields: [Field<Self>] = [
    Field(
      "chat", \.chat,
      "Send the template as a user message, rendered with the judge's chat template."),
    Field(
      "temperature", \.temperature, range: 0...100,
      "The temperature of a judging model; 0 takes the likeliest token."),
    Field(
      "top_p", \.topP, range: 0...1, exclusiveMinimum: true,
      "For a judging model: sample from the likeliest tokens with this total probability."),
    Field(
      "max_completion_length", \.maxCompletionLength, range: 1...1_048_576, unit: "tokens",
      "The most tokens that a judging model may write; its verdict must be among them."),
  ]
}

/// A model that is asked in words; a reply depends on its question and the question's place in the step.
struct AskedModel {
  private let asking: AskingConfiguration
  private let sampler: RolloutSampler
  private let writer: RowWriter

  init(
    _ asking: AskingConfiguration, _ model: LanguageModel, in context: any StageContext
  ) throws {
    self.asking = asking
    var sampling = SamplingConfiguration()
    sampling.temperature = asking.temperature
    sampling.topP = asking.topP
    sampling.maxCompletionLength = asking.maxCompletionLength
    sampler = try RolloutSampler(
      model: model, sampling: sampling, seed: Draw.askedModel.seed(below: context.seed))
    writer = RowWriter(model: model, source: RowSource(name: "judge"))
  }

  /// One reply to each question, which is about a row.
  func replies(
    to questions: [(row: PromptRow, text: String)], step: Int, in context: any StageContext
  ) throws -> [Rollout] {
    let prompts = try questions.map { row, question in
      let prompt = try writer.prompt(
        row.row,
        asking: asking.chat
          ? .messages([.init(role: "user", content: question)]) : .text(question))
      return PreparedPrompt(
        row: PromptRow(id: row.id, row: row.row, prompt: prompt),
        tokens: try sampler.model.tokenizer.encode(prompt.text))
    }
    return try sampler.draw(prompts, count: 1, step: step, in: context)
  }
}

/// The question to a judge, and its answer.
enum JudgeText {
  /// The part of a reply to a row that is shown.
  static func shown(_ reply: String, to row: PromptRow, _ part: RewardText.Part) -> String {
    part == .reply ? row.whole(reply) : Thoughts.removed(from: row.prefix + reply)
  }

  /// What the last `[[label]]` of a text stands for; nil without one.
  static func last<Meaning>(
    _ labels: [(label: String, meaning: Meaning)], in text: String
  ) -> Meaning? {
    var last: (place: String.Index, meaning: Meaning)?
    for (label, meaning) in labels {
      guard let range = text.range(of: "[[\(label)]]", options: .backwards) else { continue }
      if range.lowerBound >= last?.place ?? text.startIndex { last = (range.lowerBound, meaning) }
    }
    return last?.meaning
  }
}

extension Rollout {
  /// What follows a judge's thoughts.
  var answer: String {
    let row = prompt.row
    return Thoughts.removed(from: row.opening + text)
  }

  /// Why a judge's reply holds no verdict.
  var undecided: String { finished ? "the judge gave no verdict" : "the judge came to no end" }
}
