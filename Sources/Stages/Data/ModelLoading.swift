import Foundation
import Host
import Neural
import Recipes
import Settings
import Text
import Workflow

extension StageContext {
  /// The model to work on: the checkpoint's, if it holds one, else the one at the port `model`; in the precision that
  /// was resolved for the stage.
  func model(from checkpoint: Checkpoint? = nil) throws -> LanguageModel {
    guard let model = try checkpoint.flatMap({ try CheckpointFiles.model(in: $0) }) else {
      return try model(input("model"))
    }
    model.precision = resolvedPrecision
    return model
  }

  /// The model at an input, in the stage's precision.
  func model(_ input: StageInput) throws -> LanguageModel {
    let model = try loadModel(input)
    model.precision = resolvedPrecision
    return model
  }

  /// The model that a judge's template asks; nil without a template.
  func askedModel(for template: String?) throws -> LanguageModel? {
    let input = inputs("judge_model").first
    guard template != nil else {
      guard input == nil else {
        throw TrainingError(
          .reward, "the input judge_model is not used; give judge a template")
      }
      return nil
    }
    guard let input else {
      throw TrainingError(.reward, "judge.template needs a model: add judge_model: $NAME")
    }
    return try model(input)
  }

  /// The type of the factors of matrix products.
  var resolvedPrecision: Precision {
    guard let precision = Precision(rawValue: precision) else {
      preconditionFailure("the precision '\(precision)' is none that was resolved")
    }
    return precision
  }
}

/// The model at an input port: the output of an upstream stage, a checkpoint, or a new model.
func loadModel(
  _ input: StageInput, head: ModelConfig.Head = .languageModel
) throws -> LanguageModel {
  switch input.content {
  case .artifact(let files):
    return try LanguageModel.load(files: files, name: input.name, head: head)
  case .source(let values, let files):
    let configuration = ModelConfiguration(values: values)
    guard let path = configuration.path?.path else {
      return try configuration.newModel(name: input.name, seed: input.seed)
    }
    let model = try LanguageModel.load(
      path: path, in: files, chatTemplate: configuration.template())
    if let adapter = configuration.adapter?.path {
      try model.merge(adapter: adapter, in: files)
    }
    return model
  }
}

extension ModelConfiguration {
  /// The template that the recipe names.
  func template() throws -> ChatTemplate? {
    try chatTemplate.flatMap { try ChatTemplate.named($0.rawValue) }
  }

  /// A model with random weights.
  func newModel(name: String, seed: UInt64) throws -> LanguageModel {
    let tokenizer = try newTokenizer()
    let config = config(vocabularySize: tokenizer.vocabularySize)
    try config.validate("models.\(name)")
    return try LanguageModel(
      config: config, tokenizer: tokenizer, chatTemplate: template(),
      eosTokenIDs: Self.endTokens(of: tokenizer), seed: seed)
  }

  private static func endTokens(of tokenizer: any Tokenizer) -> [Int32] {
    ["<|endoftext|>"].compactMap(tokenizer.specialTokenID)
  }

  /// The model without weights, new or of a checkpoint: to write and count what it will read.
  func withoutWeights(in files: any FileAccess) throws -> LanguageModel {
    if let path = path?.path {
      return try LanguageModel.loadWithoutWeights(
        path: path, in: files, chatTemplate: template())
    }
    let tokenizer = try newTokenizer()
    return LanguageModel(
      withoutWeights: config(vocabularySize: tokenizer.vocabularySize), tokenizer: tokenizer,
      chatTemplate: try template(), eosTokenIDs: Self.endTokens(of: tokenizer))
  }

  /// How texts are written for the model, without reading its weights.
  func format(in files: any FileAccess) throws -> TextFormat {
    guard let path = path?.path else {
      return TextFormat(tokenizer: try newTokenizer(), chatTemplate: try template())
    }
    return try TextFormat.read(path: path, in: files, chatTemplate: try template())
  }

  /// The sizes that a new model will have.
  func newConfig() throws -> ModelConfig {
    config(vocabularySize: try newTokenizer().vocabularySize)
  }

  private func newTokenizer() throws -> any Tokenizer {
    switch tokenizer {
    case .bytes: return try ByteTokenizer()
    case .characters:
      return try CharacterTokenizer(alphabet: alphabet ?? SmallVocabulary.alphabet)
    }
  }
}
