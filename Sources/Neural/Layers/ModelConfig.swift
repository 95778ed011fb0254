import Text

/// The sizes and constants of a decoder, under the names of Hugging Face's config.json.
public struct ModelConfig: Sendable, Equatable {
  public enum ModelType: String, Sendable, CaseIterable {
    case llama, qwen2, qwen3
  }

  /// What reads the last layer's hidden states.
  public enum Head: Sendable {
    /// A logit for every token of the vocabulary: transformers' ForCausalLM.
    case languageModel
    /// One number for a text, read from its last token: ForSequenceClassification with one label.
    case score
  }

  public var modelType: ModelType
  public var vocabSize: Int
  public var hiddenSize: Int
  public var intermediateSize: Int
  public var numHiddenLayers: Int
  public var numAttentionHeads: Int
  public var numKeyValueHeads: Int
  /// Elements of one head; usually hiddenSize / numAttentionHeads.
  public var headDim: Int
  public var rmsNormEps: Double
  public var ropeTheta: Double
  /// How rotary frequencies are stretched for longer texts; nil: not at all.
  public var ropeScaling: RopeScaling?
  /// The LM head is the embedding matrix.
  public var tieWordEmbeddings: Bool
  public var maxPositionEmbeddings: Int
  /// Standard deviation of a new model's weights.
  public var initializerRange: Double
  public var head = Head.languageModel

  /// Query, key and value projections have biases (the output projection has none): Qwen2.
  public var attentionBias: Bool { modelType == .qwen2 }

  /// Each head's query and key is normed before it is turned: Qwen3.
  public var queryKeyNorm: Bool { modelType == .qwen3 }

  /// A config with transformers' defaults for what a small model leaves out.
  public init(
    modelType: ModelType = .llama, vocabSize: Int, hiddenSize: Int, intermediateSize: Int,
    numHiddenLayers: Int, numAttentionHeads: Int, numKeyValueHeads: Int? = nil,
    headDim: Int? = nil, rmsNormEps: Double = 1e-6, ropeTheta: Double = 10_000,
    tieWordEmbeddings: Bool = true, maxPositionEmbeddings: Int = 2048,
    initializerRange: Double = 0.02
  ) {
    self.modelType = modelType
    self.vocabSize = vocabSize
    self.hiddenSize = hiddenSize
    self.intermediateSize = intermediateSize
    self.numHiddenLayers = numHiddenLayers
    self.numAttentionHeads = numAttentionHeads
    self.numKeyValueHeads = numKeyValueHeads ?? numAttentionHeads
    self.headDim = headDim ?? hiddenSize / max(1, numAttentionHeads)
    self.rmsNormEps = rmsNormEps
    self.ropeTheta = ropeTheta
    self.tieWordEmbeddings = tieWordEmbeddings
    self.maxPositionEmbeddings = maxPositionEmbeddings
    self.initializerRange = initializerRange
  }
}

extension ModelConfig {
  /// Throws a `mismatch` that names the first value that no model can have; `source` begins the
  /// message (a file, or the place in a recipe).
  public func validate(_ source: String) throws {
    let sizes = [
      ("vocab_size", vocabSize), ("hidden_size", hiddenSize),
      ("intermediate_size", intermediateSize), ("num_hidden_layers", numHiddenLayers),
      ("num_attention_heads", numAttentionHeads), ("num_key_value_heads", numKeyValueHeads),
      ("head_dim", headDim), ("max_position_embeddings", maxPositionEmbeddings),
    ]
    for (name, size) in sizes where size < 1 || size > Self.largestSize {
      throw Self.mismatch(source, "\(name) is \(size); it must be 1 to \(Self.largestSize)")
    }
    guard numAttentionHeads % numKeyValueHeads == 0 else {
      throw Self.mismatch(
        source,
        "num_attention_heads (\(numAttentionHeads)) must be a multiple of "
          + "num_key_value_heads (\(numKeyValueHeads))")
    }
    guard headDim % 2 == 0 else {
      throw Self.mismatch(source, "head_dim (\(headDim)) must be even for rotary positions")
    }
    guard rmsNormEps > 0, rmsNormEps < 1 else {
      throw Self.mismatch(source, "rms_norm_eps is \(rmsNormEps); it must be between 0 and 1")
    }
    guard ropeTheta > 0, ropeTheta.isFinite else {
      throw Self.mismatch(source, "rope_theta is \(ropeTheta); it must be positive")
    }
    if let ropeScaling { try ropeScaling.validate(source) }
    guard initializerRange >= 0, initializerRange.isFinite else {
      throw Self.mismatch(
        source, "initializer_range is \(initializerRange); it must not be negative")
    }
  }

  /// Larger than any real size, small enough that products of three fit an Int.
  private static let largestSize = 1 << 20

  private static func mismatch(_ source: String, _ text: String) -> ModelError {
    ModelError(.mismatch, "\(source): \(text)")
  }
}
