public import Neural
import Recipes
public import Settings
import Text

/// A `models:` entry: a checkpoint by its path, or the sizes of a new model under config.json's names.
struct ModelConfiguration: Configuration {
  enum TemplateName: String, FieldChoice {
    case chatml, none
    case chatmlSmolLM2 = "chatml_smollm2"
    case chatmlQwen25 = "chatml_qwen2.5"
  }

  enum TokenizerKind: String, FieldChoice {
    case characters, bytes
  }

  var path: FilePath?
  var adapter: FilePath?
  var chatTemplate: TemplateName?
  var architecture = ModelConfig.ModelType.llama
  var tokenizer = TokenizerKind.characters
  var alphabet: String?
  var hiddenSize = 128
  var intermediateSize: Int?
  var numHiddenLayers = 4
  var numAttentionHeads = 4
  var numKeyValueHeads: Int?
  var headDim: Int?
  var tieWordEmbeddings = true
  var maxPositionEmbeddings = 2048
  var ropeTheta = 10_000.0
  var rmsNormEps = 1e-6
  var initializerRange = 0.02

  static let fields: [Field<Self>] = [
    Field(
      "path", \.path,
      """
      A GGUF file or a Hugging Face folder. Without it the other keys, except adapter and \
      chat_template, describe a new model.
      """),
    Field(
      "adapter", \.adapter,
      "A folder that PEFT saved: low-rank adapters, which are merged into the model at path."),
    Field(
      "chat_template", \.chatTemplate,
      "How messages are written for the model; null: the checkpoint's own template."),
    Field("architecture", \.architecture, "The decoder of a new model."),
    Field("tokenizer", \.tokenizer, "The tokenizer of a new model."),
    Field(
      "alphabet", \.alphabet,
      "The characters of the characters tokenizer; null: printable ASCII and newline."),
    Field("hidden_size", \.hiddenSize, range: 2...65_536, "Width of the residual stream."),
    Field(
      "intermediate_size", \.intermediateSize, range: 1...262_144,
      "Width of the feed-forward layers; null: 8/3 of hidden_size, rounded up to 32."),
    Field("num_hidden_layers", \.numHiddenLayers, range: 1...1024, "Decoder layers."),
    Field("num_attention_heads", \.numAttentionHeads, range: 1...1024, "Query heads."),
    Field(
      "num_key_value_heads", \.numKeyValueHeads, range: 1...1024,
      "Key and value heads; null: as many as query heads."),
    Field(
      "head_dim", \.headDim, range: 2...4096,
      "Width of a head; null: hidden_size / num_attention_heads."),
    Field(
      "tie_word_embeddings", \.tieWordEmbeddings,
      "Whether the embedding matrix is also the output layer."),
    Field(
      "max_position_embeddings", \.maxPositionEmbeddings, range: 1...1_048_576, unit: "tokens",
      "The longest sequence."),
    Field(
      "rope_theta", \.ropeTheta, range: 0...1e12, exclusiveMinimum: true,
      "Base of the rotary frequencies."),
    Field(
      "rms_norm_eps", \.rmsNormEps, range: 0...1, exclusiveMinimum: true, "Epsilon of the norms."),
    Field(
      "initializer_range", \.initializerRange, range: 0...10,
      "Standard deviation of new weights."),
  ]

  var problems: [ConfigProblem] {
    guard path == nil else { return [] }
    var problems: [ConfigProblem] = []
    if adapter != nil {
      problems.append(ConfigProblem("adapter", "an adapter needs the model at path"))
    }
    if headDim == nil, !hiddenSize.isMultiple(of: numAttentionHeads) {
      problems.append(
        ConfigProblem("hidden_size", "not a multiple of num_attention_heads; set head_dim"))
    }
    if !(headDim ?? hiddenSize / numAttentionHeads).isMultiple(of: 2) {
      problems.append(
        ConfigProblem("num_attention_heads", "a head's width must be even for rotary positions"))
    }
    if let heads = numKeyValueHeads, !numAttentionHeads.isMultiple(of: heads) {
      problems.append(
        ConfigProblem("num_key_value_heads", "does not divide num_attention_heads"))
    }
    if alphabet != nil, tokenizer != .characters {
      problems.append(ConfigProblem("alphabet", "only the characters tokenizer has one"))
    }
    return problems
  }

  /// The config of a new model for a vocabulary.
  func config(vocabularySize: Int) -> ModelConfig {
    ModelConfig(
      modelType: architecture,
      vocabSize: vocabularySize,
      hiddenSize: hiddenSize,
      intermediateSize: intermediateSize ?? (hiddenSize * 8 / 3 + 31) / 32 * 32,
      numHiddenLayers: numHiddenLayers, numAttentionHeads: numAttentionHeads,
      numKeyValueHeads: numKeyValueHeads, headDim: headDim, rmsNormEps: rmsNormEps,
      ropeTheta: ropeTheta, tieWordEmbeddings: tieWordEmbeddings,
      maxPositionEmbeddings: maxPositionEmbeddings, initializerRange: initializerRange)
  }
}

extension ModelConfig.ModelType: FieldChoice {}
