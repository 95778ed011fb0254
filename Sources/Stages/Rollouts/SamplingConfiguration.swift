import Neural
import Recipes
import Settings
import Text

/// How completions are drawn, shared by every stage that samples; names and defaults are TRL's.
struct SamplingConfiguration: Configuration {
  var temperature = 1.0
  var topP = 1.0
  var topK = 0
  var minP = 0.0
  var repetitionPenalty = 1.0
  var maxCompletionLength = 512
  var stop: [String] = []
  var generationBatchSize = 64

  static let fields: [Field<Self>] = [
    Field(
      "temperature", \.temperature, range: 0...100,
      "Logits are divided by this before sampling; 0 takes the likeliest token."),
    Field(
      "top_p", \.topP, range: 0...1, exclusiveMinimum: true,
      "Sample from the likeliest tokens with this total probability."),
    Field("top_k", \.topK, range: 0...1e9, "Sample from this many likeliest tokens; 0: all."),
    Field(
      "min_p", \.minP, range: 0...1,
      "Leave out tokens below this share of the likeliest token's probability."),
    Field(
      "repetition_penalty", \.repetitionPenalty, range: 0...100, exclusiveMinimum: true,
      "Logits of tokens that are already in the sequence are divided (or, if negative, multiplied) "
        + "by this."
    ),
    Field(
      "max_completion_length", \.maxCompletionLength, range: 1...1_048_576, unit: "tokens",
      "Completions are truncated at this length."),
    Field(
      "stop", \.stop,
      "Texts that end a completion, in addition to the model's own end tokens; each must be one "
        + "token."),
    Field(
      "generation_batch_size", \.generationBatchSize, range: 1...4096, unit: "sequences",
      affectsOutput: false,
      "Completions decoded at a time; no result depends on it."),
  ]

  /// The generator's options; throws for a stop text that is not a single token of the model.
  func options(_ model: LanguageModel) throws -> SamplingOptions {
    let more = try stop.map { text in
      let ids = try model.tokenizer.encode(text)
      guard ids.count == 1 else {
        throw TrainingError(
          .model, "stop: \(text.debugDescription) is \(ids.count) tokens of this model, not one")
      }
      return ids[0]
    }
    return SamplingOptions(
      temperature: Float(temperature), topP: Float(topP), topK: topK, minP: Float(minP),
      repetitionPenalty: Float(repetitionPenalty), maxNewTokens: maxCompletionLength,
      stopTokens: model.eosTokenIDs + more)
  }
}
